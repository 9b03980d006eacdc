// act_log.h - what a command has done, left as an act: by whom, by which way, why (docs/acts.md).
//
// For commands that change what the gateway serves; what changes people, access and grants goes through the Registrar.
// The act is left when the thing is done. Where it cannot be, that is said, and the command gives kFailed.
// Thread    any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/act.h"
#include "console/operator.h"
#include "console/output.h"
#include "console/protocol.h"

namespace citygate::console {

// The person whom --by names; else the user who asks, as "user root", which can be no name of a person.
[[nodiscard]] std::string author_of(const Arguments& args, const Output& output);
// Malformed, NotFound, Refused: --by names nobody who could answer for an act.
[[nodiscard]] Result<void> check_by(Operator& op, const Arguments& args);

struct Deed {
  ActKind kind = ActKind::ListPublish;
  std::string subject;
  ActFields fields{};
};
// `status`, or kFailed when the acts could not be kept. No deeds: nothing was done.
[[nodiscard]] int leave_acts(Operator& op, const Arguments& args, std::vector<Deed> deeds, int status, Output& output);

// An act of the policy in force, if it is another than the last that was loaded: by `author`, who is "gateway" where no
// person asked. The act's number, or 0.
[[nodiscard]] Result<std::uint64_t> note_policy(Operator& op, std::string_view author, std::string_view via,
                                                std::string_view reason);

}  // namespace citygate::console
