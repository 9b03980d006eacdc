// grant_case.h - a grant's case and the acts that it is made of: read from an act, and told in a word.
//
// Thread    any.
#pragma once

#include <string_view>

#include "base/act.h"
#include "base/name_source.h"
#include "policy/registrar.h"

namespace citygate::policy {

// Where a case stands at a time; a grant lapses without an act.
enum class GrantPhase : std::uint8_t {
  Waiting,     // for approvals
  Unanswered,  // its term passed while it waited
  Coming,      // agreed to, and begins later
  InForce,
  Lapsed,
  Refused,
  Withdrawn,
};
inline constexpr GrantPhase kLastGrantPhase = GrantPhase::Withdrawn;
[[nodiscard]] std::string_view to_string(GrantPhase phase);  // "waiting", "in-force" ...
[[nodiscard]] GrantPhase phase_of(const GrantCase& grant, WallTime now);

// Of a grant-request as it was prepared. Malformed: a field is missing, unknown or not in its form; apply() says so.
// Ids of names that are not known yet stay 0 until intern_ids().
[[nodiscard]] Result<GrantCase> case_from(const Act& act, const NameSource& names);
// Storage: a name cannot be kept.
[[nodiscard]] Result<void> intern_ids(GrantCase& grant, NameSource& names);

// The person is one of the approvers of some step.
[[nodiscard]] bool is_approver(const GrantCase& grant, std::string_view person);
// Asked for it, or it is for, about, or sponsored by that person.
[[nodiscard]] bool is_concerned(const GrantCase& grant, std::string_view person);

}  // namespace citygate::policy
