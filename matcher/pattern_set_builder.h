// pattern_set_builder.h - gathers expressions, finds for each the cheapest way that is still exact, and writes the bytes
// of a pattern set.
//
//   not slow, and Hyperscan takes it          as it stands, exact
//   else it has a core (pattern_core.h)       the core, confirmed by PCRE2
//   else Hyperscan takes it                   as it stands, exact; its cost is shown by pattern_cost.h
//   else Hyperscan takes it approximately     so, confirmed by PCRE2
//   else                                      refused, in words
//
// Thread    one. Slow: never on a worker.
// Cost      1 s of CPU per 2,000 patterns, nearly all of it Hyperscan compiling; about 15 KB of memory per pattern.
// Errors    add: Malformed: the pattern alone is refused and the rest goes on; the text is the predicate of a sentence
//           ("matches the empty text, ..."), before which the caller puts file, line and expression.
//           add, build: TooLarge: the set would say less than it was given; the text is what is the most ("20000 different
//           expressions").
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "matcher/pattern_set.h"

namespace citygate::matcher {

inline constexpr std::size_t kMaxPatterns = 20'000;            // different ones; 6,000 take 4 s to compile
inline constexpr std::size_t kMaxPatternIds = 1'000'000;       // lines that name them
inline constexpr std::uint64_t kMaxWrittenOut = 30'000;        // bytes of one expression, its repeats written out
inline constexpr std::uint64_t kMaxWrittenOutAll = 5'000'000;  // of all: memory and time of the compiler

struct PatternSource {
  std::string_view expression;  // PCRE syntax
  std::uint32_t id = 0;
  Undecided undecided = Undecided::Matches;
};

// How an expression is carried out, for reports.
struct PatternPlan {
  enum class Way : std::uint8_t { AsWritten, Core, Approximate };
  Way way = Way::AsWritten;
  std::string core;               // of Way::Core
  std::uint64_t written_out = 0;  // bytes of what is looked for, its repeats written out

  [[nodiscard]] Confirmed confirmed() const { return way == Way::AsWritten ? Confirmed::No : Confirmed::Yes; }
};

struct PatternRefusal {
  std::vector<std::uint32_t> ids;
  std::string expression;
  std::string why;  // as in add()
};

struct BuiltPatterns {
  std::vector<std::byte> bytes;
  std::vector<PatternRefusal> refused;  // passed add(), and Hyperscan would not compile them after all
};

// The plan of one expression, or why it is refused; for checking one without building.
[[nodiscard]] Result<PatternPlan> plan_pattern(std::string_view expression);

// Which of them it is that cannot be compiled, where the compiler does not say: its "Resource limit exceeded" names nobody.
// kNotOne when each half can, and only both together cannot. Cost: about that of compiling them all, twice.
[[nodiscard]] std::size_t find_culprit(std::span<const ScanExpression> expressions,
                                       const std::function<bool(std::span<const ScanExpression>)>& compiles);

class PatternSetBuilder {
 public:
  // `key` is kept with the set: whoever keeps a set beside other files can tell that they belong together.
  explicit PatternSetBuilder(std::uint64_t key) : key_(key) {}

  Result<PatternPlan> add(const PatternSource& source);
  [[nodiscard]] std::size_t size() const { return patterns_.size(); }

  // The set; the builder is empty afterwards.
  [[nodiscard]] Result<BuiltPatterns> build();

 private:
  struct Gathered {
    std::string expression;
    Undecided undecided;
    PatternPlan plan;
    std::vector<std::uint32_t> ids;
  };
  [[nodiscard]] Result<ScanDatabase> compile(std::vector<PatternRefusal>& refused);
  [[nodiscard]] std::vector<std::byte> write(const std::vector<std::byte>& database) const;

  std::uint64_t key_;
  std::vector<Gathered> patterns_;
  std::map<std::pair<std::string, Undecided>, std::size_t> known_;
  std::uint64_t written_out_ = 0, ids_ = 0;
};

}  // namespace citygate::matcher
