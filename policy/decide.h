// decide.h - the order of a decision (architecture, section 5), as one pure function.
//
// Pure: the same facts, rules and grants give the same verdict; no clock, no socket, no allocation. Closed: whatever is
// missing or contradictory refuses. One function serves all stages; a later stage sees more facts and only tightens,
// because every step that could refuse is asked again. A refusal is final: the exchange is over and asks no more. The
// word of a person (an acknowledgement, a warning at a window's soft edge) is asked for up to Stage::Response: what runs
// goes on.
// Sealed wherever a sealed grant covers what is asked for, whatever the steps say; a sealed verdict charges nothing. In
// step 7 all that refuses comes before what holds, and that before a warning, so that no category more, at no stage,
// loosens a verdict.
// Cost: <= 0.2 us where the person has no grants, and O(grants of the person) more.
#pragma once

#include "policy/grants/grant_book.h"
#include "policy/rulebook.h"
#include "policy/verdict.h"

namespace citygate::policy {

[[nodiscard]] Verdict decide(const Facts& facts, const Rulebook& rules, const GrantBook& grants) noexcept;

}  // namespace citygate::policy
