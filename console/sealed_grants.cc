#include "console/sealed_grants.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "console/act_draft.h"
#include "console/commands.h"
#include "policy/grants/grant_case.h"
#include "records/act_codec.h"

namespace citygate::console {
namespace {

bool about_sealed(const Act& act) {
  const std::string_view kind = to_string(policy::GrantKind::LawEnforcement), grant = act.subject;
  return grant.starts_with(kind) && grant.substr(kind.size()).starts_with('/');
}

}  // namespace

bool is_told(const policy::GrantCase& grant, std::string_view reader, const policy::Directory& people) {
  if (!grant.grant.sealed()) return true;
  if (reader.empty()) return false;
  if (policy::is_concerned(grant, reader) || policy::is_approver(grant, reader)) return true;
  const auto* department = people.department(grant.department);
  const auto* head = department ? people.head_of(department->id) : nullptr;
  return head && head->name == reader;
}

std::shared_ptr<const policy::GrantBook> told_grants(Operator& op, const Arguments& args, PersonId person,
                                                     Looks& looks) {
  const auto in_force = op.in_force();
  const auto& people = *in_force.people;
  const auto* reader = people.by_name(argument(args, "by"));
  const auto told = [&](const policy::Grant& grant) {
    if (!grant.sealed()) return true;
    if (const auto known = op.registrar().grant(grant.name)) return is_told(*known, argument(args, "by"), people);
    // Of the policy file: the officers, and the head of this one's department.
    if (!reader) return false;
    const auto* department = people.department_of(person, op.clock().now());
    return std::ranges::find(grant.subjects, reader->id) != grant.subjects.end() ||
           (department && department->head == reader->id);
  };
  const auto of = in_force.grants->of(person);
  if (std::ranges::none_of(of, &policy::Grant::sealed)) return in_force.grants;
  std::vector<policy::Grant> out;
  for (const auto* grant : of) {
    if (!told(*grant)) continue;
    if (grant->sealed()) looks.add(grant->name);
    out.push_back(*grant);
  }
  return std::make_shared<const policy::GrantBook>(std::move(out));
}

Result<void> each_act(Operator& op, const Arguments& args, std::uint64_t first,
                      const std::function<bool(ToldAct)>& visit) {
  const auto people = op.registrar().state().people;
  std::map<std::string, bool> told;  // by grant
  const auto sealed = [&](const Act& act) {
    if (!about_sealed(act)) return false;
    const auto [known, fresh] = told.try_emplace(act.subject, false);
    if (const auto grant = fresh ? op.registrar().grant(act.subject) : std::nullopt)
      known->second = is_told(*grant, argument(args, "by"), *people);
    return !known->second;
  };
  Result<void> readable;
  CG_TRY_VOID(op.store().acts().scan_links(first, [&](const records::ActLink& link) {
    auto act = records::decode_act(link.line);
    if (!act) {
      readable = fail(Error::Kind::Storage, fmt::format("act {} is damaged: {}; `citygate acts verify` says more",
                                                        link.number, act.error().context));
      return false;
    }
    const bool hidden = sealed(*act);
    return visit({.link = link, .act = *std::move(act), .sealed = hidden});
  }));
  return readable;
}

void Looks::add(std::string_view grant) {
  if (std::ranges::find(grants_, grant) == grants_.end()) grants_.emplace_back(grant);
}

void Looks::add(const ToldAct& told) {
  if (!told.sealed && about_sealed(told.act)) add(told.act.subject);
}

Result<void> Looks::keep(Operator& op, const Arguments& args, const Output& output, std::string_view what) const {
  if (grants_.empty()) return {};
  std::vector<Act> acts;
  for (const auto& grant : grants_) {
    Act& act = acts.emplace_back(draft_act(ActKind::View, args, output));
    act.subject = grant;
    act.fields.emplace("what", what);
  }
  CG_TRY_VOID(op.registrar().enact(std::move(acts)));
  return {};
}

}  // namespace citygate::console
