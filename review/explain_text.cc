#include <fmt/format.h>

#include <utility>

#include "review/explain.h"
#include "review/text_page.h"
#include "review/verdict_text.h"

namespace citygate::review {
namespace {

std::string named(std::string_view title, std::string_view name) {
  return title == name || title.empty() ? std::string(name) : fmt::format("{} ({})", title, name);
}

void show_categories(const Explanation& it, TextPage& page) {
  page.blank();
  page.heading("Categories");
  if (it.categories.empty()) page.line("none", "No list names this site.");
  for (const auto& finding : it.categories) {
    page.line(finding.name, fmt::format("{}: {}", finding.title, to_string(finding.action)));
    if (!finding.evidence) {
      page.line("", "the lists do not say which line it comes from");
      continue;
    }
    const auto& evidence = *finding.evidence;
    // Overrides and signs are the gateway's own: they have no version and no file.
    page.line("", evidence.version.empty() ? fmt::format("{}, line {}:", evidence.list, evidence.line)
                                           : fmt::format("list {}, version {}, {}, line {}:", evidence.list,
                                                         evidence.version, evidence.file, evidence.line));
    page.line("", printable(evidence.text));
  }
}

std::string rule_text(const ConsideredRule& rule) {
  std::string out = rule.name.empty()
                        ? fmt::format("{}, as the taxonomy groups it; no rule names", to_string(rule.action))
                        : fmt::format("{}: \"{}\" ({}{}{}) for", to_string(rule.action), rule.title, rule.name,
                                      rule.clause.empty() ? "" : ", ", rule.clause);
  out += fmt::format(" {}", fmt::join(rule.categories, ", "));
  if (!rule.windows.empty()) out += fmt::format("; only in {}", fmt::join(rule.windows, ", "));
  if (!rule.quota.empty()) out += fmt::format("; quota \"{}\"", rule.quota);
  return out;
}

void show_steps(const Explanation& it, TextPage& page) {
  page.blank();
  page.heading("Considered, in this order");
  int number = 0;
  const auto step = [&](std::string_view text) { page.line(fmt::format("{}.", ++number), text); };
  if (it.person.empty()) {
    step("Who is asking: not known, so the gateway asks first. What follows was not reached.");
  } else {
    step(it.standing.empty() ? "Who is asking: known."
                             : fmt::format("Who is asking: known. {} What follows was not reached.", it.standing));
    const Reason destination = it.destination.reason;
    const bool refused = destination == Reason::UnsafeDestination || destination == Reason::ForbiddenPort ||
                         destination == Reason::Circumvention;
    step(fmt::format("Destination: {}", refused ? sentence(destination) : "address and port are allowed."));
    if (it.verdict.sealed)
      step(
          "A sealed law-enforcement grant applies: what it covers is lifted, nothing is charged, the record is "
          "sealed.");
  }
  for (const auto& rule : it.considered) {
    step(rule_text(rule));
    if (it.person.empty()) continue;
    page.line("", fmt::format("alone: {}. {}", to_string(rule.alone.ruling), sentence(rule.alone.reason)));
  }
}

}  // namespace

std::string render(const Explanation& it) {
  TextPage page;
  page.heading(printable(it.what));
  if (!it.note.empty()) page.line("seen as", it.note);
  if (!it.safe_name.empty())
    page.line("reached as", fmt::format("{}, as [safe_search] wants for {}", it.safe_name, it.safe_engine));
  page.line("asked at", it.asked_at);
  if (it.person.empty()) {
    page.line("by", "nobody known");
  } else {
    page.line("by", fmt::format("{}, {}", named(it.person_title, it.person), it.department_title));
    page.line("known by", it.known_by.empty() ? "nothing: no address and no password"
                                              : fmt::format("{}", fmt::join(it.known_by, ", ")));
  }
  if (!it.layers.empty()) page.line("rules of", fmt::format("{}", fmt::join(it.layers, ", ")));
  bool first = true;
  for (const auto& grant : it.grants) page.line(std::exchange(first, false) ? "permission" : "", grant);
  show_categories(it, page);
  show_steps(it, page);

  page.blank();
  page.heading(fmt::format("Verdict: {}", to_string(it.verdict.ruling)));
  page.line("why", sentence(it.verdict.reason));
  if (!it.rule_name.empty()) page.line("rule", named(it.rule_title, it.rule_name));
  if (!it.clause.empty()) page.line("clause", it.clause);
  if (!it.decisive_category.empty()) page.line("category", it.decisive_category);
  page.line("charged", charge_text(it.verdict.charge.minutes, it.verdict.charge.bytes, it.quota));
  if (const auto used = used_text(it.verdict); !used.empty()) page.line("used today", used);
  if (!it.good_until.empty()) page.line("holds until", it.good_until);
  if (!it.opens_at.empty()) page.line("opens at", it.opens_at);
  first = true;
  for (const auto& change : it.what_would_change) page.line(std::exchange(first, false) ? "would change" : "", change);
  if (it.verdict.ruling != Ruling::Allow && !it.contact.empty()) page.line("questions to", it.contact);
  page.line("under",
            fmt::format("policy {}, lists {}, people {}", it.policy_version, it.lists_generation, it.people_version));
  return page.take();
}

}  // namespace citygate::review
