// grant_words.h - a grant, and who has to agree to one, for the pages that show some.
#pragma once

#include "console/portal/visit.h"

namespace citygate::console {

[[nodiscard]] Html::Terms grant_terms(const Visit& visit, const policy::GrantCase& one);
[[nodiscard]] std::string approvers_words(const policy::ApprovalChain& chain);  // "supervisor, then it-director"

}  // namespace citygate::console
