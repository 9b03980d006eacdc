#include "console/record_access.h"

#include <fmt/format.h>

#include <algorithm>

#include "console/act_draft.h"
#include "console/act_log.h"
#include "console/commands.h"

namespace citygate::console {
namespace {

using policy::Person;
using policy::RecordAccess;

constexpr int kHighestLine = 64;  // of a line of supervisors

std::string clause_of(const std::string& clause) { return clause.empty() ? "" : fmt::format(" ({})", clause); }

bool stands_above(const policy::Directory& people, const Person& viewer, PersonId person) {
  const Person* above = people.supervisor_of(person);
  for (int i = 0; above && i < kHighestLine; ++i, above = people.supervisor_of(above->id))
    if (above->id == viewer.id) return true;
  return false;
}

std::string designated_role(const RecordAccess& access, const Person& viewer) {
  const auto role = std::ranges::find_if(access.designated, [&](const auto& each) { return viewer.has_role(each); });
  return role == access.designated.end() ? "" : *role;
}

std::string granted(const proxy::Snapshots& in_force, const Person& viewer, PersonId person, WallTime now) {
  for (const auto* grant : in_force.grants->of(viewer.id))
    if (grant->kind == policy::GrantKind::RecordAccess && grant->about == person && grant->live(now))
      return grant->name;
  return "";
}

// "": none. With a grant for it anybody may: it was agreed to by those whom the policy names.
std::string right_of(const proxy::Snapshots& in_force, const RecordAccess& access, const Person& viewer,
                     PersonId person, WallTime now) {
  const auto& people = *in_force.people;
  if (access.persons == RecordAccess::Who::Line) {
    if (stands_above(people, viewer, person)) return "supervisor";
    if (const auto* department = people.department_of(person, now); department && department->head == viewer.id)
      return fmt::format("head of {}", department->name);
  }
  if (auto role = designated_role(access, viewer); !role.empty()) return role;
  return granted(in_force, viewer, person, now);
}

bool is_device(const proxy::Snapshots& in_force, PersonId person) {
  const Person* who = in_force.people->by_id(person);
  return who && who->is_device();
}

std::string who_may(const RecordAccess& access) {
  const std::string roles = fmt::format("{}", fmt::join(access.designated, ", "));
  constexpr std::string_view kGranted = "who has a record-access grant about that person";
  switch (access.persons) {
    case RecordAccess::Who::Line:
      return fmt::format("those above a person and the head of the department may, and {}", kGranted);
    case RecordAccess::Who::Designated: return fmt::format("only these may: {}, and {}", roles, kGranted);
    case RecordAccess::Who::Grant: return "a record-access grant about that person is needed, that has been agreed to";
  }
  return "";
}

Result<void> has_agreed(const proxy::Snapshots& in_force, const Person& viewer, WallTime now) {
  const auto* standing = in_force.standing ? in_force.standing->of(viewer.id) : nullptr;
  if (standing && standing->closed_at(now))
    return fail(Error::Kind::Refused, fmt::format("the access of {} was ended by an order", viewer.name));
  const auto* text = in_force.rules->access_agreement();
  if (!text ||
      (standing && standing->access_agreement == text->version && now < standing->access_agreed_at + text->renew))
    return {};
  return fail(
      Error::Kind::Refused,
      fmt::format("{0} has first to agree to '{1}'{2}: on the portal, or `citygate access acknowledge {0} --access`",
                  viewer.name, text->title, clause_of(text->clause)));
}

}  // namespace

Result<std::string> may_view(const proxy::Snapshots& in_force, const NameSource& names, std::string_view by,
                             PersonId person, WallTime now) {
  const auto* access = in_force.rules->record_access();
  if (!access) return "open";
  if (by.empty())
    return fail(Error::Kind::Malformed,
                fmt::format("the policy says who may see what a named person did{}; say who looks: --by NAME",
                            clause_of(access->clause)));
  const Person* viewer = in_force.people->by_name(by);
  if (!viewer || viewer->is_device()) return fail(Error::Kind::NotFound, fmt::format("--by {}: no such person", by));
  CG_TRY_VOID(has_agreed(in_force, *viewer, now));
  auto right = right_of(in_force, *access, *viewer, person, now);
  if (!right.empty()) return right;
  return fail(Error::Kind::Refused,
              fmt::format("{} may not see what {} did: {}{}", viewer->name, names.name(NameKind::Person, person.value),
                          who_may(*access), clause_of(access->clause)));
}

Result<void> still_may_view(Operator& op, const Arguments& args, PersonId person) {
  const auto in_force = op.in_force();
  if (is_device(in_force, person)) return {};
  CG_TRY_VOID(may_view(in_force, op.names(), argument(args, "by"), person, op.clock().now()));
  return {};
}

Result<void> look_at(Operator& op, const Arguments& args, const Output& output, const Look& look) {
  const auto in_force = op.in_force();
  if (is_device(in_force, look.person)) return {};
  CG_TRY(right, may_view(in_force, op.names(), argument(args, "by"), look.person, op.clock().now()));
  Act act = draft_act(ActKind::View, args, output);
  act.author = author_of(args, output);
  act.subject = op.names().name(NameKind::Person, look.person.value);
  act.fields = look.more;
  act.fields.emplace("what", look.what);
  act.fields.emplace("right", right);
  if (look.from != WallTime::min()) act.fields.emplace("from", format_utc(look.from));
  if (look.to != WallTime::max()) act.fields.emplace("to", format_utc(look.to));
  std::vector<Act> acts;
  acts.push_back(std::move(act));
  CG_TRY_VOID(op.acts().append(std::move(acts)));
  return {};
}

bool shows_nobody(const proxy::Snapshots& in_force, const std::optional<PersonId>& named) {
  return !named && in_force.rules->record_access() != nullptr;
}

Record without_person(const Record& record) {
  Record out = record;
  out.person = {};
  out.client = {};
  out.grant = {};  // `grant show`, `acts show` say whose it is
  return out;
}

}  // namespace citygate::console
