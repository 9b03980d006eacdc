#include "policy/city_zone.h"

#include <fmt/format.h>

#include "base/document.h"

namespace citygate::policy {

Result<Zone> read_zone(const std::filesystem::path& policy_file) {
  Problems problems;
  const auto root = read_document(policy_file, problems);
  if (!root) return std::unexpected(problems.to_error());
  const Node* city = root->find("city");
  const Node* name = city ? city->find("time_zone") : nullptr;
  if (!name || !name->text()) {
    problems.add(policy_file.string(), city ? city->line() : 0,
                 "[city] has no 'time_zone', a name like \"America/Chicago\"");
    return std::unexpected(problems.to_error());
  }
  auto zone = Zone::open(*name->text());
  if (zone) return zone;
  problems.add(policy_file.string(), name->line(), zone.error().context);
  return std::unexpected(problems.to_error());
}

}  // namespace citygate::policy
