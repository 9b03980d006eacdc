// dialer.h - opens a TCP connection to the first address that answers (RFC 8305).
//
// Addresses are tried in order, the next one when the one before failed or has been silent for `attempt_delay`; the
// first connection wins, the others are closed. Addresses may join while a dial is running: those of the second family.
// Bounds    eight attempts of a dial at a time: a further one takes the place of the longest silent, so that a name
//           with a hundred dead addresses does not cost a hundred descriptors.
// Owner     Worker. Thread: its loop. The callback comes once and later; dropping the ticket or the dial cancels.
// Errors    Refused (all refused; retryable), Timeout (none before `deadline`); side Origin, or Local when it is we who
//           lack descriptors or ports.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "proxy/net/resolver.h"
#include "proxy/net/transport.h"

namespace citygate::proxy {

// Whether further addresses may come.
enum class More : std::uint8_t { No, Maybe };

// A dial on its way; dropping it cancels. May outlive the dialer.
class Dial {
 public:
  virtual ~Dial() = default;
  // All addresses known so far, in the order to try; those that were tried already are passed over. Without any, a dial
  // waits for them while there may be more, and has failed otherwise.
  virtual void join(std::span<const IpAddress> addresses, More more) = 0;
};

class Dialer {
 public:
  using OnConnected = std::move_only_function<void(Result<std::unique_ptr<Transport>>)>;
  [[nodiscard]] static std::unique_ptr<Dialer> create(EventLoop& loop);
  virtual ~Dialer() = default;
  // Nothing is tried before the first join().
  [[nodiscard]] virtual std::unique_ptr<Dial> begin(std::uint16_t port, std::chrono::milliseconds deadline,
                                                    OnConnected on_connected) = 0;
  [[nodiscard]] Ticket dial(std::span<const IpAddress> addresses, std::uint16_t port,
                            std::chrono::milliseconds deadline, OnConnected on_connected);
  // Between the beginning of one attempt and that of the next; RFC 8305 section 5 wants 100 ms to 2 s of it.
  std::chrono::milliseconds attempt_delay{250};
};

}  // namespace citygate::proxy
