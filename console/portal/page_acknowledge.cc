// The policy's text, and the second agreement of those who may see what others did: read, and agreed to.
//
// What was agreed to is named by the hash of the very text that the form showed, so a text that changed meanwhile is not
// agreed to by accident: it is shown once more.
#include <fmt/format.h>

#include <algorithm>

#include "console/portal/pages.h"

namespace citygate::console {
namespace {

struct Asked {
  ActKind kind;
  const policy::Acknowledgement* text;
  TextVersion agreed;  // of the last text that was agreed to
  WallTime agreed_at{};

  [[nodiscard]] WallTime until() const { return agreed_at + text->renew; }
  [[nodiscard]] bool in_order(WallTime now) const { return agreed == text->version && now < until(); }
};

const policy::Standing& standing_of(const Visit& visit) {
  static const policy::Standing kNone;
  const policy::Standing* known = visit.in_force.standing->of(visit.person->id);
  return known ? *known : kNone;
}

Asked policy_text(const Visit& visit) {
  const policy::Standing& standing = standing_of(visit);
  return {ActKind::Acknowledge,
          visit.in_force.rules->acknowledgement(visit.person->department_at(visit.now), visit.person->kind),
          standing.acknowledged, standing.acknowledged_at};
}

Asked access_text(const Visit& visit) {
  const policy::Standing& standing = standing_of(visit);
  return {ActKind::AcknowledgeAccess, visit.in_force.rules->access_agreement(), standing.access_agreement,
          standing.access_agreed_at};
}

bool above_somebody(const Visit& visit) {
  const policy::Directory& people = *visit.in_force.people;
  const PersonId own = visit.person->id;
  return std::ranges::any_of(people.departments(), [&](const auto& each) { return each.head == own; }) ||
         std::ranges::any_of(people.people(), [&](const auto& each) { return each.supervisor == own; });
}

HttpAnswer show_text(const Visit& visit, const Asked& asked, std::string_view title, std::string_view action,
                     std::string_view wrong) {
  Html html;
  if (!wrong.empty()) html.wrong(wrong);
  if (asked.in_order(visit.now))
    html.done(fmt::format("You agreed to this text at {}. It will be asked again when it changes, or at {}.",
                          visit.time(asked.agreed_at), visit.time(asked.until())));
  else if (asked.agreed)
    html.paragraph(asked.agreed == asked.text->version
                       ? "You agreed to this text some time ago, and it has to be agreed to again."
                       : "The text has changed since you agreed to it.");
  html.terms({{"Text", asked.text->title}, {"Clause", asked.text->clause}, {"Version", asked.text->sha256}});
  html.document(asked.text->text());
  html.form(action, visit.token(action.substr(1))).hidden("text", asked.text->sha256);
  visit.carry_going_to(html);
  html.submit("I have read this and agree to it").end_form();
  html.paragraph("That you agreed, when, and from which address, is kept with your records.");
  return visit.page(200, title, html);
}

HttpAnswer agree(const Visit& visit, const Asked& asked, std::string_view title, std::string_view action) {
  if (visit.request.said("text") != asked.text->sha256)
    return show_text(visit, asked, title, action,
                     "The text has changed since you opened the page. Please read it again.");
  Act act = visit.propose(asked.kind);
  act.subject = visit.person->name;
  act.fields = {{"text", asked.text->sha256}, {"method", "portal"}, {"address", visit.client().to_string()}};
  const auto kept = visit.needs.registrar.enact(std::move(act));
  if (!kept) return visit.failed(kept.error(), title);
  const std::string going_to = visit.going_to();
  return see_other(going_to.empty() ? std::string("/") : going_to);
}

constexpr std::string_view kTitle = "The policy", kAccessTitle = "Agreement of those who may see records";

HttpAnswer nothing_asked(const Visit& visit, std::string_view title) {
  Html html;
  html.paragraph("There is no text that you have to agree to.").link("/", "To the first page");
  return visit.page(200, title, html);
}

}  // namespace

bool acknowledgement_due(const Visit& visit) {
  if (!visit.person) return false;
  const Asked asked = policy_text(visit);
  return asked.text && !asked.in_order(visit.now);
}

bool may_see_records(const Visit& visit) {
  const policy::RecordAccess* access = visit.in_force.rules->record_access();
  if (!access) return false;
  const auto designated = [&](const std::string& role) { return visit.person->has_role(role); };
  if (access->persons == policy::RecordAccess::Who::Line && above_somebody(visit)) return true;
  if (std::ranges::any_of(access->designated, designated)) return true;
  return std::ranges::any_of(visit.in_force.grants->of(visit.person->id), [&](const policy::Grant* grant) {
    return grant->kind == policy::GrantKind::RecordAccess && visit.now < grant->end;
  });
}

HttpAnswer show_acknowledge(const Visit& visit) {
  const Asked asked = policy_text(visit);
  if (!asked.text) return nothing_asked(visit, kTitle);
  return show_text(visit, asked, kTitle, "/acknowledge", {});
}

HttpAnswer do_acknowledge(const Visit& visit) {
  const Asked asked = policy_text(visit);
  if (!asked.text) return nothing_asked(visit, kTitle);
  return agree(visit, asked, kTitle, "/acknowledge");
}

HttpAnswer show_access_agreement(const Visit& visit) {
  const Asked asked = access_text(visit);
  if (!asked.text || !may_see_records(visit)) return nothing_asked(visit, kAccessTitle);
  return show_text(visit, asked, kAccessTitle, "/access-agreement", {});
}

HttpAnswer do_access_agreement(const Visit& visit) {
  const Asked asked = access_text(visit);
  if (!asked.text || !may_see_records(visit)) return nothing_asked(visit, kAccessTitle);
  return agree(visit, asked, kAccessTitle, "/access-agreement");
}

}  // namespace citygate::console
