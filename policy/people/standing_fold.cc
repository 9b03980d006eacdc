#include "policy/people/standing_fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/local_time.h"
#include "policy/act_checks.h"

namespace citygate::policy {
namespace {

using Kind = Error::Kind;

constexpr std::string_view kFrom = "from", kUntil = "until", kAt = "at", kText = "text", kMethod = "method",
                           kAddress = "address";

std::span<const std::string_view> fields_of(ActKind kind) {
  static constexpr std::array kSuspension{kFrom, kUntil};
  static constexpr std::array kSeparation{kAt};
  static constexpr std::array kReceipt{kText, kMethod, kAddress};
  switch (kind) {
    case ActKind::Suspend: return kSuspension;
    case ActKind::Separate: return kSeparation;
    case ActKind::Acknowledge:
    case ActKind::AcknowledgeAccess: return kReceipt;
    default: return {};
  }
}

// What an order about access needs whatever it is: somebody else's, about somebody, for a reason.
Result<const Person*> check_order(const Act& act, const ActContext& context) {
  CG_TRY(person, find_subject(act, context));
  if (act.reason.empty())
    return fail(Kind::Malformed,
                fmt::format("'{}' needs a reason: it stands in the personnel file", to_string(act.kind)));
  if (act.author == person->name)
    return fail(Kind::Refused, fmt::format("nobody orders about the own access: another person has to {} '{}'",
                                           to_string(act.kind), person->name));
  return person;
}

std::string order_name(const Act& act) { return fmt::format("{}/{}", to_string(act.kind), act.number); }

}  // namespace

bool StandingFold::takes(ActKind kind) {
  switch (kind) {
    case ActKind::Suspend:
    case ActKind::Reinstate:
    case ActKind::Separate:
    case ActKind::Acknowledge:
    case ActKind::AcknowledgeAccess: return true;
    default: return false;
  }
}

std::optional<TextVersion> text_version(std::string_view sha256) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (sha256.size() != 64 || !std::ranges::all_of(sha256, digit)) return std::nullopt;
  TextVersion out;
  std::from_chars(sha256.data(), sha256.data() + 16, out.value, 16);
  return out;
}

std::string until_words(WallTime until, const Zone& zone) {
  return until == WallTime::max() ? std::string("until somebody reinstates") : "until " + zone.format(until);
}

namespace {

Result<void> prepare_suspension(Act& act, const ActContext& context, const Person& person) {
  const Zone& zone = context.rules.zone();
  CG_TRY(from, time_field(act, kFrom, zone));
  CG_TRY(until, time_field(act, kUntil, zone));
  const WallTime begins = std::max(from.value_or(context.now), context.now);
  const WallTime ends = until.value_or(WallTime::max());
  if (from && until && *until <= *from)
    return fail(Kind::Malformed, fmt::format("the suspension would end at {}, before it begins at {}",
                                             zone.format(*until), zone.format(*from)));
  if (ends <= context.now)
    return fail(Kind::Malformed, fmt::format("the suspension would have ended at {}, and it is {} now",
                                             zone.format(ends), zone.format(context.now)));
  if (const Standing* standing = context.standing.of(person.id)) {
    if (standing->ended_at(begins))
      return fail(Kind::Refused, fmt::format("the access of '{}' ends at {}: there is nothing left to suspend",
                                             person.name, zone.format(standing->ends)));
    const bool another = standing->barred != Reason::Work && context.now < standing->barred_until;
    if (another && ends < standing->barred_until)
      return fail(Kind::Refused,
                  fmt::format("'{}' is suspended by {} {} already; a second order makes that longer, never shorter: "
                              "reinstate first if less is meant",
                              person.name, context.names.name(NameKind::Grant, standing->order.value),
                              until_words(standing->barred_until, zone)));
    if (another && begins > standing->barred_until)
      return fail(Kind::Refused,
                  fmt::format("'{}' is suspended by {} {} already; order the next suspension when that is over, or one "
                              "that begins at its end",
                              person.name, context.names.name(NameKind::Grant, standing->order.value),
                              until_words(standing->barred_until, zone)));
  }
  set_time(act, kFrom, begins);
  if (until) set_time(act, kUntil, ends);
  return {};
}

Result<void> prepare_separation(Act& act, const ActContext& context, const Person& person) {
  const Zone& zone = context.rules.zone();
  CG_TRY(at, time_field(act, kAt, zone));
  const WallTime ends = std::max(at.value_or(context.now), context.now);
  const Standing* standing = context.standing.of(person.id);
  if (standing && standing->ended_by && standing->ends <= ends)
    return fail(Kind::Refused,
                fmt::format("the access of '{}' ends at {} already, by {}", person.name, zone.format(standing->ends),
                            context.names.name(NameKind::Grant, standing->ended_by.value)));
  set_time(act, kAt, ends);
  return {};
}

Result<void> prepare_reinstatement(const ActContext& context, const Person& person) {
  const Standing* standing = context.standing.of(person.id);
  const bool suspended = standing && standing->barred != Reason::Work && context.now < standing->barred_until;
  if (suspended || (standing && standing->ended_by)) return {};
  if (standing && standing->ended_at(context.now))
    return fail(Kind::Refused,
                fmt::format("the stay of the guest '{}' ended at {}: give another end, there is no order to lift",
                            person.name, context.rules.zone().format(standing->ends)));
  return fail(Kind::Refused,
              fmt::format("'{}' is neither suspended nor separated: there is nothing to lift", person.name));
}

Result<void> prepare_receipt(Act& act, const ActContext& context) {
  CG_TRY(person, find_subject(act, context));
  if (person->is_device())
    return fail(Kind::Refused,
                fmt::format("'{}' is a device and stands for nobody: it acknowledges nothing", person->name));
  if (!text_version(act.field(kText)))
    return fail(Kind::Malformed, "'text' is the SHA-256 of the text that was acknowledged: 64 digits, 0-9 and a-f");
  if (act.field(kMethod).empty())
    return fail(Kind::Malformed, "'method' is missing: say how it was acknowledged, \"portal\" or \"signed on paper\"");
  return {};
}

}  // namespace

