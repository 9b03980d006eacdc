// streams.h - bodies and heads between an exchange and whatever carries them. HTTP/1 over TCP is one carrier.
//
//   client ──Source──▶ Exchange ──Sink──▶ origin          a batch is peeked, sent as far as the other side takes it,
//   client ◀──Sink─── Exchange ◀──Source── origin          and taken; nothing is copied between
//
// Back-pressure: a Sink that is full takes less; the Source then keeps its bytes and, its buffer being full, stops
// reading. Thread    the worker's loop.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "proxy/http/forward_head.h"
#include "proxy/http/message.h"
#include "proxy/net/pipe_pool.h"
#include "proxy/net/transport.h"

namespace citygate::proxy {

// Payload at hand. The pieces stay valid until the next call to their Source.
struct Batch {
  std::span<const std::string_view> pieces;
  bool last = false;  // the body ends with these pieces
  bool full = false;  // no more of it comes to hand before some of these are taken
  const std::vector<Field>* trailers = nullptr;

  [[nodiscard]] std::uint64_t bytes() const {
    std::uint64_t total = 0;
    for (auto piece : pieces) total += piece.size();
    return total;
  }
};

class Source {
 public:
  virtual ~Source() = default;
  // What is at hand; nothing and not last: more will be announced. An Error ends the message.
  [[nodiscard]] virtual Result<Batch> peek() = 0;
  virtual void take(std::uint64_t payload_bytes) = 0;
  // Announces what is at hand once more in the loop's next turn: for who stops early so that others get theirs.
  virtual void announce_again() = 0;

  // Content that follows on the wire as it is, not a byte of it read yet; 0 where there is none or it cannot be
  // spliced.
  [[nodiscard]] virtual std::uint64_t unread() const { return 0; }
  // Moves some of that, less than unread(), into the empty pipe. 0: nothing now, more will be announced.
  [[nodiscard]] virtual Result<std::uint64_t> splice_to(Pipe& pipe, std::uint64_t most) = 0;
};

struct Sent {
  std::uint64_t payload = 0;  // bytes of the batch that the kernel took
  bool done = false;          // everything queued and the whole batch, its end included, is in the kernel
  bool blocked = false;       // the socket is full; on_*_writable will come
  bool failed = false;
};

class Sink {
 public:
  virtual ~Sink() = default;
  // Writes what is queued, then up to `limit` payload bytes of the batch; the end only after its last byte.
  [[nodiscard]] virtual Sent send(const Batch& batch, std::uint64_t limit) = 0;

  // The body's bytes go out as they are, and nothing is queued before them.
  [[nodiscard]] virtual bool takes_splices() const { return false; }
  // Payload out of the pipe; never the message's last. `more`: the rest is at hand.
  [[nodiscard]] virtual Sent splice_from(Pipe& pipe, std::uint64_t limit, bool more) = 0;
};

// What a message to a client is, when it is ours and not an origin's.
struct LocalAnswer {
  std::uint16_t status = 500;
  std::string_view content_type = "text/html; charset=utf-8";
  std::string extra_fields;  // whole lines, each with its CRLF
  std::string body;
};

// The client's side of one exchange.
class ClientStream : public Source, public Sink {
 public:
  [[nodiscard]] virtual const MessageHead& request() const = 0;  // until release_head()
  virtual void release_head() = 0;
  // Asked when something has come while the exchange waits for others: whether the client has reset the connection.
  [[nodiscard]] virtual bool gone() = 0;
  [[nodiscard]] virtual SocketAddress local() const = 0;  // what the client connected to
  enum class End : std::uint8_t {
    KeepAlive,  // ready for the next request, if the head that was sent said so
    Close,      // finish our side, let the client read to the end
    Short,      // the same, but the body lacks its rest, and the client must be able to tell
  };

  virtual void queue_interim(const MessageHead& response) = 0;  // 1xx; nothing for HTTP/1.0
  // Queues the head; it leaves with the first send(). `end` as far as it is known: Close is said in the head.
  virtual void queue_head(const MessageHead& response, End end) = 0;
  // Forgets the head that was queued last, if not a byte of it has left. False: it is too late for another answer.
  [[nodiscard]] virtual bool take_back_head() = 0;
  // Head and body; then send() an empty last batch.
  virtual void queue_answer(const LocalAnswer& answer, End end) = 0;
  // The same for who does not speak HTTP: these bytes and nothing else.
  virtual void queue_bytes(std::string_view bytes) = 0;

  // In a tunnel that has been stopped, before its end: bytes that are lost where the socket does not take them at once.
  virtual void say_last(std::string_view bytes) = 0;

  // The exchange is over; the stream may start the next one or close. The last call of an exchange.
  virtual void finished(End end) = 0;
  // The stream carries bytes from now on. `greeting` is the head of the answer, `early` what the origin has sent behind
  // its own.
  virtual void become_tunnel(std::unique_ptr<Transport> origin, std::uint16_t status, std::string_view greeting,
                             std::string_view early) = 0;
  virtual void stop_tunnel() = 0;  // not a byte more, in either direction; nothing if there is no tunnel

  // The phase that the exchange is in, for the stream's timer; each call starts the phase anew.
  enum class Phase : std::uint8_t { Deciding, Queueing, Connecting, AwaitingResponse, Body, Writing };
  virtual void enter(Phase phase) = 0;
};

// The origin's side of one exchange: a slot on a connection, not a socket. The pool takes it back, to keep or to close.
class OriginStream : public Source, public Sink {
 public:
  // peek() that reads on until so many bytes are at hand, if they come; before the first take().
  [[nodiscard]] virtual Result<Batch> peek_ahead(std::size_t bytes) = 0;
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_origin_readable() = 0;
    virtual void on_origin_writable() = 0;
  };
  virtual void set_listener(Listener* listener) = 0;

  virtual void queue_request(std::string_view head, Framing body_framing, Method method) = 0;
  // True: response() is there. False: not yet. An Error that is retryable: the connection died before any answer.
  [[nodiscard]] virtual Result<bool> read_head() = 0;
  [[nodiscard]] virtual const MessageHead& response() const = 0;
  virtual void next_head() = 0;     // after a 1xx: read the next one
  virtual void release_head() = 0;  // the head's views are no longer needed, and the body needs their room

  // The connection is HTTP's no longer. `early`: what came behind the last head, valid as long as this stream, which is
  // good for nothing else from now on.
  [[nodiscard]] virtual std::unique_ptr<Transport> release_transport(std::string_view& early) = 0;

  [[nodiscard]] virtual bool reused() const = 0;
  [[nodiscard]] virtual IpAddress peer() const = 0;
};

}  // namespace citygate::proxy
