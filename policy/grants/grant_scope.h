// grant_scope.h - which categories a grant of a kind may open, and for whom it would open them.
//
//   law-enforcement    what is prohibited for all of its officers (policy: prohibit)
//   exemption          what is blocked for somebody it is for, and prohibited for nobody
//   streaming-permit   what is streaming by the taxonomy or by the policy, whatever is said against it but prohibit
//   business-use       what is personal by the taxonomy or by the policy, and open at all
//   Threat and circumvention: nothing opens them.
// Thread    any.
#pragma once

#include <string>
#include <vector>

#include "policy/act_context.h"

namespace citygate::policy {

// The names sorted, each once; of a streaming permit for a host alone all streaming categories. Malformed, NotFound or
// Refused name the category, and what the policy does with it.
[[nodiscard]] Result<std::vector<std::string>> check_categories(GrantKind kind, std::vector<std::string> words,
                                                                bool for_host,
                                                                const std::vector<const Person*>& subjects,
                                                                const ActContext& context);

}  // namespace citygate::policy
