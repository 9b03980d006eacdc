#include "proxy/capture/chosen_address.h"

#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

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
  if (const auto local = route_is_local(address)) return *local;
  return is_own_source(address);
}

std::optional<bool> ChosenAddresses::route_is_local(const IpAddress& address) {
  if (!routes_) routes_ = UniqueFd(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!routes_) return std::nullopt;
  struct {
    nlmsghdr head;
    rtmsg route;
    rtattr attribute;
    std::uint8_t address[16];
  } request{};
  const std::size_t length = address.is_v4() ? 4 : 16;  // at the end of its bytes
  std::memcpy(request.address, address.bytes().data() + 16 - length, length);
  request.attribute.rta_type = RTA_DST;
  request.attribute.rta_len = static_cast<unsigned short>(RTA_LENGTH(length));
  request.route.rtm_family = address.is_v4() ? AF_INET : AF_INET6;
  request.route.rtm_dst_len = static_cast<unsigned char>(8 * length);
  request.head.nlmsg_type = RTM_GETROUTE;
  request.head.nlmsg_flags = NLM_F_REQUEST;
  request.head.nlmsg_seq = ++asked_;
  request.head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(sizeof(rtmsg)) + RTA_LENGTH(length));
  if (::send(routes_.get(), &request, request.head.nlmsg_len, MSG_DONTWAIT) < 0) return std::nullopt;
  // The kernel has answered before send() returns.
  alignas(nlmsghdr) char answer[2048];
  for (;;) {
    const ssize_t got = ::recv(routes_.get(), answer, sizeof answer, MSG_DONTWAIT);
    if (got < static_cast<ssize_t>(sizeof(nlmsghdr))) return std::nullopt;
    nlmsghdr head;
    std::memcpy(&head, answer, sizeof head);
    if (head.nlmsg_seq != asked_) continue;
    // An error is "no route": there is nothing to loop, and the dialer will say that it leads nowhere. Any other answer
    // that is no route leaves it to the second way.
    if (head.nlmsg_type == NLMSG_ERROR && got >= static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr)))) {
      nlmsgerr error;
      std::memcpy(&error, answer + NLMSG_HDRLEN, sizeof error);
      if (error.error == -ENETUNREACH || error.error == -EHOSTUNREACH) return false;
      return std::nullopt;
    }
    if (head.nlmsg_type != RTM_NEWROUTE || got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(rtmsg)))) return std::nullopt;
    rtmsg route;
    std::memcpy(&route, answer + NLMSG_HDRLEN, sizeof route);
    return route.rtm_type == RTN_LOCAL || route.rtm_type == RTN_ANYCAST;
  }
}

bool ChosenAddresses::is_own_source(const IpAddress& address) {
  // A machine reaches its own address from that address; a connected datagram socket tells without sending anything.
  // (Not so a further IPv4 address of a network, which is reached from the first: hence the question to the routes.)
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
