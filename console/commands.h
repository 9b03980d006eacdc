// commands.h - the administrator's commands by name, with the arguments each takes.
//
// Path      client → control.sock → server → run_command → Output, or straight from app/ where no gateway runs.
// Answers   the exit status: 0 done, 1 could not be done, 2 the request itself was wrong. Why is on err().
// Thread    any.
#pragma once

#include <span>
#include <string_view>

#include "console/operator.h"
#include "console/output.h"
#include "console/protocol.h"

namespace citygate::console {

struct Command {
  std::string_view name;
  std::span<const std::string_view> required, optional;  // names of arguments
  int (*run)(Operator& op, const Arguments& args, Output& output);
};

[[nodiscard]] std::span<const Command> commands();

// Refuses unknown commands and arguments with the nearest known one, and missing arguments by name.
int run_command(Operator& op, const Request& request, Output& output);

inline constexpr int kDone = 0, kFailed = 1, kWrongRequest = 2;

// Reports the error and gives kFailed, or kWrongRequest for Malformed and NotFound.
int report_error(const Error& error, Output& output);

// "" where the argument was not given.
[[nodiscard]] std::string_view argument(const Arguments& args, std::string_view name);

// The parts of the table, by the file that holds them.
int lists_import(Operator& op, const Arguments& args, Output& output);
int lists_status(Operator& op, const Arguments& args, Output& output);
int lists_lookup(Operator& op, const Arguments& args, Output& output);
int lists_update(Operator& op, const Arguments& args, Output& output);
int lists_history(Operator& op, const Arguments& args, Output& output);
int lists_diff(Operator& op, const Arguments& args, Output& output);
int lists_overrides(Operator& op, const Arguments& args, Output& output);
int lists_remove(Operator& op, const Arguments& args, Output& output);
int lists_publish(Operator& op, const Arguments& args, Output& output);
int lists_rollback(Operator& op, const Arguments& args, Output& output);
int lists_override(Operator& op, const Arguments& args, Output& output);
int lists_end_override(Operator& op, const Arguments& args, Output& output);
int dispute_open(Operator& op, const Arguments& args, Output& output);
int dispute_decide(Operator& op, const Arguments& args, Output& output);
int dispute_show(Operator& op, const Arguments& args, Output& output);
int dispute_list(Operator& op, const Arguments& args, Output& output);
int access_suspend(Operator& op, const Arguments& args, Output& output);
int access_reinstate(Operator& op, const Arguments& args, Output& output);
int access_separate(Operator& op, const Arguments& args, Output& output);
int access_acknowledge(Operator& op, const Arguments& args, Output& output);
int access_acknowledged(Operator& op, const Arguments& args, Output& output);
int access_receipt(Operator& op, const Arguments& args, Output& output);
int access_show(Operator& op, const Arguments& args, Output& output);
int acts_list(Operator& op, const Arguments& args, Output& output);
int acts_show(Operator& op, const Arguments& args, Output& output);
int acts_export(Operator& op, const Arguments& args, Output& output);
int acts_verify(Operator& op, const Arguments& args, Output& output);
int people_list(Operator& op, const Arguments& args, Output& output);
int people_show(Operator& op, const Arguments& args, Output& output);
int people_who(Operator& op, const Arguments& args, Output& output);
int people_export(Operator& op, const Arguments& args, Output& output);
int people_add(Operator& op, const Arguments& args, Output& output);
int people_guest_add(Operator& op, const Arguments& args, Output& output);
int people_change(Operator& op, const Arguments& args, Output& output);
int people_move(Operator& op, const Arguments& args, Output& output);
int people_address_assign(Operator& op, const Arguments& args, Output& output);
int people_address_release(Operator& op, const Arguments& args, Output& output);
int people_department_add(Operator& op, const Arguments& args, Output& output);
int people_department_change(Operator& op, const Arguments& args, Output& output);
int people_password(Operator& op, const Arguments& args, Output& output);
int people_import(Operator& op, const Arguments& args, Output& output);
int download_ask(Operator& op, const Arguments& args, Output& output);
int download_list(Operator& op, const Arguments& args, Output& output);
int download_save(Operator& op, const Arguments& args, Output& output);
int download_sweep(Operator& op, const Arguments& args, Output& output);
int grant_request(Operator& op, const Arguments& args, Output& output);
int grant_approve(Operator& op, const Arguments& args, Output& output);
int grant_refuse(Operator& op, const Arguments& args, Output& output);
int grant_withdraw(Operator& op, const Arguments& args, Output& output);
int grant_list(Operator& op, const Arguments& args, Output& output);
int grant_show(Operator& op, const Arguments& args, Output& output);
int grant_sealed_summary(Operator& op, const Arguments& args, Output& output);
int grant_chain(Operator& op, const Arguments& args, Output& output);
int records_search(Operator& op, const Arguments& args, Output& output);
int records_follow(Operator& op, const Arguments& args, Output& output);
int report(Operator& op, const Arguments& args, Output& output);
int explain(Operator& op, const Arguments& args, Output& output);
int effective_policy(Operator& op, const Arguments& args, Output& output);
int metrics(Operator& op, const Arguments& args, Output& output);
int status(Operator& op, const Arguments& args, Output& output);
int backup_stage(Operator& op, const Arguments& args, Output& output);
int clock_set(Operator& op, const Arguments& args, Output& output);
int clock_advance(Operator& op, const Arguments& args, Output& output);
int reload(Operator& op, const Arguments& args, Output& output);
int upgrade(Operator& op, const Arguments& args, Output& output);
int stop(Operator& op, const Arguments& args, Output& output);

}  // namespace citygate::console
