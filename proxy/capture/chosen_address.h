// chosen_address.h - where a captured connection was meant to go.
//
//   redirect   the kernel rewrote the destination and remembers it with the connection (SO_ORIGINAL_DST)
//   tproxy     the destination was left as it is: it is the socket's own local address
//
// What leads to the gateway itself (a listener reached directly, or one of the machine's own addresses) must never be
// connected to: that connection would be captured, or taken for the gateway's own, again and again.
// Owner     Worker. Thread: its loop. Cost: four or five system calls per captured connection, none of which waits.
#pragma once

#include <cstdint>
#include <optional>

#include "base/address.h"
#include "base/file.h"
#include "proxy/listen_spec.h"

namespace citygate::proxy {

struct Chosen {
  SocketAddress address;
  bool own = false;  // the gateway's, or not to be found out, which must be taken for the same
};

class ChosenAddresses {
 public:
  // Of an accepted socket of a listener that captures.
  [[nodiscard]] Chosen of(const UniqueFd& socket, ListenSpec::Capture capture);

 private:
  // Asked of the routes at each call: addresses come and go while the gateway runs.
  [[nodiscard]] bool leads_here(const IpAddress& address);
  // Nothing: the kernel does not say (AF_NETLINK is forbidden to the process, say).
  [[nodiscard]] std::optional<bool> route_is_local(const IpAddress& address);
  [[nodiscard]] bool is_own_source(const IpAddress& address);

  UniqueFd routes_;  // asks the kernel for a route
  std::uint32_t asked_ = 0;
  UniqueFd four_, six_;  // datagram sockets that are connected and never send
};

}  // namespace citygate::proxy
