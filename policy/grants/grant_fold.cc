#include "policy/grants/grant_fold.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/act_checks.h"
#include "policy/grants/approver.h"
#include "policy/grants/grant_case.h"
#include "policy/grants/step_text.h"
#include "policy/people/people_act.h"
#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

using Kind = Error::Kind;
using State = GrantCase::State;
using Step = GrantCase::Step;

std::unexpected<Error> refused(std::string text) { return fail(Kind::Refused, std::move(text)); }
std::unexpected<Error> malformed(std::string text) { return fail(Kind::Malformed, std::move(text)); }

// How long what lapsed is still at hand: a clock that is put back by less needs no act before what holds by it does so.
constexpr std::chrono::days kClockMargin{1};

// What is over cannot be decided upon any more.
Result<void> still_open(const GrantCase& grant, const ActContext& context) {
  const auto at = [&](WallTime time) { return context.rules.zone().format(time); };
  switch (phase_of(grant, context.now)) {
    case GrantPhase::Unanswered:
      return refused(fmt::format("nobody has decided about {} before its term was over, on {}: ask again",
                                 grant.grant.name, at(grant.grant.end)));
    case GrantPhase::Lapsed:
      return refused(fmt::format("{} lapsed on {}: ask again", grant.grant.name, at(grant.grant.end)));
    case GrantPhase::Refused:
      return refused(
          fmt::format("{} was refused by {} on {}: ask again", grant.grant.name, grant.ended_by, at(grant.ended_at)));
    case GrantPhase::Withdrawn:
      return refused(
          fmt::format("{} was withdrawn by {} on {}: ask again", grant.grant.name, grant.ended_by, at(grant.ended_at)));
    case GrantPhase::Waiting:
    case GrantPhase::Coming:
    case GrantPhase::InForce: break;
  }
  return {};
}

Result<void> still_waits(const GrantCase& grant, const ActContext& context, std::string_view otherwise) {
  CG_TRY_VOID(still_open(grant, context));
  if (grant.state == State::Asked) return {};
  return refused(fmt::format("{} is agreed to already{}", grant.grant.name, otherwise));
}

// Whom a sealed grant concerns is told to nobody else, neither by refusing an act.
Result<void> check_stranger(const GrantCase& grant, const Person& person, const ActContext& context) {
  if (!grant.grant.sealed() || is_concerned(grant, person.name) || is_approver(grant, person.name) ||
      has_say_now(grant, person, context))
    return {};
  return refused(fmt::format("{} has no say in {}", person.name, grant.grant.name));
}

}  // namespace

Result<void> GrantFold::prepare(Act& act, const ActContext& context) const {
  switch (act.kind) {
    case ActKind::GrantRequest: return prepare_request(act, context);
    case ActKind::GrantApprove: return prepare_approve(act, context);
    case ActKind::GrantRefuse: return prepare_refuse(act, context);
    case ActKind::GrantWithdraw: return prepare_withdraw(act, context);
    default: return fail(Kind::Bug, "no act about a grant");
  }
}

Result<const GrantCase*> GrantFold::case_of(const Act& act) const {
  if (const auto found = by_name_.find(act.subject); found != by_name_.end()) return cases_[found->second].get();
  std::vector<std::string_view> known;
  for (const auto& [name, index] : by_name_) known.push_back(name);
  return fail(Kind::NotFound, fmt::format("there is no grant '{}'{}", act.subject, suggestion(act.subject, known)));
}

Result<void> GrantFold::prepare_request(Act& act, const ActContext& context) const {
  CG_TRY(request, read_request(act, context));
  CG_TRY_VOID(check_others(act, request, context));
  CG_TRY(steps, resolve_steps(*request.chain, request.asked, context));
  act.subject = grant_name(request.kind, context.next_number);
  if (by_name_.contains(act.subject)) return fail(Kind::Bug, fmt::format("there is a grant '{}' already", act.subject));
  act.fields["steps"] = format_steps(steps);
  act.fields["order"] = request.chain->ordered ? "given" : "any";
  if (!request.chain->title.empty()) act.fields["title"] = request.chain->title;
  if (!request.chain->clause.empty()) act.fields["clause"] = request.chain->clause;
  // What could not be read back is not kept: no act after it would come into force, nor the gateway start.
  CG_TRY_VOID(case_from(act, context.names));
  return {};
}

