#include "review/policy_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

namespace citygate::review {
namespace {

using policy::Rulebook;
using Kind = policy::Subject::Kind;

std::string from_to(std::string_view what, std::string_view before, std::string_view after) {
  return fmt::format("{}: from {} to {}", what, before, after);
}

// What one layer says, by subject, in words and in the order of a reader; equal words are no change.
struct Said {
  std::string words, clause;
};
using Sayings = std::vector<std::pair<std::string, Said>>;

void add(Sayings& out, std::string subject, std::string words, std::string_view clause = {}) {
  out.emplace_back(std::move(subject), Said{std::move(words), std::string(clause)});
}

Sayings sayings(const PolicyView& view, DepartmentId department) {
  const Rulebook& rules = view.rules;
  Sayings out;
  for (const auto& category : view.taxonomy.all()) {
    const auto effective = rules.effective(category.id, department);
    add(out, category.title, rule_words(rules, effective, department), effective.rule ? effective.rule->clause : "");
  }
  for (const auto& [kind, who] :
       {std::pair(Kind::Person, "Acknowledged by people"), {Kind::Guest, "Acknowledged by guests"}}) {
    const auto* text = rules.acknowledgement(department, kind);
    add(out, who, acknowledgement_words(text), text ? text->clause : "");
  }
  const auto* devices = rules.personal_devices(department);
  add(out, "Devices that are not the city's", device_words(rules, department), devices ? devices->clause : "");
  const auto* excessive = rules.excessive(department);
  add(out, "Excessive", excessive_words(excessive), excessive ? excessive->clause : "");
  add(out, "Safe search", safe_search_words(rules.safe_search(department)));
  for (unsigned value = 0; value <= static_cast<unsigned>(policy::kLastGrantKind); ++value) {
    const auto kind = static_cast<policy::GrantKind>(value);
    const auto* chain = rules.approval(kind, department);
    add(out, grant_kind_words(kind) + ", agreed to by", approval_words(chain), chain ? chain->clause : "");
  }
  return out;
}

// What only the city says.
Sayings city_sayings(const PolicyView& view) {
  const Rulebook& rules = view.rules;
  Sayings out;
  add(out, "City", rules.city());
  add(out, "Clock", rules.zone().name());
  add(out, "Contact", rules.contact());
  const auto* second = rules.access_agreement();
  add(out, "Acknowledged by those who see what others did", acknowledgement_words(second),
      second ? second->clause : "");
  const auto* access = rules.record_access();
  add(out, "Who may see what a person did", record_access_words(rules), access ? access->clause : "");
  if (const auto* devices = rules.personal_devices({})) {
    std::vector<std::string> ranges;
    for (const auto& range : devices->city_networks) ranges.push_back(range.to_string());
    add(out, "The city's networks", joined(ranges));
  } else {
    add(out, "The city's networks", "not named");
  }
  add(out, "Sealed grants in the file",
      std::to_string(std::ranges::count_if(view.grants.all(), &policy::Grant::sealed)));
  return out;
}

struct Change {
  std::string subject, text;
};

std::vector<Change> compare(const Sayings& before, const Sayings& after) {
  std::vector<Change> out;
  for (std::size_t i = 0; i < after.size(); ++i) {  // the same subjects, in the same order
    const auto& [subject, now] = after[i];
    const Said& then = before[i].second;
    if (now.words != then.words)
      out.push_back({subject, from_to(subject, then.words, now.words) + clause_words(now.clause)});
    else if (now.clause != then.clause)
      out.push_back({subject, fmt::format("{}: still {}, now by {} instead of {}", subject, now.words,
                                          now.clause.empty() ? "no clause" : now.clause,
                                          then.clause.empty() ? "no clause" : then.clause)});
  }
  return out;
}

void compare_lists(std::string_view what, const std::vector<std::string>& before, const std::vector<std::string>& after,
                   std::vector<std::string>& out) {
  for (const auto& each : before)
    if (std::ranges::find(after, each) == after.end()) out.push_back(fmt::format("{} no longer: {}", what, each));
  for (const auto& each : after)
    if (std::ranges::find(before, each) == before.end()) out.push_back(fmt::format("{} now: {}", what, each));
}

std::vector<std::string> services(const Rulebook& rules) {
  std::vector<std::string> out;
  for (const auto& service : rules.sanctioned()) out.push_back(sanctioned_words(service, rules.zone()));
  return out;
}

}  // namespace

std::vector<std::string> policy_changes(const PolicyView& before, const PolicyView& after) {
  std::vector<std::string> out;
  for (auto& change : compare(city_sayings(before), city_sayings(after))) out.push_back(std::move(change.text));
  const auto city = compare(sayings(before, {}), sayings(after, {}));
  for (const auto& change : city) out.push_back(change.text);
  compare_lists("Sanctioned", services(before.rules), services(after.rules), out);
  compare_lists("Ways", way_words(before.rules), way_words(after.rules), out);

  std::vector<DepartmentId> departments = before.rules.supplemented();
  for (const auto each : after.rules.supplemented())
    if (std::ranges::find(departments, each) == departments.end()) departments.push_back(each);
  for (const auto department : departments)
    for (const auto& change : compare(sayings(before, department), sayings(after, department))) {
      const bool as_city = std::ranges::any_of(city, [&](const Change& each) { return each.text == change.text; });
      if (!as_city) out.push_back(fmt::format("{}: {}", department_words(after.people, department), change.text));
    }
  return out;
}

}  // namespace citygate::review
