// Pattern sets: lines are expressions but the last, which is a URL. What the set finds is what PCRE2 alone finds, whatever
// is looked for instead of an expression; and no expression that is taken breaks the compiler.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "matcher/pattern_set_builder.h"

namespace {

using namespace citygate::matcher;

constexpr std::size_t kMostLines = 8;

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  PatternSetBuilder builder(1);
  std::vector<std::string_view> taken;
  for (std::size_t lines = 0; lines < kMostLines; ++lines) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto plan = builder.add({line, static_cast<std::uint32_t>(taken.size())});
    if (plan)
      taken.push_back(line);
    else
      check(!plan.error().context.empty());
  }
  auto built = builder.build();
  if (!built) return 0;  // together too large
  std::vector<bool> refused(taken.size());
  for (const auto& one : built->refused)
    for (const auto id : one.ids) refused[id] = true;
  const auto set = PatternSet::from_bytes(std::move(built->bytes), "fuzz");
  check(set.has_value());
  PatternScratch scratch;
  Asker asker;
  std::vector<std::uint32_t> ids(set->id_count());
  ids.resize(set->match(text, scratch, ids));
  for (std::uint32_t id = 0; id < taken.size(); ++id) {
    if (refused[id] || std::ranges::find(ids, id | kUndecidedId) != ids.end()) continue;
    const auto answer = Expression::compile(taken[id])->ask(text, asker);
    const bool found = std::ranges::find(ids, id) != ids.end();
    // Hyperscan answers also where PCRE2 runs out of steps, and here all of them are this one's.
    if (answer != Expression::Answer::Unsettled) check(found == (answer == Expression::Answer::Yes));
  }
  return 0;
}