// What the same people have already, or wait for.
Result<void> GrantFold::check_others(const Act& act, const GrantRequest& request, const ActContext& context) const {
  const auto at = [&](WallTime time) { return context.rules.zone().format(time); };
  const auto subjects = split_list(act.field("for"), ' '), categories = split_list(act.field("categories"), ' ');
  const auto of_subject = [&](std::uint32_t index) { return cases_[index]->subjects == subjects; };
  if (request.kind == GrantKind::Guest && !request.subjects.empty() && std::ranges::none_of(guests_, of_subject))
    return refused(
        fmt::format("'{}' is a guest whose stay no grant has said: change its end where it was said, or give "
                    "this guest another name",
                    act.field("for")));
  for (auto each = current_.upper_bound(context.now); each != current_.end(); ++each) {
    const GrantCase& other = *cases_[each->second];
    if (other.grant.kind != request.kind || other.subjects != subjects) continue;
    const bool waits = other.state == State::Asked;
    if (request.about && other.about == request.about->name) {
      if (waits || context.now < other.grant.start)
        return refused(fmt::format("{} {}: what goes beyond its end, {}, can be asked for when it has begun",
                                   other.grant.name, waits ? "waits already" : "is agreed to already",
                                   at(other.grant.end)));
      if (request.start < other.grant.end)
        return refused(fmt::format("{} holds until {}; a renewal is a new grant, and begins then, not before",
                                   other.grant.name, at(other.grant.end)));
    }
    // One person of the directory has one stay, so its parts must meet: what lies between them nobody has agreed to.
    if (request.kind == GrantKind::Guest && request.start > other.grant.end)
      return refused(
          fmt::format("the stay of {} {} at {}, before this one begins: let it begin there, or ask when the "
                      "stay is over",
                      act.field("for"), waits ? "would end" : "ends", at(other.grant.end)));
    if (request.kind == GrantKind::Guest && request.end < other.grant.start)
      return refused(
          fmt::format("the stay of {} {} at {}, after this one is over: let this one end there, or withdraw "
                      "{} first",
                      act.field("for"), waits ? "would begin" : "begins", at(other.grant.start), other.grant.name));
    const bool same = other.categories == categories && other.grant.host == act.field("host") &&
                      other.sha256 == act.field("sha256") && other.grant.case_number == act.field("case") &&
                      other.about == act.field("about") &&
                      (request.kind != GrantKind::Device || other.device.contains(act.field("description")));
    if (waits && same)
      return refused(
          fmt::format("that has been asked for already: {} waits for {}", other.grant.name, approvers_text(other)));
  }
  return {};
}

Result<void> GrantFold::prepare_approve(Act& act, const ActContext& context) const {
  static constexpr std::string_view kFields[] = {"step"};
  CG_TRY_VOID(only_fields(act, kFields));
  CG_TRY(grant, case_of(act));
  CG_TRY(author, find_author(act, context));
  CG_TRY_VOID(check_stranger(*grant, *author, context));
  CG_TRY_VOID(still_waits(*grant, context, ""));
  CG_TRY_VOID(same_chain(*grant, context));
  CG_TRY(step, choose_step(*grant, *author, act.field("step"), context));
  act.fields["step"] = grant->steps[step].role;
  return {};
}

Result<void> GrantFold::prepare_refuse(const Act& act, const ActContext& context) const {
  CG_TRY_VOID(only_fields(act, {}));
  CG_TRY(grant, case_of(act));
  CG_TRY(author, find_author(act, context));
  CG_TRY_VOID(check_stranger(*grant, *author, context));
  CG_TRY_VOID(still_waits(*grant, context, "; withdraw it instead"));
  if (is_concerned(*grant, author->name) && !is_approver(*grant, author->name))
    return refused(
        fmt::format("{} cannot decide about {}; who has asked may withdraw it", author->name, grant->grant.name));
  if (!is_approver(*grant, author->name))
    return refused(
        fmt::format("{} has no say in {}: it is for {}", author->name, grant->grant.name, approvers_text(*grant)));
  if (act.reason.empty()) return malformed("who is refused is told why: give a reason");
  return {};
}

Result<void> GrantFold::prepare_withdraw(const Act& act, const ActContext& context) const {
  CG_TRY_VOID(only_fields(act, {}));
  CG_TRY(grant, case_of(act));
  CG_TRY(author, find_author(act, context));
  CG_TRY_VOID(check_stranger(*grant, *author, context));
  CG_TRY_VOID(still_open(*grant, context));
  const bool own = grant->requester == author->name;
  if (grant->state == State::Asked && !own)
    return refused(fmt::format("{} waits for approval: {} may withdraw it, and {} may refuse it", grant->grant.name,
                               grant->requester, approvers_text(*grant)));
  if (!own && !is_approver(*grant, author->name) && !has_say_now(*grant, *author, context))
    return refused(fmt::format("{} has no say in {}: whoever asked for it or agreed to it may withdraw it",
                               author->name, grant->grant.name));
  if (act.reason.empty()) return malformed("a grant is withdrawn for a reason: give it");
  return {};
}

