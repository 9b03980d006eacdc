// Orders about a person's access: suspend, reinstate, separate. What they do: docs/access.md.
#include <fmt/format.h>

#include "console/act_draft.h"
#include "console/commands.h"
#include "console/selectors.h"
#include "policy/act_checks.h"
#include "policy/people/standing_fold.h"

namespace citygate::console {
namespace {

// A day alone is meant from its beginning, and to its end.
Result<void> add_time(Operator& op, const Arguments& args, std::string_view name, Edge edge, Act& act) {
  const auto text = argument(args, name);
  if (text.empty()) return {};
  CG_TRY(time, find_time(op.in_force().rules->zone(), text, edge));
  policy::set_time(act, name, time);
  return {};
}

std::string words_of(const Act& act, const policy::Standing& standing, const Zone& zone) {
  switch (act.kind) {
    case ActKind::Suspend:
      return fmt::format("'{}' is suspended from {} {}", act.subject, zone.format(standing.barred_from),
                         policy::until_words(standing.barred_until, zone));
    case ActKind::Separate:
      return fmt::format("the access of '{}' ends at {}", act.subject, zone.format(standing.ends));
    default: return fmt::format("'{}' is reinstated", act.subject);
  }
}

Result<void> order(Operator& op, ActKind kind, const Arguments& args, Output& output) {
  Act act = draft_act(kind, args, output);
  act.subject = argument(args, "name");
  CG_TRY_VOID(add_time(op, args, "from", Edge::Begin, act));
  CG_TRY_VOID(add_time(op, args, "until", Edge::End, act));
  CG_TRY_VOID(add_time(op, args, "at", Edge::End, act));
  CG_TRY(kept, op.registrar().enact(std::move(act)));
  const auto state = op.registrar().state();
  const policy::Person* person = state.people->by_name(kept.subject);
  const policy::Standing* standing = person ? state.standing->of(person->id) : nullptr;
  const auto words = words_of(kept, standing ? *standing : policy::Standing{}, state.rules->zone());
  tell_kept(kept, fmt::format("{} (act {})", words, kept.number), args, output);
  return {};
}

int access_suspend(Operator& op, const Arguments& args, Output& output) {
  return answer(order(op, ActKind::Suspend, args, output), output);
}

int access_reinstate(Operator& op, const Arguments& args, Output& output) {
  return answer(order(op, ActKind::Reinstate, args, output), output);
}

int access_separate(Operator& op, const Arguments& args, Output& output) {
  return answer(order(op, ActKind::Separate, args, output), output);
}

constexpr Option kName = Option::place("name", "NAME", "As the directory names the person or device");
constexpr Option kBy = Option::needed("by", "NAME", "Who orders it: a person of the directory, and not the same");
constexpr Option kReason = Option::needed("reason", "TEXT", "Why; kept for ever with the order");
constexpr Option kSuspendOptions[] = {
    kName,
    kBy,
    kReason,
    Option::value("from", "TIME", "When it begins, by the city's clock. Default: now"),
    Option::value("until", "TIME",
                  "When it ends by itself; a day alone is included. Default: when somebody reinstates"),
    kJsonAct};
constexpr Option kReinstateOptions[] = {kName, kBy, kReason, kJsonAct};
constexpr Option kSeparateOptions[] = {
    kName, kBy, kReason,
    Option::value("at", "TIME", "When, by the city's clock; a day alone is the last one. Default: now"), kJsonAct};

constexpr Command kCommands[] = {
    {"access suspend",
     "Stop a person's access, or a device's, on every worker at once; what runs is cut. A second order\n"
     "makes a suspension longer, never shorter.",
     kSuspendOptions, access_suspend},
    {"access reinstate", "Lift a suspension or a separation now.", kReinstateOptions, access_reinstate},
    {"access separate", "End a person's access for good.", kSeparateOptions, access_separate},
};

}  // namespace

std::span<const Command> access_commands() { return kCommands; }

}  // namespace citygate::console
