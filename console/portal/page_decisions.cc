// Grants that wait for this person to agree to them or to refuse them.
#include <fmt/format.h>

#include "console/grants_text.h"
#include "console/portal/grant_words.h"
#include "console/portal/pages.h"

namespace citygate::console {
namespace {

using policy::GrantCase;

void add_decision(const Visit& visit, const GrantCase& one, const GrantCase::Step& step, Html& html) {
  html.heading(one.grant.name).terms(grant_terms(visit, one));
  html.form("/decisions", visit.token("decisions")).hidden("grant", one.grant.name).hidden("step", step.role);
  html.input(Html::Input::Text, "reason", fmt::format("Your reason, as {}", step.role),
             "Required where you refuse; it is shown to who asked");
  html.submit("Agree", "decide", "approve").submit("Refuse", "decide", "refuse").end_form();
}

}  // namespace

HttpAnswer show_decisions(const Visit& visit) {
  Html html;
  std::size_t shown = 0;
  visit.needs.registrar.grants([&](const GrantCase& one) {
    const auto* step = turn_of(one, visit.person->name, visit.now);
    if (!step) return true;
    add_decision(visit, one, *step, html);
    return ++shown < 50;
  });
  if (shown == 0) html.paragraph("No permission waits for your word.");
  return visit.page(200, "To decide", html);
}

HttpAnswer do_decision(const Visit& visit) {
  const bool agree = visit.request.said("decide") == "approve";
  Act act = visit.propose(agree ? ActKind::GrantApprove : ActKind::GrantRefuse);
  act.subject = visit.request.said("grant");
  if (agree) act.fields.emplace("step", visit.request.said("step"));
  const auto kept = visit.needs.registrar.enact(std::move(act));
  return kept ? see_other("/decisions") : visit.failed(kept.error(), "To decide");
}

}  // namespace citygate::console
