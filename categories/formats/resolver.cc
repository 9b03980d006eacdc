// Lists in the words of a resolver's configuration: dnsmasq and unbound.
#include "categories/formats/entry.h"

namespace citygate::categories {

void read_resolver_line(std::string_view line, LineResult& out) {
  if (line.front() == '#') return;
  std::string_view name;
  for (std::string_view key : {"address=/", "server=/", "local=/"}) {
    if (!line.starts_with(key)) continue;
    line.remove_prefix(key.size());
    const auto end = line.find('/');
    if (end == std::string_view::npos) return out.fault("no '/' after the name");
    name = line.substr(0, end);
  }
  if (line == "server:") return;
  if (line.starts_with("local-zone:")) {
    const auto open = line.find('"');
    const auto close = open == std::string_view::npos ? open : line.find('"', open + 1);
    if (close == std::string_view::npos) return out.fault("no name in quotes after local-zone:");
    name = line.substr(open + 1, close - open - 1);
    if (name.ends_with('.')) name.remove_suffix(1);
  }
  if (name.empty()) return out.fault("neither a dnsmasq nor an unbound line");
  Entry& entry = out.next();
  if (const auto wrong = listed_host(name, entry.host); !wrong.empty()) out.fault(wrong);
}

}  // namespace citygate::categories
