// people_check.h - what must be true of people and departments whatever source they came from.
//
// Unknown departments, heads, supervisors and sponsors (with the nearest name); two entries of one name; two owners of
// an address at a time; dated entries whose end lies before their start; circles among supervisors, named whole.
// Cost      100,000 people: see bench/RESULTS.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/document.h"
#include "policy/people/people_values.h"

namespace citygate::policy {

// Tells everything that is wrong, in the order of the values, with the place it came from.
void check_people(const PeopleValues& values, Problems& problems);

// "act 41", "people.toml:12".
[[nodiscard]] std::string describe(const std::vector<std::string>& sources, FactSource source);

// "" when fine. A role is a plain name, and neither "supervisor" nor "department-head", which are found from the person.
[[nodiscard]] std::string wrong_role(std::string_view role);
[[nodiscard]] std::string wrong_range(std::string_view text);  // the sentence about what is none

}  // namespace citygate::policy
