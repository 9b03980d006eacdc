// `citygate access show`: where a person stands, and what became of the orders about the access.
#include "console/access_text.h"
#include "console/commands.h"
#include "console/record_access.h"
#include "console/selectors.h"
#include "review/access_evidence.h"

namespace citygate::console {
namespace {

// What was cut and tried is what a person did, and needs the right to be looked at; the orders themselves need none.
// Without a --by they are told alone where the policy says who may see more.
Result<bool> look_at_evidence(Operator& op, const Arguments& args, PersonId id, Output& output) {
  if (argument(args, "by").empty() && op.in_force().rules->record_access()) {
    output.err(
        "what was cut and tried afterwards is left out: the policy says who may see what a named person did; --by "
        "says who looks");
    return false;
  }
  CG_TRY_VOID(look_at(op, args, output, {.what = "access show", .person = id}));
  return true;
}

Result<void> show(Operator& op, const Arguments& args, Output& output) {
  const auto name = argument(args, "name");
  CG_TRY(id, find_person(op, name));
  CG_TRY(evidence, look_at_evidence(op, args, id, output));
  CG_TRY(orders, review::access_orders(op.acts(), name));
  if (evidence) {
    CG_TRY_VOID(op.flush());
    CG_TRY_VOID(review::add_evidence(
        orders,
        {.store = op.store(), .names = op.names(), .person = id, .ended = [&output] { return output.ended(); }}));
  }
  const auto state = op.registrar().state();
  const policy::Standing* known = state.standing->of(id);
  const policy::Standing standing = known ? *known : policy::Standing{};
  const AccessOf about{.name = name,
                       .person = state.people->by_id(id),
                       .state = state,
                       .standing = standing,
                       .orders = orders,
                       .names = op.names(),
                       .now = op.clock().now(),
                       .evidence = evidence};
  if (given(args, "json")) {
    output.out(access_json(about));
    return {};
  }
  for (const auto& line : access_lines(about)) output.out(line);
  return {};
}

int access_show(Operator& op, const Arguments& args, Output& output) { return answer(show(op, args, output), output); }

constexpr Option kShowOptions[] = {Option::place("name", "NAME", "As the directory names the person or device"),
                                   kLooker, kLookReason, kJsonObject};

constexpr Command kCommands[] = {
    {"access show",
     "Where a person stands, every order about the access, and what became of it: what it cut,\n"
     "when the last byte passed, what was tried afterwards; that is a look at what a person did.",
     kShowOptions, access_show},
};

}  // namespace

std::span<const Command> access_show_commands() { return kCommands; }

}  // namespace citygate::console