Result<void> GrantFold::apply(const Act& act, NameSource& names) {
  if (act.time < last_) bring_back(act.time);
  last_ = act.time;
  current_.erase(current_.begin(), current_.upper_bound(act.time - kClockMargin));
  if (act.kind == ActKind::GrantRequest) return apply_request(act, names);
  CG_TRY(found, case_of(act));
  auto grant = std::make_shared<GrantCase>(*found);
  const std::uint32_t index = by_name_.find(act.subject)->second;
  if (grant->state != State::Asked && !(grant->state == State::Agreed && act.kind == ActKind::GrantWithdraw))
    return malformed(fmt::format("{} was decided upon already", act.subject));
  if (act.kind == ActKind::GrantApprove) {
    CG_TRY_VOID(approve(act, *grant, names));
    if (grant->state == State::Agreed && grant->grant.kind == GrantKind::Guest) {
      guests_.push_back(index);
      ++guests_version_;
    }
  } else {
    if (grant->state == State::Agreed && grant->grant.kind == GrantKind::Guest) ++guests_version_;
    grant->state = act.kind == ActKind::GrantRefuse ? State::Refused : State::Withdrawn;
    grant->ended_at = act.time;
    grant->ended_by = act.author;
    grant->ended_why = act.reason;
    const auto [first, last] = current_.equal_range(grant->grant.end);
    const auto entry = std::find_if(first, last, [index](const auto& each) { return each.second == index; });
    if (entry != last) current_.erase(entry);
  }
  cases_[index] = std::move(grant);
  return {};
}

// The clock went back: what had lapsed by the wrong one holds again, above all what is to be sealed.
void GrantFold::bring_back(WallTime now) {
  current_.clear();
  for (std::uint32_t i = 0; i < cases_.size(); ++i) {
    const GrantCase& grant = *cases_[i];
    if ((grant.state == State::Asked || grant.state == State::Agreed) && now - kClockMargin < grant.grant.end)
      current_.emplace(grant.grant.end, i);
  }
}

Result<void> GrantFold::apply_request(const Act& act, NameSource& names) {
  CG_TRY(grant, case_from(act, names));
  const auto index = static_cast<std::uint32_t>(cases_.size());
  if (!by_name_.emplace(act.subject, index).second)
    return malformed(fmt::format("there is a grant '{}' already", act.subject));
  current_.emplace(grant.grant.end, index);
  cases_.push_back(std::make_shared<const GrantCase>(std::move(grant)));
  return {};
}

Result<void> GrantFold::approve(const Act& act, GrantCase& grant, NameSource& names) const {
  const auto step = std::ranges::find_if(grant.steps, [&act](const Step& each) {
    return each.approved_by.empty() && each.role == act.field("step") &&
           std::ranges::find(each.approvers, act.author) != each.approvers.end();
  });
  if (step == grant.steps.end())
    return malformed(fmt::format("{} has no step '{}' that {} could take", act.subject, act.field("step"), act.author));
  step->approved_by = act.author;
  step->approved_at = act.time;
  const auto open = [](const Step& each) { return each.approved_by.empty(); };
  if (std::ranges::any_of(grant.steps, open)) return {};
  grant.state = State::Agreed;
  grant.grant.start = std::max(grant.grant.start, act.time);
  return intern_ids(grant, names);
}

void GrantFold::cases(const std::function<bool(const GrantCase&)>& visit) const {
  for (auto each = cases_.rbegin(); each != cases_.rend(); ++each)
    if (!visit(**each)) return;
}

std::optional<GrantCase> GrantFold::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return std::nullopt;
  return *cases_[found->second];
}

std::vector<Grant> GrantFold::agreed() const {
  std::vector<std::uint32_t> indexes;
  for (const auto& [end, index] : current_)
    if (cases_[index]->state == State::Agreed) indexes.push_back(index);
  std::ranges::sort(indexes);
  std::vector<Grant> out;
  out.reserve(indexes.size());
  for (const auto index : indexes) out.push_back(cases_[index]->grant);
  return out;
}

std::shared_ptr<const GrantBook> GrantFold::book_upon(const GrantBook& file) const {
  std::vector<Grant> grants = file.all();
  auto ours = agreed();
  grants.insert(grants.end(), std::make_move_iterator(ours.begin()), std::make_move_iterator(ours.end()));
  return std::make_shared<const GrantBook>(std::move(grants));
}

std::vector<PersonValue> GrantFold::guests() const {
  std::map<std::string_view, PersonValue> by_name;
  for (const auto index : guests_) {
    const GrantCase& grant = *cases_[index];
    const WallTime end = std::min(grant.grant.end, grant.ended_at);
    if (end <= grant.grant.start) continue;
    auto& guest = by_name[grant.subjects.front()];
    const bool known = !guest.name.empty();
    const bool goes_on = known && grant.grant.start <= guest.end && guest.start <= end;
    // Apart after one of them was withdrawn, or agreed to late: what lies between is nobody's stay, and the later one counts.
    if (known && !goes_on && end < guest.start) continue;
    const FactSource source = FactSource::act(act_number(grant.grant.name));
    guest.start = goes_on ? std::min(guest.start, grant.grant.start) : grant.grant.start;
    if (!goes_on || end > guest.end) {
      guest.end = end;
      guest.ended_at_once = grant.state == State::Withdrawn;
    }
    guest.name = grant.subjects.front();
    guest.title = grant.full_name;
    guest.kind = PersonKind::Guest;
    guest.departments = {{.department = grant.department, .source = source}};
    guest.sponsor = grant.sponsor;
    guest.purpose = grant.purpose;
    guest.sources.set_all(source);
  }
  std::vector<PersonValue> out;
  for (auto& [name, guest] : by_name) out.push_back(std::move(guest));
  return out;
}

}  // namespace citygate::policy
