// grant_words.h - a grant in words, for the pages that show some.
#pragma once

#include "console/portal/visit.h"

namespace citygate::console {

[[nodiscard]] Html::Terms grant_terms(const Visit& visit, const policy::GrantCase& one);
// "supervisor: pat.lee" steps that are still open; those that count now, where the chain has an order.
[[nodiscard]] std::vector<const policy::GrantCase::Step*> open_steps(const policy::GrantCase& one);

}  // namespace citygate::console
