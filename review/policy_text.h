// policy_text.h - a policy as prose with its clauses: who, what, when, how much, who may permit it. For people who answer
// for the policy and do not read configuration. Pure; any thread. Sealed grants
// of the file are counted and not told; of those that acts have made nothing is said.
#pragma once

#include <optional>
#include <string>

#include "review/policy_words.h"

namespace citygate::review {

// All of it, with what departments say of their own at the end; or what holds for one department alone.
[[nodiscard]] std::string policy_text(const PolicyView& view, std::optional<DepartmentId> department);

}  // namespace citygate::review
