// commands.h - the administrator's commands by name, with what help says of each and what it takes.
//
// Path      client → control.sock → server → run_command → Output, or straight from app/ where no gateway runs.
// Answers   the exit status: 0 done, 1 could not be done, 2 the request itself was wrong. Why is on err().
// Thread    any.
#pragma once

#include <span>
#include <string_view>

#include "console/operator.h"
#include "console/options.h"
#include "console/output.h"
#include "console/protocol.h"

namespace citygate::console {

struct Command {
  std::string_view name;  // "people address assign"
  std::string_view help;  // "": of the program itself, not to be typed
  std::span<const Option> options;
  int (*run)(Operator& op, const Arguments& args, Output& output);
};

[[nodiscard]] std::span<const Command> commands();

// The words that commands begin with: "people", "people address".
struct CommandGroup {
  std::string_view name, help;
};
[[nodiscard]] std::span<const CommandGroup> command_groups();

// Refuses unknown commands and arguments with the nearest known one, and missing arguments by name.
int run_command(Operator& op, const Request& request, Output& output);

inline constexpr int kDone = 0, kFailed = 1, kWrongRequest = 2;

// Reports the error and gives kFailed, or kWrongRequest for Malformed and NotFound.
int report_error(const Error& error, Output& output);
int answer(const Result<void>& done, Output& output);

// "" where the argument was not given.
[[nodiscard]] std::string_view argument(const Arguments& args, std::string_view name);

// The parts of the table: each in the file that carries its commands out, commands_*.cc.
[[nodiscard]] std::span<const Command> lists_commands();
[[nodiscard]] std::span<const Command> lists_change_commands();
[[nodiscard]] std::span<const Command> lists_update_commands();
[[nodiscard]] std::span<const Command> lists_override_commands();
[[nodiscard]] std::span<const Command> access_commands();
[[nodiscard]] std::span<const Command> receipts_commands();
[[nodiscard]] std::span<const Command> access_show_commands();
[[nodiscard]] std::span<const Command> acts_commands();
[[nodiscard]] std::span<const Command> acts_export_commands();
[[nodiscard]] std::span<const Command> people_commands();
[[nodiscard]] std::span<const Command> people_change_commands();
[[nodiscard]] std::span<const Command> people_import_commands();
[[nodiscard]] std::span<const Command> downloads_commands();
[[nodiscard]] std::span<const Command> grants_commands();
[[nodiscard]] std::span<const Command> sealed_summary_commands();
[[nodiscard]] std::span<const Command> dispute_commands();
[[nodiscard]] std::span<const Command> records_commands();
[[nodiscard]] std::span<const Command> report_commands();
[[nodiscard]] std::span<const Command> explain_commands();
[[nodiscard]] std::span<const Command> effective_commands();
[[nodiscard]] std::span<const Command> metrics_commands();
[[nodiscard]] std::span<const Command> status_commands();

}  // namespace citygate::console
