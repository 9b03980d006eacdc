#include "console/act_draft.h"

#include "console/commands.h"

namespace citygate::console {

Act draft_act(ActKind kind, const Arguments& args, const Output& output) {
  Act act;
  act.kind = kind;
  act.author = argument(args, "by");
  act.via = output.via();
  act.reason = argument(args, "reason");
  return act;
}

}  // namespace citygate::console
