// replaced_overrides.h - of one host or path one override holds at a time: the last that was made and has not ended.
//
//   1  bet.example  city-blocked  made Monday,   no end          Tuesday to Friday it stands behind 2, then it holds again
//   2  bet.example  city-allowed  made Tuesday,  until Friday
//   3  bet.example  city-blocked  made Saturday, no end          1 has ended: 3 takes its place for ever
//
// A site that is closed and opened for three days is closed on the fourth: what outlasts a new one stays in force behind it.
// What does not would never hold again, and is ended. Which one took whose place need not be kept: it is that of the same
// place which was made at the moment when the other ended.
// Thread    any; pure. Cost: one look at each override of the book.
#pragma once

#include <vector>

#include "categories/overrides.h"

namespace citygate::categories {

// Ends those of the same host and path that are in force when `made` is and do not outlast it. `made` is not in the book yet.
void end_replaced(OverrideBook& book, const Override& made);

[[nodiscard]] bool replaces(const Override& later, const Override& earlier);
[[nodiscard]] std::vector<Override> replaced_by(const OverrideBook& book, const Override& later);
// The number of the one that took its place; 0 for none.
[[nodiscard]] std::uint32_t replacement_of(const OverrideBook& book, const Override& earlier);

// Those of the same place that are in force at `now` and do not hold, since `later` does.
[[nodiscard]] std::vector<Override> behind(const OverrideBook& book, const Override& later, WallTime now);
// The number of the one that holds in its place at `now`; 0 for none.
[[nodiscard]] std::uint32_t in_front_of(const OverrideBook& book, const Override& earlier, WallTime now);

}  // namespace citygate::categories
