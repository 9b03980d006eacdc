// effective_policy.h - what applies to one person at one time, in words: who he is to the gateway and how that is known,
// orders and acknowledgements, permissions, what is left of each quota, and the policy of his department.
//
// Permissions are those of the person; sealed ones are not told. Thread    any; pure.
#pragma once

#include <string>
#include <vector>

#include "base/usage.h"
#include "policy/registrar.h"
#include "review/policy_words.h"

namespace citygate::review {

struct EffectiveQuestion {
  const policy::Person& person;
  WallTime at{};
  const policy::StandingTable& standing;
  const UsageView* usage = nullptr;              // null: nothing is said of what has been used
  std::vector<policy::GrantCase> permissions{};  // the person's, asked for or agreed to
  bool past = false;                             // `at` lies before now
};

[[nodiscard]] std::string effective_policy(const PolicyView& view, const EffectiveQuestion& question);

}  // namespace citygate::review
