#include "proxy/capture/chosen_address.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>

#include "proxy/net/listener.h"

namespace citygate::proxy {
namespace {

// SO_ORIGINAL_DST and IP6T_SO_ORIGINAL_DST: the kernel's headers that name them contradict <netinet/in.h>.
constexpr int kOriginalDestination = 80;

std::optional<SocketAddress> before_redirect(int socket, bool v4) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  const int code = v4 ? ::getsockopt(socket, SOL_IP, kOriginalDestination, &storage, &length)
                      : ::getsockopt(socket, SOL_IPV6, kOriginalDestination, &storage, &length);
  if (code != 0) return std::nullopt;  // no entry: nobody redirected this connection
  return SocketAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&storage));
}

}  // namespace

Chosen ChosenAddresses::of(const UniqueFd& socket, ListenSpec::Capture capture) {
  const SocketAddress local = local_address(socket);
  if (local.port == 0) return {local, true};
  if (capture == ListenSpec::Capture::Tproxy) return {local, leads_here(local.ip)};
  const auto before = before_redirect(socket.get(), local.ip.is_v4());
  if (!before) return {local, true};
  return {*before, *before == local || leads_here(before->ip)};
}

bool ChosenAddresses::leads_here(const IpAddress& address) {
  if (address.is_v4() ? address.v4_host_order() >> 24 == 127 : address == *IpAddress::parse("::1")) return true;
  // A machine reaches its own address from that address; a connected datagram socket tells without sending anything.
  sockaddr_storage storage;
  const socklen_t length = SocketAddress{address, 9}.to_sockaddr(storage);
  UniqueFd& probe = storage.ss_family == AF_INET ? four_ : six_;
  if (!probe) probe = UniqueFd(::socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!probe) return true;
  // Else it would go on speaking from where it was connected before.
  const sockaddr nobody{.sa_family = AF_UNSPEC, .sa_data = {}};
  if (::connect(probe.get(), &nobody, sizeof nobody) != 0) return true;
  // Without a route there is nothing to loop: the dialer will say that it leads nowhere.
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0) return false;
  return local_address(probe).ip == address;
}

}  // namespace citygate::proxy
