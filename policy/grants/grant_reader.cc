#include "policy/grants/grant_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "policy/category_words.h"
#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

using categories::Group;

void add_officers(TableReader& table, const std::vector<Word>& words, const Directory& people, Grant& grant) {
  for (const auto& word : words) {
    const Person* person = people.by_name(word.text);
    if (!person) {
      std::vector<std::string_view> known;
      for (const auto& each : people.people()) known.push_back(each.name);
      table.problem(word.line, fmt::format("unknown person '{}'{}", word.text, suggestion(word.text, known)));
    } else if (person->is_device()) {
      table.problem(word.line, fmt::format("'{}' is a device; a grant is given to officers", word.text));
    } else {
      grant.subjects.push_back(person->id);
    }
  }
}

void add_units(TableReader& table, const std::vector<Word>& words, const Department& department,
               const Directory& people, Grant& grant) {
  // Who moves there or away within the term is not meant.
  const WallTime last = grant.end > grant.start ? grant.end - std::chrono::microseconds(1) : grant.end;
  const auto belongs = [&](const Person& person) {
    return person.department_at(last) == department.id &&
           (grant.start == WallTime::min() || person.department_at(grant.start) == department.id);
  };
  for (const auto& word : words) {
    bool found = false;
    std::vector<std::string_view> known;
    for (const auto& person : people.people()) {
      if (!belongs(person)) continue;
      known.insert(known.end(), person.units.begin(), person.units.end());
      if (std::ranges::find(person.units, word.text) == person.units.end()) continue;
      found = true;
      grant.subjects.push_back(person.id);
    }
    if (!found)
      table.problem(word.line, fmt::format("nobody of department '{}' is in a unit '{}'{}", department.name, word.text,
                                           suggestion(word.text, known)));
  }
}

GrantDraft read_grant(const Node& node, const categories::Taxonomy& taxonomy, const Directory& people, const Zone& zone,
                      Problems& problems) {
  static constexpr std::string_view kKinds[] = {"law-enforcement"};
  TableReader table(node, "[[grant]]", problems);
  GrantDraft out{{}, node.line()};
  Grant& grant = out.grant;
  if (table.text("kind", Need::Required) != kKinds[0] && node.find("kind"))
    table.problem(table.line_of("kind"), fmt::format("'kind' in [[grant]] must be \"{}\"", kKinds[0]));
  grant.case_number = table.text("case", Need::Required);
  if (grant.case_number.starts_with("act-"))
    table.problem(table.line_of("case"),
                  "a case does not begin with \"act-\": grants that were asked for are named so");
  const auto officers = table.words("officers");
  const auto units = table.words("units");
  const std::string department_name = table.text("department", units.empty() ? Need::Optional : Need::Required);
  const auto words = table.words("categories", Need::Required);
  grant.start = table.moment("start", zone).value_or(WallTime::min());
  grant.end = table.moment("end", zone).value_or(WallTime::min());
  table.finish();

  if (!node.find("end"))
    table.problem(node.line(), "[[grant]] has no 'end': a sealed grant must lapse by itself");
  else if (grant.end != WallTime::min() && grant.end <= grant.start)
    table.problem(table.line_of("end"),
                  "the grant ends before it starts; 'end' is the first day on which it no longer holds");

  add_officers(table, officers, people, grant);
  if (const Department* department = people.department(department_name)) {
    add_units(table, units, *department, people, grant);
  } else if (!department_name.empty()) {
    table.problem(table.line_of("department"), fmt::format("unknown department '{}'{}", department_name,
                                                           suggestion(department_name, department_names(people))));
  }
  if (officers.empty() && units.empty()) table.problem(node.line(), "[[grant]] names neither 'officers' nor 'units'");

  for (const auto& word : words) {
    const auto* category = find_category(table, word, taxonomy);
    if (!category) continue;
    if (category->group == Group::Threat || category->group == Group::Circumvention)
      table.problem(word.line,
                    fmt::format("category '{}' ({}) cannot be granted: a grant lifts prohibited categories only",
                                category->name, to_string(category->group)));
    else
      grant.categories.insert(category->id);
  }
  std::ranges::sort(grant.subjects);
  return out;
}

}  // namespace

std::string grant_name(const Grant& grant) { return "law-enforcement/" + grant.case_number; }

std::vector<GrantDraft> read_grants(const std::vector<const Node*>& tables, const categories::Taxonomy& taxonomy,
                                    const Directory& people, const Zone& zone, Problems& problems) {
  std::vector<GrantDraft> out;
  std::map<std::string, int> cases;
  for (const Node* node : tables) {
    out.push_back(read_grant(*node, taxonomy, people, zone, problems));
    const auto& number = out.back().grant.case_number;
    const auto [first, fresh] = cases.emplace(number, node->line());
    if (!fresh && !number.empty())
      problems.add(node->file(), node->line(),
                   fmt::format("case '{}' has a grant already in line {}", number, first->second));
  }
  return out;
}

}  // namespace citygate::policy
