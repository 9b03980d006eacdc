#include "matcher/pattern_set_builder.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "matcher/host_hash.h"
#include "matcher/pattern_core.h"
#include "matcher/pattern_effort.h"
#include "matcher/pattern_set_format.h"
#include "matcher/pattern_syntax.h"

namespace citygate::matcher {
namespace {

namespace format = pattern_format;
using Way = PatternPlan::Way;

// URLs that have nothing in common but what every URL has.
constexpr std::array<std::string_view, 4> kUnlikeUrls{"http://bdf.gk/", "https://mnq.lr/", "http://vxz.jw/c?e=u",
                                                      "https://y-5.ia/o7"};

std::unexpected<Error> refuse(std::string why, Error::Kind kind = Error::Kind::Malformed) {
  return fail(kind, std::move(why));
}

// One that matches everything is a mistake in a list, and one that blocks a city.
Result<void> check_meaning(const Expression& expression) {
  using Answer = Expression::Answer;
  Asker asker;
  const auto answer = [&](std::string_view text) { return expression.ask(text, asker); };
  if (answer("") == Answer::Yes) return refuse("matches the empty text, and so every URL");
  if (std::ranges::any_of(kUnlikeUrls, [&](auto url) { return answer(url) == Answer::Unsettled; }))
    return refuse("takes too many steps even on a short URL; write it without repeats inside repeats");
  if (std::ranges::all_of(kUnlikeUrls, [&](auto url) { return answer(url) == Answer::Yes; }))
    return refuse("matches every URL");
  return {};
}

ScanExpression scan_of(std::string_view expression, const PatternPlan& plan) {
  if (plan.way == Way::Core) return {plan.core, ScanMode::Exact};
  return {std::string(expression), plan.way == Way::Approximate ? ScanMode::Approximate : ScanMode::Exact};
}

template <class T>
void put(std::vector<std::byte>& out, std::uint64_t at, const T* values, std::size_t count) {
  if (count > 0) std::memcpy(out.data() + at, values, count * sizeof(T));
}

// What remains when a plan has proved impossible; false when nothing does.
bool next_plan(std::string_view expression, PatternPlan& plan) {
  if (plan.way == Way::Approximate) return false;
  if (const auto tree = parse_pattern(expression); !tree || takes_long_to_compile(*tree)) return false;
  plan.way = Way::Approximate;
  plan.core.clear();
  return check_scannable({std::string(expression), ScanMode::Approximate}).has_value();
}

bool is_quick_to_scan_for(const std::string& core) {
  const auto tree = parse_pattern(core);
  return tree && !takes_long_to_compile(*tree) && check_scannable({core, ScanMode::Exact});
}

Result<PatternPlan> choose_plan(std::string_view expression) {
  if (expression.empty()) return refuse("is empty");
  if (expression.contains('\0')) return refuse("holds a NUL byte");
  CG_TRY(compiled, Expression::compile(expression));
  CG_TRY(tree, parse_pattern(expression));
  CG_TRY_VOID(check_meaning(compiled));
  const std::uint64_t size = written_out(tree);
  const bool endless = takes_long_to_compile(tree);
  const auto as_written = endless                  ? refuse("is endless to compile")
                          : size <= kMaxWrittenOut ? check_scannable({std::string(expression), ScanMode::Exact})
                                                   : refuse("is too large once its repeats are written out");
  if (as_written && !is_slow_as_written(tree)) return PatternPlan();
  if (auto core = core_of(tree); core && is_quick_to_scan_for(*core))
    return PatternPlan{Way::Core, std::move(*core), 0};
  if (as_written) return PatternPlan();
  if (endless)
    return refuse("would take too long to compile: more than " + std::to_string(kMaxOptionalRun) +
                      " parts in a row that may be left out, or a repeated choice of more than " +
                      std::to_string(kMaxRepeatedChoice) + ", and no part of it is rare in URLs",
                  Error::Kind::TooLarge);
  if (size > kMaxWrittenOut)
    return refuse("is " + std::to_string(size) +
                      " bytes long once its repeats are written out, and has no part that is rare in URLs; " +
                      std::to_string(kMaxWrittenOut) + " is the most",
                  Error::Kind::TooLarge);
  PatternPlan approximate;
  approximate.way = Way::Approximate;
  if (const auto checked = check_scannable(scan_of(expression, approximate)); !checked)
    return refuse("cannot be looked for: " + as_written.error().context +
                  ", and no part of it is rare in URLs, as a word is");
  return approximate;
}

}  // namespace

Result<PatternPlan> plan_pattern(std::string_view expression) {
  CG_TRY(plan, choose_plan(expression));
  // What is looked for has this syntax too, so reading it again tells what the compiler will have to hold.
  CG_TRY(tree, parse_pattern(plan.way == Way::Core ? std::string_view(plan.core) : expression));
  plan.written_out = written_out(tree);
  return plan;
}

Result<PatternPlan> PatternSetBuilder::add(const PatternSource& source) {
  CG_ASSERT(source.id < kUndecidedId);
  const auto full = [](std::size_t most, std::string_view of_what) {
    return refuse(std::to_string(most) + " " + std::string(of_what), Error::Kind::TooLarge);
  };
  if (ids_ >= kMaxPatternIds) return full(kMaxPatternIds, "lines of expressions");
  std::pair key(std::string(source.expression), source.undecided);
  if (const auto known = known_.find(key); known != known_.end()) {
    Gathered& pattern = patterns_[known->second];
    pattern.ids.push_back(source.id);
    ++ids_;
    return pattern.plan;
  }
  auto plan = plan_pattern(source.expression);
  if (!plan) return refuse(std::move(plan.error().context));
  if (patterns_.size() >= kMaxPatterns) return full(kMaxPatterns, "different expressions");
  if (written_out_ + plan->written_out > kMaxWrittenOutAll)
    return full(kMaxWrittenOutAll, "bytes of expressions, their repeats written out");
  written_out_ += plan->written_out;
  ++ids_;
  known_.emplace(std::move(key), patterns_.size());
  patterns_.push_back({std::string(source.expression), source.undecided, *plan, {source.id}});
  return plan;
}

std::size_t find_culprit(std::span<const ScanExpression> expressions,
                         const std::function<bool(std::span<const ScanExpression>)>& compiles) {
  std::size_t first = 0;
  while (expressions.size() > 1) {
    const std::size_t half = expressions.size() / 2;
    if (!compiles(expressions.first(half))) {
      expressions = expressions.first(half);
    } else if (!compiles(expressions.subspan(half))) {
      expressions = expressions.subspan(half);
      first += half;
    } else {
      return ScanDatabase::kNotOne;
    }
  }
  return first;
}

Result<ScanDatabase> PatternSetBuilder::compile(std::vector<PatternRefusal>& refused) {
  std::vector<ScanExpression> expressions;
  for (const auto& pattern : patterns_) expressions.push_back(scan_of(pattern.expression, pattern.plan));
  for (;;) {
    std::size_t culprit = 0;
    auto compiled = ScanDatabase::compile(expressions, ScanDatabase::Machine::AnyWithAvx2, culprit);
    if (compiled) return compiled;
    if (culprit == ScanDatabase::kNotOne)
      culprit = find_culprit(expressions, [](std::span<const ScanExpression> some) {
        std::size_t ignored = 0;
        return ScanDatabase::compile(some, ScanDatabase::Machine::AnyWithAvx2, ignored).has_value();
      });
    if (culprit >= patterns_.size())
      return fail(Error::Kind::TooLarge,
                  "as many expressions as can be compiled (\"" + compiled.error().context + "\")");
    Gathered& pattern = patterns_[culprit];
    if (next_plan(pattern.expression, pattern.plan)) {
      expressions[culprit] = scan_of(pattern.expression, pattern.plan);
      continue;
    }
    refused.push_back(
        {std::move(pattern.ids), std::move(pattern.expression), "cannot be looked for: " + compiled.error().context});
    patterns_.erase(patterns_.begin() + static_cast<std::ptrdiff_t>(culprit));
    expressions.erase(expressions.begin() + static_cast<std::ptrdiff_t>(culprit));
  }
}

std::vector<std::byte> PatternSetBuilder::write(const std::vector<std::byte>& database) const {
  std::vector<format::Pattern> stored;
  std::vector<std::uint32_t> ids;
  std::string texts;
  const auto keep = [&texts](std::string_view text, std::uint32_t& at, std::uint32_t& size) {
    at = static_cast<std::uint32_t>(texts.size());
    size = static_cast<std::uint32_t>(text.size());
    texts += text;
  };
  for (const auto& pattern : patterns_) {
    const ScanExpression scan = scan_of(pattern.expression, pattern.plan);
    format::Pattern& one = stored.emplace_back();
    keep(pattern.expression, one.expression_at, one.expression_bytes);
    keep(pattern.plan.core, one.core_at, one.core_bytes);
    one.first_id = static_cast<std::uint32_t>(ids.size());
    one.id_count = static_cast<std::uint32_t>(pattern.ids.size());
    one.scan_mode = static_cast<std::uint8_t>(scan.mode);
    one.confirm = pattern.plan.confirmed() == Confirmed::Yes ? 1 : 0;
    one.undecided = static_cast<std::uint8_t>(pattern.undecided);
    ids.insert(ids.end(), pattern.ids.begin(), pattern.ids.end());
  }
  format::Header header{};
  header.magic = format::kMagic;
  header.version = format::kVersion;
  header.header_bytes = sizeof header;
  header.key = key_;
  header.pattern_count = stored.size();
  header.id_count = ids.size();
  header.text_bytes = texts.size();
  header.database_bytes = database.size();
  const auto at = format::layout_of(header);
  header.file_bytes = at.end;
  std::vector<std::byte> out(at.end);
  put(out, at.patterns, stored.data(), stored.size());
  put(out, at.ids, ids.data(), ids.size());
  put(out, at.texts, texts.data(), texts.size());
  put(out, at.database, database.data(), database.size());
  header.body_checksum = checksum(out.data() + sizeof header, out.size() - sizeof header);
  header.header_checksum = checksum(&header, offsetof(format::Header, header_checksum));
  put(out, 0, &header, 1);
  return out;
}

Result<BuiltPatterns> PatternSetBuilder::build() {
  BuiltPatterns out;
  CG_TRY(database, compile(out.refused));
  CG_TRY(stored, database.serialise());
  out.bytes = write(stored);
  patterns_ = {};
  known_ = {};
  written_out_ = ids_ = 0;
  return out;
}

}  // namespace citygate::matcher
