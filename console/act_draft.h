// act_draft.h - an act as a command proposes it: who by --by, why by --reason, and how the one who asks is known.
#pragma once

#include "base/act.h"
#include "console/output.h"
#include "console/protocol.h"

namespace citygate::console {

// Subject and fields are the caller's.
[[nodiscard]] Act draft_act(ActKind kind, const Arguments& args, const Output& output);

}  // namespace citygate::console
