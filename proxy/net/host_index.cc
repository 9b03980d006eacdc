#include "proxy/net/host_index.h"

namespace citygate::proxy {

namespace {

bool is_localhost(std::string_view host) {
  constexpr std::string_view kName = "localhost";
  return host.ends_with(kName) && (host.size() == kName.size() || host[host.size() - kName.size() - 1] == '.');
}

}  // namespace

HostIndex::HostIndex(Resolver::HostTable table)
    : loopback_(std::make_shared<const Addresses>(
          Addresses{.list = {*IpAddress::parse("127.0.0.1"), *IpAddress::parse("::1")}, .listed_host = false})) {
  for (auto& [name, list] : table) {
    auto addresses = std::make_shared<const Addresses>(Addresses{.list = std::move(list), .listed_host = true});
    if (name.starts_with("*."))
      below_.emplace(name.substr(2), std::move(addresses));
    else
      exact_.emplace(name, std::move(addresses));
  }
}

std::shared_ptr<const Addresses> HostIndex::find(std::string_view host) const {
  if (!exact_.empty())
    if (const auto found = exact_.find(host); found != exact_.end()) return found->second;
  if (!below_.empty())
    for (auto dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1))
      if (const auto found = below_.find(host.substr(dot + 1)); found != below_.end()) return found->second;
  return is_localhost(host) ? loopback_ : nullptr;
}

}  // namespace citygate::proxy
