#include "policy/grants/resolve.h"

#include <fmt/format.h>

#include <algorithm>

namespace citygate::policy {
namespace {

using People = std::vector<const Person*>;

const Person* head_of(const Person& person, const ActContext& context) {
  return context.people.head_of(person.department_at(context.now));
}

const Person* supervisor_of(const Person& person, const ActContext& context) {
  if (person.is_guest())
    if (const Person* sponsor = context.people.by_id(person.sponsor)) return sponsor;
  if (const Person* supervisor = context.people.supervisor_of(person.id)) return supervisor;
  return head_of(person, context);
}

std::string names_of(const People& people) {
  std::vector<std::string_view> names;
  for (const Person* person : people) names.push_back(person->name);
  return fmt::format("{}", fmt::join(names, ", "));
}

class Resolver {
 public:
  Resolver(const ApprovalChain& chain, const Asked& asked, const ActContext& context)
      : chain_(chain), asked_(asked), context_(context) {}

  Result<std::vector<GrantCase::Step>> run() {
    for (const auto& role : chain_.steps) CG_TRY_VOID(add(role));
    if (drafts_.size() > kMostSignatures)
      return fail(Error::Kind::Refused, fmt::format("that would need {} signatures, and {} at most are asked for: ask "
                                                    "for fewer people at a time",
                                                    drafts_.size(), kMostSignatures));
    if (!enough(drafts_)) substitute();
    while (!enough(drafts_) && merge()) {
    }
    if (!enough(drafts_)) return too_few();
    return steps_of(drafts_);
  }

 private:
  static constexpr std::size_t kMostSignatures = 16;
  struct Draft {
    GrantCase::Step step;
    const Person* of = nullptr;
    bool replaced = false;  // somebody decides in place of the role that the chain names
  };
  using Drafts = std::vector<Draft>;

  static std::vector<GrantCase::Step> steps_of(const Drafts& drafts) {
    std::vector<GrantCase::Step> out;
    for (const auto& draft : drafts) out.push_back(draft.step);
    return out;
  }
  static bool enough(const Drafts& drafts) { return enough_people(steps_of(drafts)); }

  Result<void> add(const std::string& role) {
    const auto first = static_cast<std::ptrdiff_t>(drafts_.size());
    const bool of_person = role == kSupervisor || role == kDepartmentHead;
    for (const Person* person : of_person ? asked_.of : People{asked_.of.front()}) {
      CG_TRY(draft, resolve(role, *person));
      const auto same = [&draft](const Draft& other) { return other.step.approvers == draft.step.approvers; };
      if (std::none_of(drafts_.begin() + first, drafts_.end(), same)) drafts_.push_back(std::move(draft));
    }
    return {};
  }

  // One person would have to sign twice: one step, the last if possible, is theirs whom the policy names instead.
  void substitute() {
    for (std::size_t i = drafts_.size(); i-- > 0;) {
      const auto other = chain_.in_place_of(drafts_[i].step.role);
      if (other.empty()) continue;
      auto draft = resolve(other, *drafts_[i].of);
      if (!draft) continue;
      Drafts tried = drafts_;
      tried[i] = std::move(*draft);
      tried[i].replaced = true;
      if (!enough(tried)) continue;
      drafts_ = std::move(tried);
      return;
    }
  }

  // Who decides in place of two, or of one and in the own right, decides once: last.
  bool merge() {
    for (std::size_t i = 0; i < drafts_.size(); ++i)
      for (std::size_t j = i + 1; j < drafts_.size(); ++j) {
        if (drafts_[i].step.approvers != drafts_[j].step.approvers) continue;
        if (!drafts_[i].replaced && !drafts_[j].replaced) continue;
        drafts_.erase(drafts_.begin() + static_cast<std::ptrdiff_t>(i));
        return true;
      }
    return false;
  }

  bool concerned(const Person* person) const {
    return std::ranges::find(asked_.concerned, person->id) != asked_.concerned.end();
  }

  People holders(std::string_view role, const Person& of) const {
    const auto one = [](const Person* person) { return person ? People{person} : People{}; };
    if (role == kSupervisor) return one(supervisor_of(of, context_));
    if (role == kDepartmentHead) return one(head_of(of, context_));
    const auto held = context_.people.holders(role);
    return {held.begin(), held.end()};
  }

  Result<Draft> resolve(std::string_view role, const Person& of) const {
    const std::string_view named = role;
    const auto is_concerned = [this](const Person* person) { return concerned(person); };
    People found = holders(role, of);
    // `instead` has no circle, or the policy would not have been read.
    for (auto other = chain_.in_place_of(role); !other.empty() && std::ranges::any_of(found, is_concerned);
         other = chain_.in_place_of(role)) {
      role = other;
      found = holders(role, of);
    }
    People left = found;
    std::erase_if(left, is_concerned);
    if (left.empty() && !found.empty() && role == kSupervisor) left = found = up_the_line(of);
    std::erase_if(left, [this](const Person* person) { return !why_no_approver(*person, context_).empty(); });
    if (left.empty()) return nobody(role, of, found);
    Draft out{
        .step = {.role = std::string(role), .approvers = {}, .approved_by = {}}, .of = &of, .replaced = role != named};
    for (const Person* person : left) out.step.approvers.push_back(person->name);
    std::ranges::sort(out.step.approvers);
    return out;
  }

