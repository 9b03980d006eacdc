// dialer.h - opens a TCP connection to the first address that answers.
//
// Addresses are tried in order, the next one when the one before failed or has been silent for `attempt_delay`
// (RFC 8305 section 5 in its plain form); the first connection wins, the others are closed.
// Owner     Worker. Thread: its loop. The callback comes once and later; dropping the ticket cancels.
// Errors    Refused (all refused; retryable), Timeout (none before `deadline`); side Origin.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "proxy/net/resolver.h"
#include "proxy/net/transport.h"

namespace citygate::proxy {

class Dialer {
 public:
  using OnConnected = std::move_only_function<void(Result<std::unique_ptr<Transport>>)>;
  [[nodiscard]] static std::unique_ptr<Dialer> create(EventLoop& loop);
  virtual ~Dialer() = default;
  [[nodiscard]] virtual Ticket dial(std::span<const IpAddress> addresses, std::uint16_t port,
                                    std::chrono::milliseconds deadline, OnConnected on_connected) = 0;
  std::chrono::milliseconds attempt_delay{250};
};

}  // namespace citygate::proxy
