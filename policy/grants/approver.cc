#include "policy/grants/approver.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/grants/grant_case.h"
#include "policy/grants/resolve.h"
#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

using Kind = Error::Kind;
using Step = GrantCase::Step;

std::unexpected<Error> refused(std::string text) { return fail(Kind::Refused, std::move(text)); }

// Whose supervisors and heads the steps were found from; those who have gone from the directory are passed over.
std::vector<const Person*> people_of(const GrantCase& grant, const Directory& people) {
  std::vector<const Person*> out;
  const auto add = [&](std::string_view name) {
    if (const Person* person = people.by_name(name)) out.push_back(person);
  };
  if (!grant.about.empty())
    add(grant.about);
  else if (!grant.sponsor.empty())
    add(grant.sponsor);
  else
    for (const auto& name : grant.subjects) add(name);
  return out;
}

class StepChoice {
 public:
  StepChoice(const GrantCase& grant, const Person& person, std::string_view role, const ActContext& context)
      : grant_(grant), person_(person), role_(role), context_(context) {}

  Result<std::size_t> choose() const {
    if (is_concerned(grant_, person_.name))
      return refused(
          fmt::format("nobody approves the own request, nor a grant for or about himself or herself: {} is for {}",
                      grant_.grant.name, approvers_text(grant_)));
    CG_TRY_VOID(known_role());
    for (const auto& step : grant_.steps)
      if (step.approved_by == person_.name)
        return refused(fmt::format("{} has agreed to {} already, as '{}'; every step is another person's", person_.name,
                                   grant_.grant.name, step.role));
    const auto of = people_of(grant_, context_.people);
    bool strands = false, lost = false;
    for (std::size_t i = 0; i < grant_.steps.size(); ++i) {
      const Step& step = grant_.steps[i];
      if (!step.approved_by.empty()) continue;
      if (mine(step)) {
        if (!still_holds(step, person_, of, context_))
          lost = true;
        else if (!leaves_enough(i))
          strands = true;
        else
          return i;
      }
      if (grant_.ordered) break;
    }
    return none(strands, lost);
  }

 private:
  bool mine(const Step& step) const {
    return (role_.empty() || step.role == role_) &&
           std::ranges::find(step.approvers, person_.name) != step.approvers.end();
  }

  Result<void> known_role() const {
    std::vector<std::string_view> roles;
    for (const auto& step : grant_.steps) roles.push_back(step.role);
    if (role_.empty() || std::ranges::find(roles, role_) != roles.end()) return {};
    return fail(Kind::NotFound, fmt::format("{} has no step '{}'{}; its steps are {}", grant_.grant.name, role_,
                                            suggestion(role_, roles), fmt::join(roles, ", ")));
  }

  bool leaves_enough(std::size_t chosen) const {
    auto steps = grant_.steps;
    steps[chosen].approved_by = person_.name;
    return enough_people(steps);
  }

  std::unexpected<Error> none(bool strands, bool lost) const {
    if (strands)
      return refused(fmt::format("{} is needed for another step of {}: nobody else could take it", person_.name,
                                 grant_.grant.name));
    if (lost)
      return refused(fmt::format("{} was to decide about {} when it was asked for, and has not that role any more",
                                 person_.name, grant_.grant.name));
    const auto turn = std::ranges::find(grant_.steps, std::string(), &Step::approved_by);
    const bool later = std::any_of(turn, grant_.steps.end(), [this](const Step& step) { return mine(step); });
    if (later)
      return refused(fmt::format("it is not {}'s turn: {} needs '{}' first, from {}", person_.name, grant_.grant.name,
                                 turn->role, fmt::join(turn->approvers, " or ")));
    if (is_approver(grant_, person_.name))
      return refused(fmt::format("the step of {} is taken already; {} waits for {}", person_.name, grant_.grant.name,
                                 approvers_text(grant_)));
    return refused(
        fmt::format("{} has no say in {}: it is for {}", person_.name, grant_.grant.name, approvers_text(grant_)));
  }

  const GrantCase& grant_;
  const Person& person_;
  std::string_view role_;
  const ActContext& context_;
};

}  // namespace

Result<std::size_t> choose_step(const GrantCase& grant, const Person& person, std::string_view role,
                                const ActContext& context) {
  return StepChoice(grant, person, role, context).choose();
}

std::string approvers_text(const GrantCase& grant) {
  std::vector<std::string> parts;
  for (const auto& step : grant.steps)
    if (step.approved_by.empty()) parts.push_back(fmt::format("{} ({})", step.role, fmt::join(step.approvers, ", ")));
  return fmt::format("{}", fmt::join(parts, "; "));
}

Result<void> same_chain(const GrantCase& grant, const ActContext& context) {
  if (!grant.sponsor.empty()) return {};  // a guest works where the request says
  const auto chain_of = [&](const Department* department) {
    return context.rules.approval(grant.grant.kind, department ? department->id : DepartmentId{});
  };
  const ApprovalChain* asked = chain_of(context.people.department(grant.department));
  for (const Person* person : people_of(grant, context.people)) {
    const Department* now = context.people.department_of(person->id, context.now);
    if (chain_of(now) != asked)
      return refused(fmt::format("{} is of department '{}' now, in which others have to agree than in '{}': ask again",
                                 person->name, now ? now->name : std::string_view("?"), grant.department));
  }
  return {};
}

bool has_say_now(const GrantCase& grant, const Person& person, const ActContext& context) {
  const Department* department = context.people.department(grant.department);
  const ApprovalChain* chain = context.rules.approval(grant.grant.kind, department ? department->id : DepartmentId{});
  if (!chain) return false;
  const auto of = people_of(grant, context.people);
  const auto holds = [&](std::string_view role) {
    return still_holds({.role = std::string(role), .approvers = {}, .approved_by = {}}, person, of, context);
  };
  return std::ranges::any_of(chain->steps, holds) ||
         std::ranges::any_of(chain->instead, [&](const auto& each) { return holds(each.second); });
}

}  // namespace citygate::policy
