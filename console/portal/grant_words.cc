#include "console/portal/grant_words.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "console/grants_text.h"

namespace citygate::console {
namespace {

using policy::GrantCase;

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
          {"State", grant_standing(one, Showing::All, visit.zone(), visit.now)},
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

std::string approvers_words(const policy::ApprovalChain& chain) {
  return fmt::format("{}", fmt::join(chain.steps, chain.ordered ? ", then " : " and "));
}

}  // namespace citygate::console
