// act_draft.h - an act as a command proposes it: who by --by, why by --reason, and how the one who asks is known; and
// what is said when it was kept.
#pragma once

#include <string_view>

#include "base/act.h"
#include "console/output.h"
#include "console/protocol.h"

namespace citygate::console {

// Subject and fields are the caller's.
[[nodiscard]] Act draft_act(ActKind kind, const Arguments& args, const Output& output);

// An act that was not refused may be in the journal though it is not in force yet: what it names must stay.
[[nodiscard]] bool may_be_kept(const Error& error);
// In `words`, or with --json as an object: its number, kind, author, subject, reason and fields.
void tell_kept(const Act& kept, std::string_view words, const Arguments& args, Output& output);

}  // namespace citygate::console
