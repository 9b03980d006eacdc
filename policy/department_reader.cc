#include "policy/readers.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/category_words.h"
#include "policy/grants/approval_reader.h"

namespace citygate::policy {

void read_supplement(const Node& node, const categories::Taxonomy& taxonomy, const Directory& people,
                     PolicyFile& policy, Problems& problems) {
  TableReader table(node, "[[department]]", problems);
  SupplementDraft out;
  out.line = node.line();
  const std::string name = table.name("name");
  const auto rules = table.tables("rule");
  const Node* quotas = table.table("quota");
  const Node* safe_search = table.table("safe_search");
  const auto windows = table.tables("window");
  const Node* acknowledgement = table.table("acknowledgement");
  const Node* devices = table.table("personal_devices");
  const Node* excessive = table.table("excessive");
  const auto approvals = table.tables("approval");
  table.finish();
  out.safe_search = read_safe_search(safe_search, "[department.safe_search]", problems);
  if (safe_search) out.safe_search_line = safe_search->line();
  out.department = people.department(name);
  if (!out.department && !name.empty()) {
    const auto near = suggestion(name, department_names(people));
    table.problem(table.line_of("name"),
                  fmt::format("unknown department '{}'{}", name,
                              near.empty() ? "; departments are those of the people file: add it there, or take this "
                                             "table out"
                                           : near));
  }
  const auto same = std::ranges::find(policy.supplements, out.department, &SupplementDraft::department);
  if (out.department && same != policy.supplements.end())
    table.problem(node.line(), fmt::format("department '{}' stands already in line {}", name, same->line));
  for (const Node* window : windows) read_window(*window, policy, out, problems);
  read_rules(rules, LayerKind::Department, taxonomy, policy, out.layer, problems);
  read_acknowledgement(acknowledgement, policy, out, problems);
  out.devices = read_personal_devices(devices, LayerKind::Department, policy, problems);
  out.excessive = read_excessive(excessive, "[department.excessive]", problems);
  read_overrides(quotas, policy, out, problems);
  read_approvals(approvals, out.department, policy.approvals, problems);
  if (out.department) policy.supplements.push_back(std::move(out));
}

}  // namespace citygate::policy
