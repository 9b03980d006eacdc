#include <fmt/format.h>

#include "base/target.h"
#include "policy/readers.h"

namespace citygate::policy {

std::vector<SanctionedService> read_sanctioned(const std::vector<const Node*>& tables, const Zone& zone,
                                               Problems& problems) {
  std::vector<SanctionedService> out;
  for (const Node* node : tables) {
    TableReader table(*node, "[[sanctioned]]", problems);
    SanctionedService service;
    service.line = node->line();
    service.title = table.text("title", Need::Required);
    const auto hosts = table.words("hosts", Need::Required);
    service.owner = table.text("owner", Need::Required);
    service.until = table.moment("until", zone, Need::Required).value_or(WallTime::max());
    service.clause = table.text("clause");
    table.finish();
    for (const auto& word : hosts) {
      if (const auto range = Cidr::parse(word.text))
        service.ranges.push_back(*range);
      else if (auto host = canonical_host(word.text); !host.empty())
        service.names.push_back(std::move(host));
      else
        table.problem(word.line, fmt::format("'{}' is neither a host name nor an address or range", word.text));
    }
    out.push_back(std::move(service));
  }
  return out;
}

}  // namespace citygate::policy
