#include "categories/replaced_overrides.h"

#include <algorithm>
#include <iterator>

#include "base/letter_case.h"
#include "base/matching_form.h"

namespace citygate::categories {
namespace {

// As OverrideIndex compares them: whatever the spelling, whatever the letter case.
std::string place_of(const Override& about) {
  std::string scratch;
  std::string path(matching_path(about.path, scratch));
  if (path.ends_with('/')) path.pop_back();
  return about.host + lowered(path);
}

}  // namespace

void end_replaced(OverrideBook& book, const Override& made) {
  const std::string place = place_of(made);
  for (auto& one : book.all)
    if (one.in_force(made.made) && one.ends <= made.ends && place_of(one) == place) one.ends = made.made;
}

bool replaces(const Override& later, const Override& earlier) {
  return later.number > earlier.number && earlier.ends == later.made && place_of(later) == place_of(earlier);
}

std::vector<Override> replaced_by(const OverrideBook& book, const Override& later) {
  std::vector<Override> out;
  std::ranges::copy_if(book.all, std::back_inserter(out), [&](const Override& one) { return replaces(later, one); });
  return out;
}

std::uint32_t replacement_of(const OverrideBook& book, const Override& earlier) {
  const auto at = std::ranges::find_if(book.all, [&](const Override& one) { return replaces(one, earlier); });
  return at == book.all.end() ? 0 : at->number;
}

std::vector<Override> behind(const OverrideBook& book, const Override& later, WallTime now) {
  std::vector<Override> out;
  if (!later.in_force(now)) return out;
  std::ranges::copy_if(book.all, std::back_inserter(out), [&](const Override& one) {
    return one.number < later.number && one.in_force(now) && place_of(one) == place_of(later);
  });
  return out;
}

std::uint32_t in_front_of(const OverrideBook& book, const Override& earlier, WallTime now) {
  std::uint32_t out = 0;
  if (!earlier.in_force(now)) return out;
  for (const auto& one : book.all)
    if (one.number > earlier.number && one.in_force(now) && place_of(one) == place_of(earlier)) out = one.number;
  return out;
}

}  // namespace citygate::categories
