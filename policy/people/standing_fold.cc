#include "policy/people/standing_fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/hex.h"
#include "base/local_time.h"
#include "policy/act_checks.h"
#include "policy/people/standing_fields.h"

namespace citygate::policy {
namespace {

using Kind = Error::Kind;

std::string order_name(const Act& act) { return fmt::format("{}/{}", to_string(act.kind), act.number); }

}  // namespace

std::optional<TextVersion> text_version(std::string_view sha256) {
  if (!is_hex(sha256, kSha256Digits)) return std::nullopt;
  TextVersion out;
  std::from_chars(sha256.data(), sha256.data() + 16, out.value, 16);
  return out;
}

std::string until_words(WallTime until, const Zone& zone) {
  return until == WallTime::max() ? std::string("until somebody reinstates") : "until " + zone.format(until);
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
  standing.barred_at_once = (another && standing.barred_at_once) || *from <= act.time;
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
  const Separation ordered{.at = *at, .order = GrantId{order}, .at_once = *at <= act.time};
  const auto [known, fresh] = separations_.try_emplace(person, ordered);
  if (!fresh && *at < known->second.at) known->second = ordered;
  return {};
}

Result<void> StandingFold::apply(const Act& act, NameSource& names) {
  CG_TRY_VOID(only_fields(act, standing_fields(act.kind)));
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
      standing.barred_at_once = false;
      standing.barred_from = standing.barred_until = WallTime::max();
      separations_.erase(person);
      break;
    default: return fail(Kind::Bug, "it is no act about access");
  }
  put(person, with_end(person, standing));
  return {};
}

void StandingFold::set_terms(std::vector<Term> terms) {
  std::ranges::sort(terms, {}, &Term::person);
  const auto earlier = std::exchange(terms_, std::move(terms));
  const auto update = [this](const Term& each) {
    const Standing before = standing_of(each.person), now = with_end(each.person, before);
    if (now != before) put(each.person, now);
  };
  std::ranges::for_each(earlier, update);
  std::ranges::for_each(terms_, update);
}

StandingFold::Term StandingFold::term_of(PersonId person) const {
  const auto found = std::ranges::lower_bound(terms_, person, {}, &Term::person);
  return found != terms_.end() && found->person == person ? *found : Term{person, WallTime::max()};
}

Standing StandingFold::standing_of(PersonId person) const {
  const Standing* known = table_.of(person);
  return known ? *known : Standing{};
}

Standing StandingFold::with_end(PersonId person, Standing standing) const {
  const Term term = term_of(person);
  standing.ends = term.ends;
  standing.ended_at_once = term.at_once;
  standing.ended_by = {};
  const auto separation = separations_.find(person);
  if (separation == separations_.end()) return standing;
  standing.ended_at_once |= separation->second.at_once;
  if (separation->second.at <= standing.ends) {
    standing.ends = separation->second.at;
    standing.ended_by = separation->second.order;
  }
  return standing;
}

void StandingFold::put(PersonId person, const Standing& standing) {
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
