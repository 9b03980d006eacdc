// supplements.cc - may a department say this? (check_supplements of policy_file.h)
//
// A department's rule is no looser than the city's if at every moment, with every usage, it allows no more:
//   prohibit, block   no looser than anything up to themselves
//   hold              no looser than hold, warn, work, or a metered class without limits
//   warn              always open after a word, so no looser than warn, work, or a metered class without limits: no quota,
//                     and no windows but such as warn outside
//   personal,         no looser than work; than personal and streaming if its windows lie within the city's, it warns
//   streaming         outside of them only where the city does, and it draws on the city's own quota (a pot of the
//                     department's own would be minutes on top)
//   work              no looser than work
// and it lets no more be sent. The city's windows are taken with the hours that the department gave them, which must lie
// within the city's own unless the window is marked loosenable.
#include <fmt/format.h>

#include <algorithm>

#include "policy/policy_file.h"

namespace citygate::policy {
namespace {

// What a rule is for a department: its own, or the city's with the hours that the department gave the windows.
struct Held {
  Action action = Action::Work;
  std::vector<WeekSpan> spans;
  bool soft = false;
  std::optional<std::size_t> quota;
};

Held held(const RuleDraft& draft, const PolicyFile& file, const SupplementDraft& supplement) {
  return {draft.rule.action, spans_of(draft.rule.windows, file, &supplement), draft.rule.soft_edge, draft.quota};
}

bool no_looser(const Held& ours, const Held& city) {
  if (strictness(ours.action) >= strictness(Action::Block)) return strictness(ours.action) >= strictness(city.action);
  if (strictness(city.action) >= strictness(Action::Block)) return false;
  const bool unlimited = metered(city.action) && (city.spans.empty() || city.soft) && !city.quota;
  if (!metered(ours.action) && ours.action != Action::Work)  // warn, hold
    return unlimited || (!metered(city.action) && strictness(ours.action) >= strictness(city.action));
  if (ours.action == Action::Work) return city.action == Action::Work;
  if (!metered(city.action)) return city.action == Action::Work;
  const bool in_time =
      city.spans.empty() || (!ours.spans.empty() && within(ours.spans, city.spans) && (!ours.soft || city.soft));
  return in_time && (!city.quota || ours.quota == city.quota);
}

std::string describe(const RuleDraft& draft, const PolicyFile& file) {
  std::string out(to_string(draft.rule.action));
  if (draft.quota) out += fmt::format(" with quota '{}'", file.quotas[*draft.quota].quota.name);
  if (!draft.rule.windows.empty()) out += draft.rule.soft_edge ? " in windows, warned outside" : " in windows";
  return out;
}

void check_upload(const SupplementDraft& supplement, const RuleDraft& ours, const RuleDraft& city,
                  const categories::Category& category, const PolicyFile& file, Problems& problems) {
  if (strictness(ours.rule.action) >= strictness(Action::Block) || ours.rule.upload_limit <= city.rule.upload_limit)
    return;
  problems.add(file.file, ours.line,
               fmt::format("department '{}' lets more be sent to category '{}' than the city's rule '{}' in line {}, "
                           "which is not marked loosenable; write upload_megabytes = {} or less",
                           supplement.department->name, category.name, city.rule.name, city.line,
                           city.rule.upload_limit / 1'000'000));
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
    if (city.rule.loosenable) continue;
    check_upload(supplement, ours, city, *category, file, problems);
    if (no_looser(held(ours, file, supplement), held(city, file, supplement))) continue;
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

void check_windows(const SupplementDraft& supplement, const PolicyFile& file, Problems& problems) {
  for (const auto& [index, window] : supplement.windows) {
    const WindowDraft& city = file.windows[index];
    if (city.loosenable || within(normalised(window.spans), normalised(city.spans))) continue;
    problems.add(file.file, window.line,
                 fmt::format("department '{}' gives window '{}' the hours {}; the city's in line {} has {}, and is not "
                             "marked loosenable",
                             supplement.department->name, city.name, describe_spans(window.spans), city.line,
                             describe_spans(city.spans)));
  }
}

void check_devices(const SupplementDraft& supplement, const PolicyFile& file, Problems& problems) {
  if (!supplement.devices || !supplement.devices->devices.allowed) return;
  if (!file.devices)
    return problems.add(file.file, supplement.devices->line,
                        "[department.personal_devices] needs [personal_devices] with city_networks: nothing tells a "
                        "personal device otherwise");
  const auto city = spans_of(file.devices->devices.windows, file, &supplement);
  const auto ours = spans_of(supplement.devices->devices.windows, file, &supplement);
  if (file.devices->devices.allowed && (city.empty() || (!ours.empty() && within(ours, city)))) return;
  problems.add(file.file, supplement.devices->line,
               fmt::format("department '{}' opens personal devices further than [personal_devices] in line {}",
                           supplement.department->name, file.devices->line));
}

void check_acknowledgement(const SupplementDraft& supplement, const PolicyFile& file, Problems& problems) {
  if (!supplement.acknowledgement || !supplement.acknowledgement->renew || !file.acknowledgement) return;
  const auto city = file.acknowledgement->renew.value_or(kRenew);
  if (*supplement.acknowledgement->renew <= city || file.acknowledgement->text.empty()) return;
  problems.add(file.file, supplement.acknowledgement->renew_line,
               fmt::format("department '{}' has its text acknowledged every {} days; the city wants it every {}",
                           supplement.department->name, supplement.acknowledgement->renew->count(), city.count()));
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
    check_windows(supplement, file, problems);
    check_rules(supplement, file, taxonomy, problems);
    check_devices(supplement, file, problems);
    check_acknowledgement(supplement, file, problems);
    check_overrides(supplement, file, problems);
    check_safe_search(supplement, file, problems);
  }
}

}  // namespace citygate::policy
