// record_access.h - who may see what a named person did, as the policy's [records] table says (policy/access_terms.h).
//
//   look_at ─▶ may_view: the right, or a refusal in words ─▶ an act of kind view is kept ─▶ the first row is shown
//
// Without the table everybody who can give commands may, as long as nobody is asked for; the act is left all the same.
// A device is nobody: its records are shown, and no act is left.
// A command that names nobody shows nobody where the table is: people, addresses, grants and orders are left out of its rows.
// Thread    any.
// Errors    Malformed: nobody is named by --by. Refused: this person may not. Storage: the look cannot be kept as an act,
//           and then nothing is shown.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/record.h"
#include "console/operator.h"
#include "console/output.h"
#include "console/protocol.h"

namespace citygate::console {

// By which right `by` may: "open", "supervisor", "head of police", "it-director", "record-access/41".
[[nodiscard]] Result<std::string> may_view(const proxy::Snapshots& in_force, const NameSource& names,
                                           std::string_view by, PersonId person, WallTime now);

struct Look {
  std::string_view what;  // the command
  PersonId person;        // of whom
  WallTime from = WallTime::min(), to = WallTime::max();
  ActFields more{};
};
[[nodiscard]] Result<void> look_at(Operator& op, const Arguments& args, const Output& output, const Look& look);
// Of a look that goes on: a grant lapses, an order ends access, another policy comes.
[[nodiscard]] Result<void> still_may_view(Operator& op, const Arguments& args, PersonId person);

[[nodiscard]] bool shows_nobody(const proxy::Snapshots& in_force, const std::optional<PersonId>& named);
[[nodiscard]] Record without_person(const Record& record);

}  // namespace citygate::console
