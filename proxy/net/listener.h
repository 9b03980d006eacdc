// listener.h - accepts connections for one worker.
//
// Several workers listen on the same address by SO_REUSEPORT; the kernel spreads connections.
// Out of descriptors, or of places in epoll: accepting pauses for 100 ms at a time, is counted, and nothing spins.
// What is accepted has TCP_NODELAY.
// Owner     Worker. Thread: its loop.
// Errors    listen_sockets: Refused with the address and what to do ("127.0.0.1:3128 is in use by another process;
// ...").
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/address.h"
#include "base/file.h"
#include "base/result.h"
#include "proxy/net/event_loop.h"

namespace citygate::proxy {

// Whose connections a socket takes: those to its own address, or, by IP_TRANSPARENT, whatever the kernel hands it
// (tproxy).
enum class Destinations : std::uint8_t { Own, Any };

// Binds and listens. Port 0 takes a free one; bind all workers' sockets from one call so that they share it.
[[nodiscard]] Result<std::vector<UniqueFd>> listen_sockets(const SocketAddress& address, unsigned count, int backlog,
                                                           Destinations destinations = Destinations::Own);
// Further sockets beside those that listen on `address` already.
[[nodiscard]] Result<std::vector<UniqueFd>> join_sockets(const SocketAddress& address, unsigned count, int backlog,
                                                         Destinations destinations = Destinations::Own);
[[nodiscard]] SocketAddress local_address(const UniqueFd& socket);

class Listener {
 public:
  using OnAccept = std::move_only_function<void(UniqueFd socket, SocketAddress peer)>;
  [[nodiscard]] static Result<std::unique_ptr<Listener>> create(EventLoop& loop, UniqueFd socket, OnAccept on_accept);
  virtual ~Listener() = default;
  virtual void pause() = 0;  // by back-pressure; connections wait in the kernel's queue
  virtual void resume() = 0;
  [[nodiscard]] virtual std::uint64_t pauses_for_descriptors() const = 0;
  // Called at each of these pauses: who can give up descriptors does.
  virtual void on_starved(std::move_only_function<void()> call) = 0;
};

}  // namespace citygate::proxy
