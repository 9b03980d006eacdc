#include <fmt/format.h>

#include "console/act_log.h"
#include "console/commands.h"
#include "console/selectors.h"

namespace citygate::console {
namespace {

Result<void> move_clock(Operator& op, WallTime to, Output& output) {
  CG_TRY_VOID(op.set_clock(to));
  // What the new time charges or closes is on the board before the caller's next step.
  CG_TRY_VOID(op.flush());
  output.out(fmt::format("it is now {} ({})", format_utc(to), op.in_force().rules->zone().format(to)));
  return {};
}

int status(Operator& op, const Arguments&, Output& output) {
  const auto facts = op.status();
  std::size_t width = 0;
  for (const auto& [name, value] : facts) width = std::max(width, name.size());
  for (const auto& [name, value] : facts) output.out(fmt::format("{:<{}}  {}", name, width, value));
  return kDone;
}

// The first half of `citygate backup`: where the copy is, then the cursor.
int backup_stage(Operator& op, const Arguments&, Output& output) {
  const auto stage = op.stage_backup();
  if (!stage) return report_error(stage.error(), output);
  output.out(stage->path.string());
  output.out(fmt::format("{}", stage->records));
  return kDone;
}

int clock_set(Operator& op, const Arguments& args, Output& output) {
  const auto time = find_time(op.in_force().rules->zone(), argument(args, "time"), Edge::Begin);
  if (!time) return report_error(time.error(), output);
  return answer(move_clock(op, *time, output), output);
}

int clock_advance(Operator& op, const Arguments& args, Output& output) {
  const auto by = find_duration(argument(args, "duration"));
  if (!by) return report_error(by.error(), output);
  return answer(move_clock(op, op.clock().now() + *by, output), output);
}

int reload(Operator& op, const Arguments& args, Output& output) {
  const auto before = op.in_force().rules;
  const auto changed = op.reload();
  // Another policy may be in force although something else of the reload went wrong.
  Result<std::uint64_t> noted = 0;
  if (op.in_force().rules != before)
    noted = note_policy(op, author_of(args, output), output.via(), argument(args, "reason"));
  if (!changed) {
    report_error(changed.error(), output);
    return kFailed;  // what is wrong stands in a file; the question was right
  }
  output.out(*changed);
  if (noted) return kDone;
  output.err("this is done and in force, but the journal has no act of the policy: " + noted.error().context);
  return kFailed;
}

int upgrade(Operator& op, const Arguments& args, Output& output) {
  const auto done = op.upgrade(std::string(argument(args, "program")));
  if (!done) return report_error(done.error(), output);
  output.out(*done);
  return kDone;
}

int stop(Operator& op, const Arguments&, Output& output) {
  const auto asked = op.stop();
  if (asked) output.out("the gateway finishes its connections and stops");
  return answer(asked, output);
}

constexpr Option kSetOptions[] = {
    Option::place("time", "TIME", "2026-11-21T12:00:00, by the city's clock, or with an offset")};
constexpr Option kAdvanceOptions[] = {Option::place("duration", "DURATION", "90s, 5min, 2h30min, 1d")};
constexpr Option kReloadOptions[] = {
    Option::value("by", "NAME", "Whose policy it is: a person of the directory. Default: the user whose command it is"),
    Option::value("reason", "TEXT", "Why; kept in the journal of acts with a policy that has changed")};
constexpr Option kUpgradeOptions[] = {
    Option::value("program", "FILE", "The program to start; default: the one that is run by this command").file()};

constexpr Command kCommands[] = {
    {"status", "State of the gateway: versions in force, records, traffic counters.", {}, status},
    {"backup stage", "", {}, backup_stage},
    {"clock set", "Set it to an instant.", kSetOptions, clock_set},
    {"clock advance", "Move it on.", kAdvanceOptions, clock_advance},
    {"reload", "Have the gateway read policy, people and lists again, as SIGHUP does.", kReloadOptions, reload},
    {"stop", "Have the gateway finish its connections and stop, as SIGTERM does.", {}, stop},
    {"upgrade",
     "Have the gateway hand over to a new process of this very program: no listening socket is closed,\n"
     "no connection is cut, no record lost. The old process ends with its last connection. When the new\n"
     "one cannot take over, the old one serves on, and the reason is said.",
     kUpgradeOptions, upgrade},
};

}  // namespace

std::span<const Command> status_commands() { return kCommands; }

}  // namespace citygate::console
