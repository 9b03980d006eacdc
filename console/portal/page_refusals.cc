// What was refused to a person lately, why, and what says so: with the way to dispute it.
#include <fmt/format.h>

#include <deque>

#include "console/portal/pages.h"

namespace citygate::console {
namespace {

constexpr std::chrono::hours kLately{48};
constexpr std::size_t kMost = 30;

std::string evidence(const Visit& visit, const Record& record) {
  if (!record.evidence.source) return {};
  const std::string source = visit.needs.op.names().name(NameKind::Source, record.evidence.source.value);
  return record.evidence.line > 0 ? fmt::format("{}, line {}", source, record.evidence.line) : source;
}

std::string place(const Record& record) {
  const bool six = record.host.find(':') != std::string_view::npos;
  return fmt::format("{}://{}{}{}:{}{}", to_string(record.scheme), six ? "[" : "", record.host, six ? "]" : "",
                     record.port, record.path);
}

void add_one(const Visit& visit, const Record& record, Html& html) {
  const auto* category = visit.in_force.taxonomy->find(record.decisive);
  const policy::Rule* rule = visit.in_force.rules->rule(record.rule);
  const std::string id = records::to_string(record.id);
  html.heading(record.host.empty() ? std::string("A request") : std::string(record.host));
  html.terms({{"When", visit.time(record.end)},
              {"You asked for", record.host.empty() ? std::string() : place(record)},
              {"Why it was refused", std::string(sentence(record.reason))},
              {"Kind of site", category ? category->title : std::string()},
              {"What says so", evidence(visit, record)},
              {"Rule", rule ? rule->title : std::string()},
              {"Clause of the policy", rule ? rule->clause : std::string()},
              {"Record", id}});
  if (disputable(record))
    html.link("/disputes?record=" + id, fmt::format("This is wrong, or was work: dispute {}", id));
}

}  // namespace

bool disputable(const Record& record) {
  switch (record.reason) {
    case Reason::Prohibited:
    case Reason::Circumvention:
    case Reason::Blocked:
    case Reason::WarningShown:
    case Reason::OutsideWindow:
    case Reason::MinutesUsedUp:
    case Reason::BytesUsedUp:
    case Reason::UncategorisedRefused:
    case Reason::HeldForApproval:
    case Reason::Malware: return true;
    default: return false;
  }
}

Result<std::vector<records::OwnedRecord>> last_refusals(const Visit& visit, std::size_t most) {
  records::RecordQuery query;
  query.person = visit.person->id;
  query.from = visit.now - kLately;
  query.outcome = Outcome::Refused;
  std::deque<records::OwnedRecord> last;
  CG_TRY_VOID(visit.needs.op.store().scan(query, [&](const Record& record) {
    last.emplace_front(record);
    if (last.size() > most) last.pop_back();
    return true;
  }));
  return std::vector<records::OwnedRecord>(last.begin(), last.end());
}

HttpAnswer show_refusals(const Visit& visit) {
  Html html;
  const auto last = last_refusals(visit, kMost);
  if (!last)
    html.wrong("The records cannot be read at the moment.");
  else if (last->empty())
    html.paragraph("Nothing was refused to you in the last two days.");
  else
    for (const auto& record : *last) add_one(visit, record.get(), html);
  return visit.page(200, "What was refused", html);
}

}  // namespace citygate::console
