#include "console/portal/grant_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace citygate::console {
namespace {

using policy::GrantCase;

std::string state_words(const Visit& visit, const GrantCase& one) {
  switch (one.state) {
    case GrantCase::State::Asked:
      return visit.now >= one.grant.end ? "lapsed before everybody agreed" : "waits for those who have to agree";
    case GrantCase::State::Agreed:
      if (visit.now >= one.grant.end) return "has ended";
      return visit.now < one.grant.start ? "agreed to; begins later" : "in force";
    case GrantCase::State::Refused:
      return fmt::format("refused by {} at {}: {}", one.ended_by, visit.time(one.ended_at), one.ended_why);
    case GrantCase::State::Withdrawn:
      return fmt::format("withdrawn by {} at {}: {}", one.ended_by, visit.time(one.ended_at), one.ended_why);
  }
  return {};
}

std::string step_words(const Visit& visit, const GrantCase& one) {
  std::string out;
  for (const auto& step : one.steps)
    out +=
        fmt::format("{}{}: {}", out.empty() ? "" : "; ", step.role,
                    step.approved_by.empty() ? fmt::format("not yet ({})", fmt::join(step.approvers, " or "))
                                             : fmt::format("{}, {}", step.approved_by, visit.time(step.approved_at)));
  return out;
}

}  // namespace

Html::Terms grant_terms(const Visit& visit, const GrantCase& one) {
  return {{"What", one.title.empty() ? std::string(to_string(one.grant.kind)) : one.title},
          {"State", state_words(visit, one)},
          {"For", fmt::format("{}", fmt::join(one.subjects, ", "))},
          {"Kinds of sites", fmt::format("{}", fmt::join(one.categories, ", "))},
          {"Site", one.grant.host},
          {"Case", one.grant.case_number},
          {"Whose records", one.about},
          {"File", one.file_name},
          {"From the site", one.url},
          {"SHA-256", one.sha256},
          {"Device", one.device},
          {"Guest", one.full_name},
          {"Sponsor", one.sponsor},
          {"From", visit.time(one.grant.start)},
          {"Until", visit.time(one.grant.end)},
          {"Asked for by", fmt::format("{}, {}", one.requester, visit.time(one.asked_at))},
          {"Purpose", one.purpose},
          {"Who agrees", step_words(visit, one)},
          {"Clause", one.clause}};
}

std::vector<const GrantCase::Step*> open_steps(const GrantCase& one) {
  std::vector<const GrantCase::Step*> out;
  for (const auto& step : one.steps) {
    if (!step.approved_by.empty()) continue;
    out.push_back(&step);
    if (one.ordered) break;
  }
  return out;
}

}  // namespace citygate::console