Result<void> StandingFold::prepare(Act& act, const ActContext& context) const {
  CG_TRY_VOID(only_fields(act, fields_of(act.kind)));
  if (act.kind == ActKind::Acknowledge || act.kind == ActKind::AcknowledgeAccess) return prepare_receipt(act, context);
  CG_TRY(person, check_order(act, context));
  switch (act.kind) {
    case ActKind::Suspend: return prepare_suspension(act, context, *person);
    case ActKind::Separate: return prepare_separation(act, context, *person);
    case ActKind::Reinstate: return prepare_reinstatement(context, *person);
    default: return fail(Kind::Bug, fmt::format("'{}' is no act about access", to_string(act.kind)));
  }
}

namespace {

Result<void> add_suspension(const Act& act, NameSource& names, Standing& standing) {
  CG_TRY(from, utc_field(act, kFrom));
  CG_TRY(until, utc_field(act, kUntil));
  if (!from) return fail(Kind::Malformed, "the field 'from' is missing");
  CG_TRY(order, names.intern(NameKind::Grant, order_name(act)));
  // What runs or is to come is made longer.
  const bool another = standing.barred != Reason::Work && act.time < standing.barred_until;
  standing.barred = Reason::Suspended;
  standing.order.value = order;
  standing.barred_from = another ? std::min(standing.barred_from, *from) : *from;
  standing.barred_until = until.value_or(WallTime::max());
  return {};
}

Result<void> add_receipt(const Act& act, Standing& standing) {
  const auto version = text_version(act.field(kText));
  if (!version) return fail(Kind::Malformed, "the field 'text' is no SHA-256");
  const bool policy = act.kind == ActKind::Acknowledge;
  (policy ? standing.acknowledged : standing.access_agreement) = *version;
  (policy ? standing.acknowledged_at : standing.access_agreed_at) = act.time;
  return {};
}

}  // namespace

Result<void> StandingFold::separate(const Act& act, PersonId person, NameSource& names) {
  CG_TRY(at, utc_field(act, kAt));
  if (!at) return fail(Kind::Malformed, "the field 'at' is missing");
  CG_TRY(order, names.intern(NameKind::Grant, order_name(act)));
  const auto [known, fresh] = separations_.try_emplace(person, Separation{*at, GrantId{order}});
  if (!fresh && *at < known->second.at) known->second = {*at, GrantId{order}};
  return {};
}

Result<void> StandingFold::apply(const Act& act, NameSource& names) {
  CG_TRY_VOID(only_fields(act, fields_of(act.kind)));
  if (act.subject.empty()) return fail(Kind::Malformed, "it names no person");
  CG_TRY(number, names.intern(NameKind::Person, act.subject));
  const PersonId person{number};
  Standing standing = standing_of(person);
  switch (act.kind) {
    case ActKind::Suspend: CG_TRY_VOID(add_suspension(act, names, standing)); break;
    case ActKind::Separate: CG_TRY_VOID(separate(act, person, names)); break;
    case ActKind::Acknowledge:
    case ActKind::AcknowledgeAccess: CG_TRY_VOID(add_receipt(act, standing)); break;
    case ActKind::Reinstate:
      standing.barred = Reason::Work;
      standing.order = {};
      standing.barred_from = standing.barred_until = WallTime::max();
      separations_.erase(person);
      break;
    default: return fail(Kind::Bug, "it is no act about access");
  }
  put(person, standing);
  return {};
}

void StandingFold::set_terms(std::vector<Term> terms) {
  const auto before = std::exchange(terms_, std::move(terms));
  const auto update = [this](const Term& each) {
    const Standing standing = standing_of(each.person);
    if (standing.ends != term_of(each.person)) put(each.person, standing);
  };
  std::ranges::for_each(before, update);
  std::ranges::for_each(terms_, update);
}

WallTime StandingFold::term_of(PersonId person) const {
  const auto found = std::ranges::lower_bound(terms_, person, {}, &Term::person);
  return found != terms_.end() && found->person == person ? found->ends : WallTime::max();
}

Standing StandingFold::standing_of(PersonId person) const {
  const Standing* known = table_.of(person);
  return known ? *known : Standing{};
}

void StandingFold::put(PersonId person, Standing standing) {
  standing.ends = term_of(person);
  standing.ended_by = {};
  const auto separation = separations_.find(person);
  if (separation != separations_.end() && separation->second.at <= standing.ends) {
    standing.ends = separation->second.at;
    standing.ended_by = separation->second.order;
  }
  shown_ = nullptr;
  if (shared_)
    table_ = table_.with(person, standing);
  else
    table_.set(person, standing);
}

std::shared_ptr<const StandingTable> StandingFold::table() {
  if (!shown_) shown_ = std::make_shared<const StandingTable>(table_);
  shared_ = true;
  return shown_;
}

}  // namespace citygate::policy
