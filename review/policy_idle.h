// policy_idle.h - what stands in a policy file and does nothing: not wrong, but its author may believe otherwise.
#pragma once

#include <string>
#include <vector>

#include "review/policy_words.h"

namespace citygate::review {

// A line each, with the line of the file where it is known.
[[nodiscard]] std::vector<std::string> idle_parts(const PolicyView& view, WallTime now);

}  // namespace citygate::review
