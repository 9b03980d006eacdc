// pattern_set.h - which regular expressions of all lists match a URL, asked at once.
//
//   URL ──▶ Hyperscan: expressions, and cores of those that are slow as they stand ──▶ candidates
//                 those marked so: PCRE2 with the whole expression, steps limited  ──▶ ids
//
// An expression is matched anywhere in the URL's canonical text, letter case ignored. An id is the caller's: one line of
// one list, say; equal expressions of several lists are looked for once and give all their ids.
//
// Owner     whoever opened it; immutable but for its counters, so shared by any number of threads. A scratch is one
//           thread's, and serves any set.
// Cost      about 0.3 us per URL of 50 bytes at 2,000 patterns, and 0.2 to 1 us for each candidate to confirm. No
//           allocation but the first time that a scratch meets a set. Opening: a copy of the database, and 50 us per
//           pattern that is confirmed.
// Bounds    all questions of one URL to PCRE2 share a limit of steps (pattern_confirm.h): what remains open is decided as
//           the pattern says (Undecided), counted, and told by kUndecidedId.
// Errors    open: Storage, naming the file: missing, cut short, damaged (checksum), made by a newer version.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "matcher/pattern_confirm.h"
#include "matcher/pattern_engine.h"

namespace citygate::matcher {

// What an expression counts as when it takes too many steps to tell. A filter that fails open is the worst bug: one
// that blocks then matches, and one that opens (an exception, an allow-list) then does not.
enum class Undecided : std::uint8_t { Matches, Misses };

enum class Confirmed : std::uint8_t { No, Yes };

// Stands in an id that match() gives when nothing but Undecided::Matches says so. Ids themselves are below it.
inline constexpr std::uint32_t kUndecidedId = std::uint32_t{1} << 31;

class PatternSet;

class PatternScratch {
 public:
  // Makes room for `set`; match() does so too, so this only moves the allocation to a better moment.
  void prepare(const PatternSet& set);

 private:
  friend class PatternSet;
  ScanScratch scan_;
  Asker asker_;
  std::vector<std::uint32_t> candidates_;
  std::uint64_t prepared_for_ = 0;  // serial of a set
};

class PatternSet {
 public:
  // One expression, for explaining and reporting. Views live as long as the set.
  struct Pattern {
    std::string_view expression;
    std::string_view looked_for;  // what Hyperscan is given: the expression, or its core
    ScanMode scan_mode = ScanMode::Exact;
    Confirmed confirmed = Confirmed::No;
    Undecided undecided = Undecided::Matches;
    std::span<const std::uint32_t> ids;
  };
  struct Counts {
    std::uint64_t hits = 0;       // URLs that it matched
    std::uint64_t asked = 0;      // URLs that PCRE2 was asked about
    std::uint64_t undecided = 0;  // of those, without an answer
  };

  PatternSet() = default;  // empty: matches nothing
  [[nodiscard]] static Result<PatternSet> open(const std::filesystem::path& file);
  // The same over bytes in memory; `name` stands in errors.
  [[nodiscard]] static Result<PatternSet> from_bytes(std::vector<std::byte> bytes, std::string_view name);

  // The ids of the patterns that match, in no order; kUndecidedId is added to those that could not be decided. Returns how
  // many there are; when `ids` is shorter, the rest is not stored: id_count() is always enough.
  std::size_t match(std::string_view url, PatternScratch& scratch, std::span<std::uint32_t> ids) const noexcept;

  [[nodiscard]] std::size_t size() const { return patterns_.size(); }
  [[nodiscard]] std::size_t id_count() const { return id_count_; }
  [[nodiscard]] std::uint64_t key() const { return key_; }  // as given to the builder
  // The stored database was for another machine or another Hyperscan, and was compiled anew from the texts: slow to open,
  // the same answers.
  [[nodiscard]] bool recompiled() const { return recompiled_; }
  [[nodiscard]] std::size_t memory_bytes() const;

  [[nodiscard]] const Pattern& pattern(std::size_t index) const { return patterns_[index]; }
  [[nodiscard]] Counts counts(std::size_t index) const;
  // PCRE2's word on one pattern, with all the steps of a URL; for measuring, since match() asks by itself.
  [[nodiscard]] Expression::Answer ask(std::size_t index, std::string_view url, PatternScratch& scratch) const noexcept;

 private:
  friend class PatternScratch;
  // Of one pattern, added to by every worker that meets it: hits are rare, so sharing a cache line costs little.
  struct Tally {
    std::atomic<std::uint64_t> hits{0}, asked{0}, undecided{0};
  };

  [[nodiscard]] std::span<const std::byte> bytes() const { return owned_.empty() ? file_.bytes() : owned_; }
  [[nodiscard]] Result<void> attach(std::string_view name);
  [[nodiscard]] bool read_patterns(std::span<const std::byte> all);
  [[nodiscard]] Result<void> compile_confirming(std::string_view name);
  [[nodiscard]] Result<void> load_database(std::string_view name, std::span<const std::byte> stored);
  enum class Found : std::uint8_t { No, Yes, Undecided };
  [[nodiscard]] Found settle(std::size_t index, std::string_view url, PatternScratch& scratch,
                             Steps& steps) const noexcept;
  [[nodiscard]] Expression::Answer ask(std::size_t index, std::string_view url, PatternScratch& scratch,
                                       Steps& steps) const noexcept;

  MappedFile file_;
  std::vector<std::byte> owned_;
  std::vector<Pattern> patterns_;
  std::vector<Expression> confirming_;      // of those confirmed, in their order
  std::vector<std::uint32_t> confirms_by_;  // pattern -> place in confirming_, or kNone
  std::unique_ptr<Tally[]> tallies_;
  ScanDatabase database_;
  std::size_t id_count_ = 0;
  std::uint64_t key_ = 0, serial_ = 0;
  bool recompiled_ = false;
};

}  // namespace citygate::matcher
