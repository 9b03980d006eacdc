// transport.h - a byte stream to one peer. TCP now; TLS will be another implementation.
//
//   handler ◀── on_readable() / on_writable() ── Transport ── read() / write() ──▶ kernel
//
// Edge-triggered: on_readable() comes once when bytes, an end or an error arrive; then read() until would_block(), or
// stop early and call want_read_again() for another on_readable() in the next turn. The same for on_writable(), which
// comes only after a write that could not take everything. The descriptor is registered once, for both directions, for
// its life. A short read empties the socket: read() then answers without a system call until the next edge. Owner     a
// connection. Thread: its loop. The handler may drop the transport from within a callback only by
//           EventLoop::defer_delete of what owns it.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"
#include "base/file.h"
#include "base/result.h"
#include "proxy/net/event_loop.h"

namespace citygate::proxy {

struct IoResult {
  enum class Kind : std::uint8_t {
    Ok,          // `bytes` moved, > 0
    WouldBlock,  // nothing now; a callback will come
    End,         // reading: the peer finished its side
    Failed,      // reset or worse; the transport is dead
  };
  Kind kind = Kind::WouldBlock;
  std::size_t bytes = 0;
};

class Transport {
 public:
  class Handler {
   public:
    virtual ~Handler() = default;
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;
  };

  virtual ~Transport() = default;
  virtual void set_handler(Handler* handler) = 0;  // null: idle, edges are remembered for the next handler

  [[nodiscard]] virtual IoResult read(std::span<char> into) = 0;
  [[nodiscard]] virtual IoResult write(std::span<const iovec> from) = 0;  // at most 64 pieces
  virtual void want_read_again() = 0;
  [[nodiscard]] virtual bool may_be_readable() const = 0;  // an edge came and no read has emptied the socket since

  virtual void shutdown_write() = 0;  // half-close: our side is finished
  // Closing with this set sends RST: for tunnels and bodies that are cut.
  virtual void reset_on_close() = 0;
  // The descriptor, for splice(); -1 where bytes are transformed on the way.
  [[nodiscard]] virtual int splice_fd() const = 0;
  // Who moves bytes by splice_fd() says here what read() and write() would have learnt: EAGAIN from this socket, or
  // EAGAIN into it. Without write_blocked() no on_writable() comes. Call splice() only while may_be_readable().
  virtual void read_emptied() {}
  virtual void write_blocked() {}

  [[nodiscard]] virtual SocketAddress peer() const = 0;
  [[nodiscard]] virtual SocketAddress local() const = 0;
};

// Takes a connected, non-blocking TCP socket (TCP_NODELAY is set here).
[[nodiscard]] Result<std::unique_ptr<Transport>> make_tcp_transport(EventLoop& loop, UniqueFd socket);

}  // namespace citygate::proxy
