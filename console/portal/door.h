// door.h - accepts the portal's connections, and knows whose each is.
//
//   clients ──▶ listeners ─────────────────────────────▶ Take(socket, peer)
//   workers ──▶ inner listener ─▶ PROXY v2 + secret ───▶ Take(socket, the client that the worker speaks for)
//
// On the inner address nobody is heard without the header that only this process's workers can write; what does not
// come whole within kHeaderPatience is closed, and so is the oldest when more than kWaiting wait.
// Owner     Portal. Thread: one of its own, on which `take` and `every_second` are called.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/file.h"
#include "base/result.h"
#include "proxy/portal_place.h"

namespace citygate::console {

class Door {
 public:
  static constexpr std::chrono::seconds kHeaderPatience{5};
  static constexpr std::size_t kWaiting = 256;
  struct Calls {
    std::function<void(UniqueFd socket, const SocketAddress& client)> take;
    std::function<void()> every_second;
  };

  // Sockets and place are borrowed.
  [[nodiscard]] static Result<std::unique_ptr<Door>> open(const std::vector<UniqueFd>& listeners, const UniqueFd& inner,
                                                          const proxy::PortalPlace& place, Calls calls);
  virtual ~Door() = default;                                  // closes; connections wait in the sockets' queues
  [[nodiscard]] virtual std::uint64_t strangers() const = 0;  // on the inner address, without the secret
};

}  // namespace citygate::console
