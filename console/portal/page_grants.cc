// Permissions: what one has, what one has asked for, and the forms to ask for another.
#include <fmt/format.h>

#include <algorithm>

#include "console/portal/grant_words.h"
#include "console/portal/pages.h"

namespace citygate::console {
namespace {

using policy::GrantCase;
using policy::GrantKind;
using Input = Html::Input;
using Need = Html::Need;

constexpr std::size_t kMost = 50;

// What a form of a kind asks for beside purpose, start and end.
struct Question {
  std::string_view field, label, hint;
};
std::vector<Question> questions(GrantKind kind) {
  const Question categories{"categories", "Kinds of sites", "Their names, with spaces between them, as in social news"};
  const Question host{"host", "Only for this site", "A name as in www.example.org; empty: all sites of these kinds"};
  switch (kind) {
    case GrantKind::LawEnforcement:
      return {{"case", "Case number", ""},
              categories,
              {"for", "Officers", "Their names, with spaces between them"},
              {"units", "Or units of the department", "With spaces between them"},
              {"department", "Department of the units", ""}};
    case GrantKind::Exemption:
    case GrantKind::BusinessUse:
    case GrantKind::Streaming: return {categories, host};
    case GrantKind::Download: return {};
    case GrantKind::Guest:
      return {{"for", "Name to sign in with", "As in kay.auditor"},
              {"full_name", "Full name", ""},
              {"sponsor", "Who answers for the stay", "Empty: you do"}};
    case GrantKind::Device:
      return {{"description", "What device it is", "As in Android phone"},
              {"address", "Its address, if you know it", ""}};
    case GrantKind::RecordAccess:
      return {{"about", "Whose records", "The name that the person signs in with"},
              {"for", "Who is to read them", "Empty: you are"}};
  }
  return {};
}

std::vector<GrantKind> kinds_to_ask_for(const Visit& visit) {
  std::vector<GrantKind> out;
  for (int i = 0; i <= static_cast<int>(policy::kLastGrantKind); ++i) {
    const auto kind = static_cast<GrantKind>(i);
    if (kind == GrantKind::Download) continue;  // page_downloads.cc
    if (visit.in_force.rules->approval(kind, visit.person->department_at(visit.now))) out.push_back(kind);
  }
  return out;
}

// Sealed ones show nobody but those whom they concern.
bool concerns(const GrantCase& one, const std::string& name) {
  return one.requester == name || (std::ranges::find(one.subjects, name) != one.subjects.end());
}

void add_withdrawal(const Visit& visit, const GrantCase& one, Html& html) {
  const bool open =
      one.state == GrantCase::State::Asked || (one.state == GrantCase::State::Agreed && visit.now < one.grant.end);
  if (!open || one.requester != visit.person->name) return;
  html.form("/grants", visit.token("grants")).hidden("grant", one.grant.name);
  html.input(Input::Text, "reason", fmt::format("Why {} is not needed any more", one.grant.name), {}, Need::Required);
  html.submit("Withdraw").end_form();
}

void add_form(const Visit& visit, GrantKind kind, Html& html) {
  const auto* chain = visit.in_force.rules->approval(kind, visit.person->department_at(visit.now));
  html.heading(chain->title.empty() ? std::string(to_string(kind)) : chain->title);
  html.terms({{"Clause", chain->clause},
              {"Who has to agree", approvers_words(*chain)},
              {"Longest term", chain->longest.count() > 0 ? fmt::format("{} days", chain->longest.count()) : ""}});
  html.form("/grants/request", visit.token("grants/request")).hidden("kind", to_string(kind));
  for (const auto& question : questions(kind))
    html.input(Input::Text, question.field, question.label, question.hint, Need::Optional,
               visit.request.asked(question.field));
  html.input(Input::Lines, "reason", "What it is for", {}, Need::Required);
  html.input(Input::Text, "start", "From", "As in 2026-11-24 or 2026-11-24T08:30:00; empty: from the approval on");
  html.input(Input::Text, "end", "Until", "The first moment without it, as in 2026-12-01", Need::Required);
  html.submit("Ask for it").end_form();
}

constexpr std::string_view kAsk = "Ask for a permission";

}  // namespace

HttpAnswer show_grants(const Visit& visit) {
  Html html;
  html.heading(kAsk);
  const auto kinds = kinds_to_ask_for(visit);
  if (kinds.empty()) html.paragraph("The policy has no kind of permission that you could ask for.");
  for (const auto kind : kinds) {
    const auto* chain = visit.in_force.rules->approval(kind, visit.person->department_at(visit.now));
    html.link(fmt::format("/grants/request?kind={}", to_string(kind)),
              chain->title.empty() ? to_string(kind) : std::string_view(chain->title));
  }
  html.heading("Yours, the newest first");
  std::size_t shown = 0;
  visit.needs.registrar.grants([&](const GrantCase& one) {
    if (!concerns(one, visit.person->name)) return true;
    html.heading(one.grant.name).terms(grant_terms(visit, one));
    add_withdrawal(visit, one, html);
    return ++shown < kMost;
  });
  if (shown == 0) html.paragraph("You have asked for none, and have none.");
  return visit.page(200, "Permissions", html);
}

HttpAnswer do_withdraw(const Visit& visit) {
  Act act = visit.propose(ActKind::GrantWithdraw);
  act.subject = visit.request.said("grant");
  const auto kept = visit.needs.registrar.enact(std::move(act));
  return kept ? see_other("/grants") : visit.failed(kept.error(), "Permissions");
}

HttpAnswer show_grant_request(const Visit& visit) {
  const auto kind = policy::parse_grant_kind(visit.request.asked("kind"));
  const auto kinds = kinds_to_ask_for(visit);
  if (!kind || std::ranges::find(kinds, *kind) == kinds.end()) return see_other("/grants");
  Html html;
  add_form(visit, *kind, html);
  return visit.page(200, kAsk, html);
}

HttpAnswer do_grant_request(const Visit& visit) {
  const auto kind = policy::parse_grant_kind(visit.request.said("kind"));
  if (!kind) return see_other("/grants");
  Act act = visit.propose(ActKind::GrantRequest);
  act.fields.emplace("kind", to_string(*kind));
  const auto add = [&](std::string_view field) {
    if (const auto said = visit.request.said(field); !said.empty()) act.fields.emplace(field, said);
  };
  for (const auto& question : questions(*kind)) add(question.field);
  add("start");
  add("end");
  const auto kept = visit.needs.registrar.enact(std::move(act));
  if (!kept) return visit.failed(kept.error(), kAsk);
  return see_other("/grants");
}

}  // namespace citygate::console
