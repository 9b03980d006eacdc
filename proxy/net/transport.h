// transport.h - a byte stream to one peer: TCP, or TLS over it (tls_transport.h).
//
//   handler ◀── on_readable() / on_writable() ── Transport ── read() / write() ──▶ kernel
//
// Edge-triggered: on_readable() comes once when bytes, an end or an error arrive; then read() until would_block(), or
// stop early and call want_read_again() for another on_readable() in the next turn. The same for on_writable(), which
// comes only after a write that could not take everything. The descriptor is registered once, for both directions, for
// its life. A short read empties the socket: read() then answers without a system call until the next edge.
//
// Owner     a connection. Thread: its loop. The handler may drop the transport from within a callback only by
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
#include "proxy/net/pipe_pool.h"

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
  // Bytes that pass unseen, from socket to pipe and from pipe to socket by splice(2). False where they are transformed
  // on the way (TLS); then the two below must not be called.
  [[nodiscard]] virtual bool can_splice() const { return false; }
  // As read(), into an empty pipe, at most `most` bytes. A short move says nothing about the socket: go on to
  // WouldBlock.
  [[nodiscard]] virtual IoResult splice_to(Pipe& pipe, std::size_t most);
  // As write(), of what the pipe holds, at most `most` bytes. `More`: more follows at once, so a last short packet may
  // wait for it.
  enum class Follows : std::uint8_t { Nothing, More };
  [[nodiscard]] virtual IoResult splice_from(Pipe& pipe, std::size_t most, Follows follows);

  [[nodiscard]] virtual SocketAddress peer() const = 0;
  [[nodiscard]] virtual SocketAddress local() const = 0;
};

// Takes a connected, non-blocking TCP socket and who is at its other end, which accept(2) or connect(2) has told:
// asking again costs a system call, and after a reset the kernel no longer knows. TCP_NODELAY is its maker's to set;
// what a listener accepts has it from the listener.
[[nodiscard]] Result<std::unique_ptr<Transport>> make_tcp_transport(EventLoop& loop, UniqueFd socket,
                                                                    const SocketAddress& peer,
                                                                    Activity activity = Activity::Origin);

// Is told how a connection attempt ended: 0, or what errno would be. Called once and later; it may drop the transport.
class OnConnect {
 public:
  virtual void on_connect(int code) = 0;

 protected:
  ~OnConnect() = default;
};
// Begins to connect. The transport is that of the connection to come, registered with the loop once: until `told` is
// called it must not be used, only dropped, which cancels. Null: it could not even begin, and errno says why.
[[nodiscard]] std::unique_ptr<Transport> connect_tcp(EventLoop& loop, const SocketAddress& to, OnConnect& told);

// Closes a transport that may be in the middle of a callback: at the end of the turn.
void close_later(EventLoop& loop, std::unique_ptr<Transport> transport);

}  // namespace citygate::proxy
