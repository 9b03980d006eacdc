#include "proxy/net/host_index.h"

namespace citygate::proxy {

HostIndex::HostIndex(Resolver::HostTable table) {
  for (auto& [name, list] : table) {
    auto addresses = std::make_shared<const Addresses>(Addresses{.list = std::move(list), .listed_host = true});
    if (name.starts_with("*."))
      below_.emplace(name.substr(2), std::move(addresses));
    else
      exact_.emplace(name, std::move(addresses));
  }
  const auto loopback = std::make_shared<const Addresses>(
      Addresses{.list = {*IpAddress::parse("127.0.0.1"), *IpAddress::parse("::1")}, .listed_host = false});
  exact_.emplace("localhost", loopback);
  below_.emplace("localhost", loopback);
}

std::shared_ptr<const Addresses> HostIndex::find(std::string_view host) const {
  if (const auto found = exact_.find(host); found != exact_.end()) return found->second;
  for (auto dot = host.find('.'); dot != std::string_view::npos; dot = host.find('.', dot + 1))
    if (const auto found = below_.find(host.substr(dot + 1)); found != below_.end()) return found->second;
  return nullptr;
}

}  // namespace citygate::proxy
