// supplements.cc - may a department say this? (check_supplements of policy_file.h)
//
// A department's rule is no looser than the city's if at every moment, with every usage, it allows no more:
//   prohibit, block   no looser than anything up to themselves
//   warn              always open after a word, so no looser than warn, work, or a personal class without limits
//   personal,         no looser than work; than personal and streaming if its windows lie within the city's and it
//   draws on streaming         the city's own quota (a pot of the department's own would be minutes on top) work no
//   looser than work
#include <fmt/format.h>

#include <algorithm>

#include "policy/policy_file.h"

namespace citygate::policy {
namespace {

bool metered(Action action) { return action == Action::Personal || action == Action::Streaming; }

bool no_looser(const RuleDraft& ours, const RuleDraft& city) {
  const Action action = ours.rule.action, theirs = city.rule.action;
  if (action >= Action::Block) return action >= theirs;
  if (theirs >= Action::Block) return false;
  const bool unlimited = metered(theirs) && city.spans.empty() && !city.quota;
  if (action == Action::Warn) return theirs == Action::Warn || theirs == Action::Work || unlimited;
  if (action == Action::Work) return theirs == Action::Work;
  if (theirs == Action::Warn) return false;
  if (theirs == Action::Work) return true;
  const bool in_time = city.spans.empty() || (!ours.spans.empty() && within(ours.spans, city.spans));
  return in_time && (!city.quota || ours.quota == city.quota);
}

std::string describe(const RuleDraft& draft, const PolicyFile& file) {
  std::string out(to_string(draft.rule.action));
  if (draft.quota) out += fmt::format(" with quota '{}'", file.quotas[*draft.quota].quota.name);
  if (!draft.rule.windows.empty()) out += " in windows";
  return out;
}

void check_rules(const SupplementDraft& supplement, const PolicyFile& file, const categories::Taxonomy& taxonomy,
                 Problems& problems) {
  for (const auto& [id, index] : supplement.layer.rule_of) {
    const RuleDraft& ours = supplement.layer.rules[index];
    const auto* category = taxonomy.find(id);
    const auto found = file.layer.rule_of.find(id);
    if (found == file.layer.rule_of.end()) {
      // The city says nothing about it, so all is open to the department but what is prohibited by nature.
      if (default_action(category->group) == Action::Prohibit && ours.rule.action != Action::Prohibit)
        problems.add(
            file.file, ours.line,
            fmt::format("department '{}' loosens '{}', which is prohibited unless a rule of the city says otherwise",
                        supplement.department->name, category->name));
      continue;
    }
    const RuleDraft& city = file.layer.rules[found->second];
    if (city.rule.loosenable || no_looser(ours, city)) continue;
    problems.add(
        file.file, ours.line,
        fmt::format("department '{}' loosens category '{}' from {} to {}; the city's rule '{}' in line {} is not "
                    "marked loosenable",
                    supplement.department->name, category->name, describe(city, file), describe(ours, file),
                    city.rule.name, city.line));
  }
}

void check_overrides(const SupplementDraft& supplement, const PolicyFile& file, Problems& problems) {
  for (const auto& each : supplement.overrides) {
    const Quota& city = file.quotas[each.quota].quota;
    const auto raises = [](auto limit, const auto& override_limit) {
      return override_limit && limit != decltype(limit){} && *override_limit > limit;
    };
    if (!raises(city.minutes_per_day, each.minutes_per_day) && !raises(city.bytes_per_day, each.bytes_per_day))
      continue;
    for (const auto& rule : file.layer.rules) {
      if (rule.quota != each.quota || rule.rule.loosenable) continue;
      problems.add(
          file.file, each.line,
          fmt::format("department '{}' raises quota '{}', on which the city's rule '{}' in line {} draws; that rule is "
                      "not marked loosenable",
                      supplement.department->name, city.name, rule.rule.name, rule.line));
      break;
    }
  }
}

// The engines of both are united, so the only thing that could be looser is a milder measure, which would be without
// effect: its author believes otherwise.
void check_safe_search(const SupplementDraft& supplement, const PolicyFile& file, Problems& problems) {
  if (!file.safe_search.has(Engine::YoutubeStrict) || !supplement.safe_search.has(Engine::YoutubeModerate)) return;
  problems.add(
      file.file, supplement.safe_search_line,
      fmt::format("department '{}' loosens YouTube from youtube-strict, which the city wants, to youtube-moderate",
                  supplement.department->name));
}

}  // namespace

Action default_action(categories::Group group) {
  switch (group) {
    case categories::Group::Prohibited: return Action::Prohibit;
    case categories::Group::Personal: return Action::Personal;
    case categories::Group::Streaming: return Action::Streaming;
    case categories::Group::Threat:         // refused in step 2
    case categories::Group::Circumvention:  // refused in step 5; here only when open all the same
    case categories::Group::Work: return Action::Work;
  }
  return Action::Prohibit;
}

void check_supplements(const PolicyFile& file, const categories::Taxonomy& taxonomy, Problems& problems) {
  for (const auto& supplement : file.supplements) {
    check_rules(supplement, file, taxonomy, problems);
    check_overrides(supplement, file, problems);
    check_safe_search(supplement, file, problems);
  }
}

}  // namespace citygate::policy
