#include "proxy/net/address_order.h"

#include <sys/socket.h>

#include <algorithm>

#include "base/file.h"

namespace citygate::proxy {

std::vector<IpAddress> in_order(std::span<const IpAddress> v6, std::span<const IpAddress> v4, Preferred preferred) {
  std::vector<IpAddress> out;
  out.reserve(v6.size() + v4.size());
  if (preferred == Preferred::V4) {
    out.insert(out.end(), v4.begin(), v4.end());
    out.insert(out.end(), v6.begin(), v6.end());
    return out;
  }
  for (std::size_t i = 0; i < std::max(v6.size(), v4.size()); ++i) {
    if (i < v6.size()) out.push_back(v6[i]);
    if (i < v4.size()) out.push_back(v4[i]);
  }
  return out;
}

Preferred preferred_family(const IpAddress& v6) {
  const UniqueFd probe(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_storage storage;
  socklen_t length = SocketAddress{v6, 53}.to_sockaddr(storage);
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (!probe || ::connect(probe.get(), address, length) != 0) return Preferred::V4;
  length = sizeof storage;
  if (::getsockname(probe.get(), address, &length) != 0) return Preferred::V4;
  // A site's own addresses (fc00::/7) do not reach the world (RFC 6724, rules 2 and 5).
  const IpAddress source = SocketAddress::from_sockaddr(address).ip;
  return source.is_public() || !v6.is_public() ? Preferred::V6 : Preferred::V4;
}

}  // namespace citygate::proxy
