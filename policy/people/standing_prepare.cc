// What is asked of an act about access before it is kept.
#include <fmt/format.h>

#include <algorithm>

#include "base/local_time.h"
#include "policy/act_checks.h"
#include "policy/people/standing_fields.h"
#include "policy/people/standing_fold.h"

namespace citygate::policy {
namespace {

using Kind = Error::Kind;

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

// What this person has to acknowledge now.
Result<const Acknowledgement*> text_for(ActKind kind, const Person& person, const ActContext& context) {
  const bool policy = kind == ActKind::Acknowledge;
  const Acknowledgement* text = policy ? context.rules.acknowledgement(person.department_at(context.now), person.kind)
                                       : context.rules.access_agreement();
  if (text) return text;
  return fail(Kind::Refused, policy ? "the policy has no text to acknowledge: its table [acknowledgement] is missing"
                                    : "the policy has no agreement for those who may see what others did: its table "
                                      "[acknowledgement.access] is missing");
}

Result<void> prepare_receipt(Act& act, const ActContext& context) {
  CG_TRY(person, find_subject(act, context));
  if (person->is_device())
    return fail(Kind::Refused,
                fmt::format("'{}' is a device and stands for nobody: it acknowledges nothing", person->name));
  CG_TRY(text, text_for(act.kind, *person, context));
  if (act.field(kText).empty()) act.fields.insert_or_assign(std::string(kText), text->sha256);
  if (!text_version(act.field(kText)))
    return fail(Kind::Malformed, "'text' is the SHA-256 of the text that was acknowledged: 64 digits, 0-9 and a-f");
  if (act.field(kText) != text->sha256)
    return fail(Kind::Refused,
                fmt::format("the text has changed since it was shown: '{}' has to read it as it is now", person->name));
  if (act.field(kMethod).empty())
    return fail(Kind::Malformed, "'method' is missing: say how it was acknowledged, \"portal\" or \"signed on paper\"");
  return {};
}

}  // namespace

Result<void> StandingFold::prepare(Act& act, const ActContext& context) const {
  CG_TRY_VOID(only_fields(act, standing_fields(act.kind)));
  if (act.kind == ActKind::Acknowledge || act.kind == ActKind::AcknowledgeAccess) return prepare_receipt(act, context);
  CG_TRY(person, check_order(act, context));
  switch (act.kind) {
    case ActKind::Suspend: return prepare_suspension(act, context, *person);
    case ActKind::Separate: return prepare_separation(act, context, *person);
    case ActKind::Reinstate: return prepare_reinstatement(context, *person);
    default: return fail(Kind::Bug, fmt::format("'{}' is no act about access", to_string(act.kind)));
  }
}

}  // namespace citygate::policy
