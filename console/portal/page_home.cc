// The first page: who you are, how we know, and what applies to you.
#include <fmt/format.h>

#include "console/portal/pages.h"

namespace citygate::console {
namespace {

std::string how_we_know(const Visit& visit) {
  const std::string address = visit.client().to_string();
  if (!visit.signed_in)
    return fmt::format("by your address, {}, which the city's list of addresses says is yours", address);
  return fmt::format("you signed in at {} with your password, and stay signed in until {}", address,
                     visit.time(visit.session_until));
}

std::string standing_words(const Visit& visit) {
  const policy::Standing* standing = visit.in_force.standing->of(visit.person->id);
  if (!standing) return "not restricted";
  if (standing->ended_at(visit.now)) return fmt::format("ended at {}", visit.time(standing->ends));
  if (standing->barred_at(visit.now))
    return standing->barred_until == WallTime::max()
               ? "suspended by an order, until it is lifted"
               : fmt::format("suspended by an order, until {}", visit.time(standing->barred_until));
  if (standing->ends != WallTime::max()) return fmt::format("until {}", visit.time(standing->ends));
  return "not restricted";
}

// What the policy has for this person's department that is not plain work.
void add_rules(const Visit& visit, Html& html) {
  const policy::Rulebook& rules = *visit.in_force.rules;
  const DepartmentId department = visit.person->department_at(visit.now);
  std::vector<Html::Row> rows;
  for (const auto& category : visit.in_force.taxonomy->all()) {
    const auto effective = rules.effective(category.id, department);
    if (effective.action == Action::Work) continue;
    std::string windows;
    if (effective.rule)
      for (const auto index : effective.rule->windows)
        windows += fmt::format("{}{}", windows.empty() ? "" : "; ", rules.window(index, department).text);
    rows.push_back({category.title, std::string(to_string(effective.action)), windows,
                    effective.rule ? effective.rule->title : "", effective.rule ? effective.rule->clause : ""});
  }
  html.heading("What applies to you");
  if (rows.empty()) {
    html.paragraph("No kind of site is limited for you.");
    return;
  }
  html.table("Kinds of sites that are not plain work, by the policy in force",
             {"Kind of site", "Treated as", "When", "Rule", "Clause"}, rows);
}

}  // namespace

HttpAnswer show_home(const Visit& visit) {
  if (acknowledgement_due(visit)) return see_other("/acknowledge" + visit.going_to_query());
  Html html;
  const policy::Person& person = *visit.person;
  const policy::Department* department = visit.in_force.people->department_of(person.id, visit.now);
  if (const std::string going_to = visit.going_to(); !going_to.empty())
    html.link(going_to, fmt::format("Go on to {}", going_to));
  html.terms({{"Name", person.title.empty() ? person.name : fmt::format("{} ({})", person.title, person.name)},
              {"Department", department ? department->title : std::string()},
              {"How we know", how_we_know(visit)},
              {"Your access to the web", standing_words(visit)}});
  if (!visit.signed_in) html.link("/sign-in", "That is not you? Sign in");
  if (visit.signed_in && visit.shared_address())
    html.paragraph(
        "Several people use the web from this address, so your sign-in shows you these pages and does not open the "
        "web: "
        "there the gateway has to ask each browser for a name and a password. Set it as your browser's proxy.");
  if (visit.in_force.rules->access_agreement() && may_see_records(visit))
    html.link("/access-agreement", "The agreement of those who may see records");
  add_rules(visit, html);
  return visit.page(200, "You and the web", html);
}

}  // namespace citygate::console
