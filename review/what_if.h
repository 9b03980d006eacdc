// what_if.h - what would have to change for another verdict: the same facts, asked again with one thing changed.
//
// Every sentence is true because decide() says so of the changed facts, never because a rule was read a second time.
// Sealed grants are told for what they are, by nature and not by name.
// Thread    any; pure. Cost: a few dozen decisions.
#pragma once

#include <string>
#include <vector>

#include "policy/decide.h"
#include "review/policy_words.h"

namespace citygate::review {

// Sentences; none where the verdict is to allow without more.
[[nodiscard]] std::vector<std::string> what_would_change(const PolicyView& view, const policy::Facts& facts,
                                                         const policy::Verdict& verdict);

}  // namespace citygate::review
