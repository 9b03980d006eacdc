// policy_diff.h - what one version of a policy changes against another, in words:
//
//   Dating: from blocked to personal, 30 minutes a day (S2(B)(2)(c))
//   Police Department: Dating: from blocked to open for work (Police supplement 2)
//
// Pure; any thread. Sealed grants are counted and not told.
#pragma once

#include <string>
#include <vector>

#include "review/policy_words.h"

namespace citygate::review {

// A line each: the city's first, then what is different for a department. Both must have been read with the same people,
// taxonomy and names. Empty: they say the same, whatever their wording.
[[nodiscard]] std::vector<std::string> policy_changes(const PolicyView& before, const PolicyView& after);

}  // namespace citygate::review
