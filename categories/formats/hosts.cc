// Hosts files: an address that leads nowhere, then the names that are to be refused. A system that has such a file answers
// for these names and for none below them: "0.0.0.0 amazonaws.com" closes one page, not all that is hosted there. A name
// with any other address, a private one too, is one that is to be found there.
#include <algorithm>
#include <array>
#include <optional>

#include "base/address.h"
#include "categories/formats/entry.h"

namespace citygate::categories {
namespace {

// Names that every hosts file has for the machine's own sake.
constexpr std::array<std::string_view, 14> kOwnNames{"localhost",     "localhost.localdomain",
                                                     "local",         "broadcasthost",
                                                     "ip6-localhost", "ip6-loopback",
                                                     "ip6-localnet",  "ip6-mcastprefix",
                                                     "ip6-allnodes",  "ip6-allrouters",
                                                     "ip6-allhosts",  "0.0.0.0",
                                                     "127.0.0.1",     "::1"};

// Some hosts files hold bare names between.
void add_bare_name(std::string_view name, Scope scope, LineResult& out) {
  add_host_and_path(name, out);
  if (out.kind == LineResult::Kind::Entries && out.entries[0].path.empty()) out.entries[0].scope = scope;
}

}  // namespace

void read_hosts_line(std::string_view line, const FileContext& file, LineResult& out) {
  const Scope scope = file.subdomains ? Scope::Whole : Scope::Exact;
  line = trim(line.substr(0, line.find('#')));
  if (line.empty() || line.front() == '!') return;
  constexpr std::string_view kBlank = " \t";
  const auto first_end = line.find_first_of(kBlank);
  const std::string_view first = line.substr(0, first_end);
  const auto zone = first.find('%');  // "fe80::1%lo0"
  const auto address = IpAddress::parse(first.substr(0, zone));
  if (!address) {
    if (first_end != std::string_view::npos) return out.fault("does not begin with an address");
    return add_bare_name(line, scope, out);
  }
  if (first_end == std::string_view::npos) return add_bare_name(line, scope, out);
  const bool sinkhole = leads_nowhere(*address);
  std::string_view rest = trim(line.substr(first_end));
  bool own = false;
  while (!rest.empty()) {
    const auto end = rest.find_first_of(kBlank);
    const std::string_view name = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : trim(rest.substr(end));
    if (std::ranges::find(kOwnNames, name) != kOwnNames.end()) {
      own = true;
      continue;
    }
    if (!sinkhole) return out.unsupported("gives a name a real address instead of refusing it");
    Entry& entry = out.next();
    entry.scope = scope;
    if (const auto wrong = listed_host(name, entry.host); !wrong.empty()) return out.fault(wrong);
  }
  if (out.count == 0 && !own) out.fault("an address without a name");
}

}  // namespace citygate::categories
