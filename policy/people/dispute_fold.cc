#include "policy/people/dispute_fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/hex.h"
#include "policy/act_checks.h"

namespace citygate::policy {
namespace {

using Kind = Error::Kind;

constexpr std::string_view kRecord = "record", kWhat = "what", kClaim = "claim", kVerdict = "verdict";
constexpr std::string_view kWork = "work", kPersonal = "personal", kCategory = "category";
constexpr std::array kOpens{kRecord, kWhat, kClaim};
constexpr std::array kDecides{kVerdict};
constexpr std::size_t kLongestWhat = 2'048;

bool is_record(std::string_view text) { return is_hex(text, 16); }

}  // namespace

bool may_decide_dispute(const Person& author, const Person& person, const Directory& people, WallTime now) {
  if (author.id == person.id || author.is_device()) return false;
  const Department* department = people.department_of(person.id, now);
  return person.supervisor == author.id || (department && department->head == author.id);
}

std::uint64_t dispute_number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() ? out : 0;
}

Result<void> DisputeFold::prepare(Act& act, const ActContext& context) const {
  if (act.kind == ActKind::DisputeOpen) return prepare_open(act, context);
  return prepare_decide(act, context);
}

Result<void> DisputeFold::prepare_open(Act& act, const ActContext& context) const {
  CG_TRY_VOID(only_fields(act, kOpens));
  if (act.subject.empty()) act.subject = act.author;
  CG_TRY(person, find_subject(act, context));
  if (act.author != person->name)
    return fail(Kind::Refused, fmt::format("'{}' disputes the own use, and nobody else does it", person->name));
  if (act.field(kClaim).empty()) act.fields.insert_or_assign(std::string(kClaim), kWork);
  if (act.field(kClaim) != kWork && act.field(kClaim) != kCategory)
    return fail(Kind::Malformed, fmt::format("'claim' is work or category, not '{}'", act.field(kClaim)));
  const std::string record(act.field(kRecord));
  if (record.empty() && act.field(kWhat).empty())
    return fail(Kind::Malformed, "say which record is disputed, or what site");
  if (!record.empty() && !is_record(record))
    return fail(Kind::Malformed,
                fmt::format("'{}' is no number of a record: those are 16 digits, 0-9 and a-f, as the page that refused "
                            "says",
                            record));
  if (act.field(kWhat).size() > kLongestWhat)
    return fail(Kind::TooLarge, fmt::format("'what' has at most {} bytes", kLongestWhat));
  if (act.reason.empty()) return fail(Kind::Malformed, "say why: a dispute needs a reason");
  if (records_.contains(record) && !record.empty())
    return fail(Kind::Refused, fmt::format("the record {} is disputed already", record));
  const auto waiting = waiting_.find(person->name);
  if (waiting != waiting_.end() && waiting->second >= kMostOpen)
    return fail(Kind::Refused, fmt::format("{} of your disputes wait for an answer: no more than that can", kMostOpen));
  return {};
}

Result<void> DisputeFold::prepare_decide(const Act& act, const ActContext& context) const {
  CG_TRY_VOID(only_fields(act, kDecides));
  const auto found = disputes_.find(dispute_number(act.subject));
  if (found == disputes_.end())
    return fail(Kind::NotFound, fmt::format("there is no dispute '{}'; `citygate dispute list` has them", act.subject));
  const Dispute& dispute = *found->second;
  if (dispute.state != Dispute::State::Open)
    return fail(Kind::Refused, fmt::format("{} has decided about dispute {} at {}", dispute.decided_by, dispute.number,
                                           context.rules.zone().format(dispute.decided_at)));
  if (act.field(kVerdict) != kWork && act.field(kVerdict) != kPersonal)
    return fail(Kind::Malformed, fmt::format("'verdict' is work or personal, not '{}'", act.field(kVerdict)));
  if (act.reason.empty()) return fail(Kind::Malformed, "say why: who disputed is shown the reason");
  CG_TRY(author, find_person(act.author, context.people));
  CG_TRY(person, find_person(dispute.person, context.people));
  if (author->id == person->id) return fail(Kind::Refused, "nobody decides about the own dispute");
  if (may_decide_dispute(*author, *person, context.people, context.now)) return {};
  const Person* supervisor = context.people.supervisor_of(person->id);
  const Person* head = context.people.head_of(person->department_at(context.now));
  std::string who;
  for (const Person* one : {supervisor, head})
    if (one && one->id != person->id) who += fmt::format("{}{}", who.empty() ? "" : " or ", one->name);
  return fail(
      Kind::Refused,
      fmt::format("about what '{}' disputes {} decides, not '{}'", person->name,
                  who.empty() ? std::string("a supervisor or the head of the department, and there is none yet,") : who,
                  author->name));
}

Result<void> DisputeFold::apply(const Act& act, NameSource&) {
  if (act.kind == ActKind::DisputeOpen) {
    CG_TRY_VOID(only_fields(act, kOpens));
    Dispute dispute{.number = act.number,
                    .person = act.subject,
                    .record = std::string(act.field(kRecord)),
                    .what = std::string(act.field(kWhat)),
                    .wrong_category = act.field(kClaim) == kCategory,
                    .why = act.reason,
                    .opened_at = act.time,
                    .decided_by = {},
                    .decided_why = {}};
    if (!dispute.record.empty()) records_.insert(dispute.record);
    ++waiting_[dispute.person];
    disputes_.insert_or_assign(act.number, std::make_shared<const Dispute>(std::move(dispute)));
    return {};
  }
  CG_TRY_VOID(only_fields(act, kDecides));
  const auto found = disputes_.find(dispute_number(act.subject));
  if (found == disputes_.end() || found->second->state != Dispute::State::Open)
    return fail(Kind::Malformed, fmt::format("no dispute '{}' waits", act.subject));
  Dispute decided = *found->second;
  decided.state = act.field(kVerdict) == kWork ? Dispute::State::Work : Dispute::State::Personal;
  decided.decided_by = act.author;
  decided.decided_why = act.reason;
  decided.decided_at = act.time;
  --waiting_[decided.person];
  found->second = std::make_shared<const Dispute>(std::move(decided));
  return {};
}

void DisputeFold::disputes(const std::function<bool(const Dispute&)>& visit) const {
  for (auto it = disputes_.rbegin(); it != disputes_.rend(); ++it)
    if (!visit(*it->second)) return;
}

std::optional<Dispute> DisputeFold::find(std::uint64_t number) const {
  const auto found = disputes_.find(number);
  return found == disputes_.end() ? std::nullopt : std::optional(*found->second);
}

}  // namespace citygate::policy
