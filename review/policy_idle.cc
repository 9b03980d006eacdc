#include "review/policy_idle.h"

#include <fmt/format.h>

#include <algorithm>

namespace citygate::review {
namespace {

using policy::Rulebook;

bool uses(const policy::PersonalDevices* devices, std::uint16_t window) {
  return devices && std::ranges::find(devices->windows, window) != devices->windows.end();
}

void idle_windows(const Rulebook& rules, std::vector<std::string>& out) {
  for (std::uint16_t i = 0; i < rules.windows().size(); ++i) {
    bool used = uses(rules.personal_devices({}), i);
    for (const auto department : rules.supplemented()) used |= uses(rules.personal_devices(department), i);
    for (const auto& rule : rules.rules()) used |= std::ranges::find(rule.windows, i) != rule.windows.end();
    if (!used) out.push_back(fmt::format("window '{}' is used by no rule", rules.windows()[i].name));
  }
}

void idle_quotas(const Rulebook& rules, std::vector<std::string>& out) {
  for (const auto& quota : rules.quotas({}))
    if (std::ranges::none_of(rules.rules(), [&](const policy::Rule& rule) { return rule.quota == quota.id; }))
      out.push_back(fmt::format("quota '{}' is drawn on by no rule", quota.name));
}

// A rule of a department that says what the city's says there anyway.
void idle_rules(const PolicyView& view, std::vector<std::string>& out) {
  const Rulebook& rules = view.rules;
  for (const auto& rule : rules.rules()) {
    if (!rule.department) continue;
    bool same = true;
    rule.categories.for_each([&](CategoryId id) {
      same &= rule_words(rules, {rule.action, &rule}, rule.department) ==
              rule_words(rules, rules.effective(id, {}), rule.department);
    });
    if (same)
      out.push_back(
          fmt::format("line {}: rule '{}' says no more than the city says for everybody", rule.line, rule.name));
  }
}

}  // namespace

std::vector<std::string> idle_parts(const PolicyView& view, WallTime now) {
  std::vector<std::string> out;
  idle_windows(view.rules, out);
  idle_quotas(view.rules, out);
  idle_rules(view, out);
  for (const auto& service : view.rules.sanctioned())
    if (service.until <= now)
      out.push_back(fmt::format("line {}: the sanctioned service '{}' has lapsed; ask {} whether it is still needed",
                                service.line, service.title, service.owner));
  const auto ended =
      std::ranges::count_if(view.grants.all(), [&](const policy::Grant& each) { return each.end <= now; });
  if (ended > 0) out.push_back(fmt::format("{} law-enforcement grant{} ended", ended, ended == 1 ? " has" : "s have"));
  return out;
}

}  // namespace citygate::review
