// Targets: a canonical form is a fixed point. Parsing what to_string() writes gives the same target again, and the
// canonical form of a canonical host is itself; otherwise one URL would be two to lists and records.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/target.h"

namespace {

using namespace citygate;

void check(bool holds) {
  if (!holds) std::abort();
}

void check_host(const std::string& host, const std::optional<IpAddress>& address) {
  check(!host.empty() && host.size() <= kMaxHostBytes && !host.ends_with('.'));
  for (char c : host)
    check(static_cast<unsigned char>(c) > 0x20 && c != 0x7f && (c < 'A' || c > 'Z') && c != '/' && c != '@');
  std::string again;
  std::optional<IpAddress> again_address;
  const std::string text = address && !address->is_v4() ? '[' + host + ']' : host;
  check(canonical_host(text, again, again_address).has_value());
  check(again == host && again_address == address);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Target target;
  if (parse_url(text, target)) {
    check_host(target.host, target.address);
    check(target.port != 0 && target.path.starts_with('/'));
    Target again;
    check(parse_url(target.to_string(), again).has_value());
    check(again.scheme == target.scheme && again.host == target.host && again.address == target.address);
    check(again.port == target.port && again.path == target.path && again.query.empty());
  }
  const auto space = text.find(' ');
  if (space != text.npos && parse_origin_form(text.substr(0, space), text.substr(space + 1), target)) {
    check_host(target.host, target.address);
    Target again;
    check(parse_url(target.to_string(), again).has_value());
    check(again.host == target.host && again.port == target.port && again.path == target.path);
  }
  if (parse_authority(text, target)) {
    check_host(target.host, target.address);
    check(target.port != 0 && target.path.empty());
  }
  std::string host;
  std::optional<IpAddress> address;
  std::uint16_t port = 0;
  if (canonical_host(text, host, address)) check_host(host, address);
  if (parse_host_port(text, 80, host, address, port)) {
    check_host(host, address);
    check(port != 0);
  }
  return 0;
}
