// replaced_overrides.h - of one host or path one override holds at a time: a new one ends those that held before it.
//
//   1  bet.example  city-blocked  made Monday,  no end           ended Tuesday, and stays so when 2 lapses
//   2  bet.example  city-allowed  made Tuesday, until Friday     Saturday: what the lists say
//
// An old one that came back by itself would be one that nobody remembers. Which one took whose place need not be kept: it
// is that of the same place which was made at the moment when the other ended.
// Thread    any; pure. Cost: one look at each override of the book.
#pragma once

#include <vector>

#include "categories/overrides.h"

namespace citygate::categories {

// Ends those that are in force when `made` is, about the same host and path. `made` is not in the book yet.
void end_replaced(OverrideBook& book, const Override& made);

[[nodiscard]] bool replaces(const Override& later, const Override& earlier);
[[nodiscard]] std::vector<Override> replaced_by(const OverrideBook& book, const Override& later);
// The number of the one that took its place; 0 for none.
[[nodiscard]] std::uint32_t replacement_of(const OverrideBook& book, const Override& earlier);

}  // namespace citygate::categories
