// What applies to a person at a time, in words.
#include <algorithm>

#include "console/commands.h"
#include "console/record_access.h"
#include "console/selectors.h"
#include "policy/act_checks.h"
#include "review/effective_policy.h"

namespace citygate::console {
namespace {

std::vector<policy::GrantCase> permissions_of(Operator& op, const policy::Person& person) {
  std::vector<policy::GrantCase> out;
  op.registrar().grants([&](const policy::GrantCase& each) {
    if (std::ranges::find(each.subjects, person.name) != each.subjects.end()) out.push_back(each);
    return true;
  });
  return out;
}

Result<std::string> tell(Operator& op, const Arguments& args, const Output& output) {
  const proxy::Snapshots in_force = op.in_force();
  CG_TRY(person, policy::find_person(argument(args, "name"), *in_force.people));
  WallTime at = op.clock().now();
  if (const auto text = argument(args, "at"); !text.empty()) {
    CG_TRY(time, find_time(in_force.rules->zone(), text, Edge::Begin));
    at = time;
  }
  review::EffectiveQuestion question{.person = *person, .at = at, .standing = *in_force.standing};
  question.past = at < op.clock().now();
  question.permissions = permissions_of(op, *person);
  // What somebody has used is what he did.
  if (!argument(args, "usage").empty()) {
    CG_TRY_VOID(op.flush());
    CG_TRY_VOID(look_at(op, args, output, {.what = "effective-policy", .person = person->id, .from = at, .to = at}));
    question.usage = &op.board().person(person->id);
  }
  return review::effective_policy({*in_force.rules, *in_force.grants, *in_force.taxonomy, *in_force.people}, question);
}

int effective_policy(Operator& op, const Arguments& args, Output& output) {
  auto text = tell(op, args, output);
  if (!text) return report_error(text.error(), output);
  while (text->ends_with('\n')) text->pop_back();
  output.out(*text);
  return kDone;
}

constexpr Option kEffectivePolicyOptions[] = {
    Option::place("name", "NAME", "As the directory names the person or device"),
    Option::value("at", "TIME", "As if it were this time; default: now"),
    Option::flag("usage", "And what has been used of each quota today: a look at what a person did"),
    Option::value("by", "NAME", "Who looks, with --usage; the policy's [records] table says who may"),
    Option::value("reason", "TEXT", "Why, with --usage")};

constexpr Command kCommands[] = {
    {"effective-policy",
     "What applies to a person, in words: how he is known, orders and acknowledgements,\n"
     "permissions, and the rules of his department with their clauses.",
     kEffectivePolicyOptions, effective_policy},
};

}  // namespace

std::span<const Command> effective_commands() { return kCommands; }

}  // namespace citygate::console
