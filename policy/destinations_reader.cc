#include "policy/readers.h"

#include <fmt/format.h>

#include <charconv>

namespace citygate::policy {
namespace {

std::optional<unsigned> port_number(std::string_view text) {
  unsigned out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || out == 0 || out > 65535) return std::nullopt;
  return out;
}

void read_ports(TableReader& table, std::string_view key, PortSet& out) {
  const auto words = table.words(key);
  if (table.has(key)) out.reset();  // the key is there: the file's ports instead of the default
  for (const auto& word : words) {
    const std::string_view text = word.text;
    const auto dash = text.find('-');
    const auto low = port_number(text.substr(0, dash));
    const auto high = dash == text.npos ? low : port_number(text.substr(dash + 1));
    if (!low || !high || *low > *high) {
      table.problem(word.line, fmt::format("'{}' is neither a port nor a range like 8000-8999", text));
      continue;
    }
    for (unsigned port = *low; port <= *high; ++port) out.set(port);
  }
}

}  // namespace

Destinations read_destinations(const Node* node, Problems& problems) {
  Destinations out;
  out.ports.set(80).set(443);
  out.connect_ports.set(443);
  if (!node) return out;
  TableReader table(*node, "[destinations]", problems);
  read_ports(table, "ports", out.ports);
  read_ports(table, "connect_ports", out.connect_ports);
  for (const auto& word : table.words("private")) {
    if (const auto range = Cidr::parse(word.text))
      out.private_ranges.push_back(*range);
    else
      table.problem(word.line, fmt::format("'{}' is neither an address nor a range like 10.1.0.0/16", word.text));
  }
  if (table.has("sanctioned")) {
    static_cast<void>(table.words("sanctioned"));
    table.problem(
        table.line_of("sanctioned"),
        "'sanctioned' in [destinations] is not read any more, since a service that nobody owns and that never "
        "ends is forgotten; write [[sanctioned]] with title, hosts = [...], owner and until = a date");
  }
  table.finish();
  return out;
}

}  // namespace citygate::policy
