// list_change.h - what commands that change the lists have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/act.h"
#include "categories/list_store.h"
#include "console/operator.h"
#include "console/options.h"
#include "console/output.h"
#include "console/protocol.h"

namespace citygate::console {

inline constexpr Option kListReason = Option::value("reason", "TEXT", "Why; kept in the history");
inline constexpr Option kListConfirm = Option::flag("confirm", "However many entries a source loses or gains by it");

// Who, why and whether it was confirmed, as the arguments say.
[[nodiscard]] categories::Change change_of(const Arguments& args, const Output& output);

// Of a list with commas, each once: who writes one twice does not want it fetched twice.
[[nodiscard]] std::vector<std::string> listed_names(std::string_view words);
[[nodiscard]] bool has(const std::vector<std::string>& names, std::string_view name);

[[nodiscard]] categories::Progress progress_to(Output& output);
void tell_lines(const std::vector<std::string>& lines, Output& output);

// Compiling takes all of a core for a while; the workers go first. Each command of a client has a thread of its own, so
// nothing else is slowed.
void lower_priority();

// What was published is told, taken up by all workers and left as acts; a change that waits for a person, or was stopped,
// is no success.
struct ListAsked {
  const Arguments& args;
  ActKind kind;
  std::string_view subject;  // of the change, where no source differs by it
};
int conclude_list(Operator& op, const ListAsked& asked, const Result<categories::Publication>& done, Output& output);

// Reports the error and gives the exit status. It may have come after the change itself, from a disk that is full by now:
// whatever the store calls current is served.
int list_failed(Operator& op, const Error& error, Output& output);

}  // namespace citygate::console
