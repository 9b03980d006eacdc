// pattern_engine.h - Hyperscan in a few lines: a database of expressions, and the scratch that a scan needs.
//
// Thread    ScanDatabase: immutable, shared. ScanScratch: one per thread.
// Target    databases are compiled for any machine with AVX2, whatever this one has; for_this_machine() for it alone.
// Cost      compile: about 0.5 ms per expression, and a few KB of memory. scan: no allocation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

struct hs_database;
struct hs_scratch;

namespace citygate::matcher {

enum class ScanMode : std::uint8_t {
  Exact = 0,
  Approximate = 1,  // what Hyperscan cannot follow is taken for anything: hits must be confirmed
};

struct ScanExpression {
  std::string text;
  ScanMode mode = ScanMode::Exact;
};

// Can Hyperscan take it? Malformed with its reason otherwise. Cheaper than compiling, and nearly always right.
[[nodiscard]] Result<void> check_scannable(const ScanExpression& expression);

class ScanScratch;

class ScanDatabase {
 public:
  enum class Machine : std::uint8_t { AnyWithAvx2, This };
  static constexpr std::size_t kNotOne = ~std::size_t{0};

  ScanDatabase() = default;
  // Finds each expression at most once per text; it is reported by its place in `expressions`. Malformed: `culprit` is
  // the place of the expression that was refused, or kNotOne.
  [[nodiscard]] static Result<ScanDatabase> compile(std::span<const ScanExpression> expressions, Machine machine,
                                                    std::size_t& culprit);
  // Storage: the bytes are of another version of Hyperscan, or for a machine that can do more than this one.
  [[nodiscard]] static Result<ScanDatabase> deserialise(std::span<const std::byte> bytes);
  [[nodiscard]] Result<std::vector<std::byte>> serialise() const;

  // Writes the places of the expressions found to `out`, which has room for all, and returns how many; of a database that was
  // not made here they may be any numbers, but no more than there is room for. `scratch` has been made to fit this database.
  std::size_t scan(std::string_view text, ScanScratch& scratch, std::span<std::uint32_t> out) const noexcept;

  [[nodiscard]] std::size_t memory_bytes() const;
  [[nodiscard]] explicit operator bool() const { return database_ != nullptr; }

 private:
  friend class ScanScratch;
  struct Free {
    void operator()(hs_database* database) const noexcept;
  };
  std::unique_ptr<hs_database, Free> database_;
};

class ScanScratch {
 public:
  // Grows where it must; after that it also fits every database that it fitted before.
  void fit(const ScanDatabase& database);

 private:
  friend class ScanDatabase;
  struct Free {
    void operator()(hs_scratch* scratch) const noexcept;
  };
  std::unique_ptr<hs_scratch, Free> scratch_;
};

}  // namespace citygate::matcher
