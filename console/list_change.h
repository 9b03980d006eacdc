// list_change.h - what commands that change the lists have in common.
#pragma once

#include "categories/list_store.h"
#include "console/operator.h"
#include "console/output.h"
#include "console/protocol.h"

namespace citygate::console {

// Who, why and whether it was confirmed, as the arguments say.
[[nodiscard]] categories::Change change_of(const Arguments& args, const Output& output);

// Reports the error and gives the exit status. It may have come after the change itself, from a disk that is full by now:
// whatever the store calls current is served.
int failed(Operator& op, const Error& error, Output& output);

}  // namespace citygate::console
