#include "policy/readers.h"

#include <fmt/format.h>

namespace citygate::policy {

void read_city(const Node* node, PolicyFile& out, Problems& problems) {
  static constexpr std::string_view kUncategorised[] = {"work", "block"};
  if (!node) return problems.add(out.file, 0, "there is no [city] with 'name' and 'time_zone'");
  TableReader table(*node, "[city]", problems);
  out.city = table.text("name", Need::Required);
  out.contact = table.text("contact");
  const std::string zone_name = table.text("time_zone", Need::Required);
  out.refuse_uncategorised = table.choice("uncategorised", kUncategorised) == "block";
  table.finish();
  if (zone_name.empty()) return;
  auto zone = Zone::open(zone_name);
  if (zone)
    out.zone = std::move(*zone);
  else
    table.problem(table.line_of("time_zone"), zone.error().context);
}

void read_on_error(const Node* node, PolicyFile& out, Problems& problems) {
  static constexpr std::string_view kProhibited[] = {"block"}, kOther[] = {"block", "allow"};
  if (!node) return;
  TableReader table(*node, "[on_error]", problems);
  // "allow" is not among the choices: nothing but a sealed grant opens what is prohibited, an error least of all.
  static_cast<void>(table.choice("prohibited", kProhibited));
  out.allow_on_error = table.choice("other", kOther) == "allow";
  table.finish();
}

void read_tunnels(const Node* node, PolicyFile& out, Problems& problems) {
  static constexpr std::string_view kChoices[] = {"refuse", "allow"};
  if (!node) return;
  TableReader table(*node, "[tunnels]", problems);
  out.tunnels.refuse_not_tls = table.choice("not_tls", kChoices) == "refuse";
  out.tunnels.refuse_no_server_name = table.choice("no_server_name", kChoices) == "refuse";
  table.finish();
}

}  // namespace citygate::policy