  // The first above who is not concerned. Lines end: the directory has no circles, and a department one head.
  People up_the_line(const Person& of) const {
    People seen{&of};
    for (const Person* at = supervisor_of(of, context_); at; at = supervisor_of(*at, context_)) {
      if (!concerned(at)) return {at};
      if (std::ranges::find(seen, at) != seen.end()) break;
      seen.push_back(at);
    }
    return {};
  }

  std::unexpected<Error> nobody(std::string_view role, const Person& of, const People& found) const {
    std::string why, help;
    if (role == kSupervisor && found.empty()) {
      why = fmt::format("nobody stands above {} who is not concerned", of.name);
      help = fmt::format("give {} a supervisor, or the department a head", of.name);
    } else if (role == kDepartmentHead && found.empty()) {
      why = fmt::format("the department of {} has no head", of.name);
      help = "name one";
    } else if (found.empty()) {
      why = "nobody has this role";
      help = "give it to somebody";
    } else if (std::ranges::all_of(found, [this](const Person* person) { return concerned(person); })) {
      why = fmt::format("nobody decides about what they asked for, or what is for or about them, as it is with {}",
                        names_of(found));
      help = role == kSupervisor || role == kDepartmentHead
                 ? fmt::format("let the policy say who decides instead of '{}', or have somebody else ask", role)
                 : fmt::format(
                       "give the role to somebody else as well, let the policy say who decides instead of '{}', or "
                       "have somebody else ask",
                       role);
    } else {
      const auto barred = std::ranges::find_if(found, [this](const Person* p) { return !concerned(p); });
      why = fmt::format("{} {}", (*barred)->name, why_no_approver(**barred, context_));
      help = "give it to somebody who is there";
    }
    return fail(Error::Kind::Refused,
                fmt::format("nobody can take the step '{}' of '{}': {}; {}", role, to_string(chain_.kind), why, help));
  }

  std::unexpected<Error> too_few() const {
    std::vector<std::string> parts;
    for (const auto& [step, of, replaced] : drafts_)
      parts.push_back(fmt::format("{}: {}", step.role, fmt::join(step.approvers, ", ")));
    return fail(
        Error::Kind::Refused,
        fmt::format("'{}' needs {} signatures of as many people, and there are too few ({}): give one of the roles "
                    "to somebody else as well, or let the policy say who decides instead",
                    to_string(chain_.kind), drafts_.size(), fmt::join(parts, "; ")));
  }

  const ApprovalChain& chain_;
  const Asked& asked_;
  const ActContext& context_;
  Drafts drafts_;
};

// Finds a person for `step`, and moves those who stand in the way to other steps (augmenting paths).
class Matching {
 public:
  explicit Matching(const std::vector<GrantCase::Step>& steps) : steps_(steps), taken_by_(steps.size()) {}

  bool complete() {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (!steps_[i].approved_by.empty()) continue;
      tried_.clear();
      if (!place(i)) return false;
    }
    return true;
  }

 private:
  bool place(std::size_t step) {
    for (const auto& name : steps_[step].approvers) {
      const auto took = [&name](const GrantCase::Step& other) { return other.approved_by == name; };
      if (std::ranges::find(tried_, name) != tried_.end() || std::ranges::any_of(steps_, took)) continue;
      tried_.push_back(name);
      const auto holder = std::ranges::find(taken_by_, name);
      if (holder != taken_by_.end() && !place(static_cast<std::size_t>(holder - taken_by_.begin()))) continue;
      taken_by_[step] = name;
      return true;
    }
    return false;
  }

  const std::vector<GrantCase::Step>& steps_;
  std::vector<std::string_view> taken_by_;  // by step; "" for none
  std::vector<std::string_view> tried_;
};

}  // namespace

Result<std::vector<GrantCase::Step>> resolve_steps(const ApprovalChain& chain, const Asked& asked,
                                                   const ActContext& context) {
  return Resolver(chain, asked, context).run();
}

bool enough_people(const std::vector<GrantCase::Step>& steps) { return Matching(steps).complete(); }

bool still_holds(const GrantCase::Step& step, const Person& person, const std::vector<const Person*>& of,
                 const ActContext& context) {
  if (step.role == kDepartmentHead)
    return std::ranges::any_of(of, [&](const Person* each) { return head_of(*each, context) == &person; });
  if (step.role != kSupervisor) return person.has_role(step.role);
  return std::ranges::any_of(of, [&](const Person* each) {
    std::vector<const Person*> seen{each};
    for (const Person* at = supervisor_of(*each, context); at; at = supervisor_of(*at, context)) {
      if (at == &person) return true;
      if (std::ranges::find(seen, at) != seen.end()) break;
      seen.push_back(at);
    }
    return false;
  });
}

bool has_left(const Person& person, const ActContext& context) {
  const Standing* standing = context.standing.of(person.id);
  return standing &&
         (standing->ended_at(context.now) || (standing->barred == Reason::Revoked && standing->barred_at(context.now)));
}

std::string_view why_barred(const Person& person, const ActContext& context) {
  if (has_left(person, context)) return "has left";
  const Standing* standing = context.standing.of(person.id);
  return standing && standing->barred_at(context.now) ? "is suspended" : "";
}

std::string_view why_no_approver(const Person& person, const ActContext& context) {
  if (person.is_device()) return "is a device";
  if (person.is_guest()) return "is a guest";
  return why_barred(person, context);
}

}  // namespace citygate::policy
