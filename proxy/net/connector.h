// connector.h - a name and a port to a connected transport: look-up and dial in one (RFC 8305).
//
// Connecting begins with the family that answers first; the addresses of the other join the running dial.
// Owner     Worker. Thread: its loop. Dropping the ticket cancels.
// Safety    no address is tried before `approve` has seen it, whether it came from the cache, at once, or later.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "proxy/net/dialer.h"
#include "proxy/net/resolver.h"

namespace citygate::proxy {

class Connector {
 public:
  // Shown all addresses known so far. False: it has ended the matter, and nothing is called any more.
  using Approve = std::move_only_function<bool(const Addresses&)>;
  using OnConnected = Dialer::OnConnected;  // once; later, or at once when it is known that the name has no address

  // Both borrowed.
  Connector(Resolver& resolver, Dialer& dialer) : resolver_(resolver), dialer_(dialer) {}
  // `deadline` is the dial's; the look-up has its own.
  [[nodiscard]] Ticket connect(std::string_view host, std::uint16_t port, std::chrono::milliseconds deadline,
                               Approve approve, OnConnected on_connected);

 private:
  Resolver& resolver_;
  Dialer& dialer_;
};

}  // namespace citygate::proxy
