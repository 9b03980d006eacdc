// tunnel.h - bytes both ways between a client and an origin after CONNECT or an Upgrade, with half-close.
//
//   client ─▶ up ─▶ origin        an end of one side becomes a half-close of the other, the rest still flows
//   client ◀─ down ◀─ origin      bytes down are charged as the client's socket takes them
//
// A side that takes no more bytes may have sent some before it went: they are carried to their end before the tunnel
// is over (RFC 9110 section 9.3.6); what was on its way to it is dropped.
// What a CONNECT was for is told by what its client says first: until that has been decided about nothing passes, in
// neither direction. It is read into the block that it leaves by, so looking at it costs no call and no copy.
// Little by read and write through a pooled block, much by splice through a pooled pipe: a direction changes over when
// its source keeps a whole block full, and back when a wake-up brings little. Where a side cannot splice (TLS), or all
// pipes are lent, much goes through a large block.
// Owner     ClientConnection, from CONNECT until finished(). Thread: the worker's loop.
// Buffers   a block or a pipe per direction while bytes wait in it, none when idle; a full one stops reading
//           (back-pressure).
// Record    made by the exchange's account, to the byte that the kernel took; slices come from the exchange's tick.
#pragma once

#include <memory>
#include <string_view>

#include "proxy/capture/first_bytes.h"
#include "proxy/http/exchange.h"
#include "proxy/net/buffer.h"
#include "proxy/net/transport.h"
#include "proxy/worker_context.h"

namespace citygate::proxy {

class Tunnel final : public Transport::Handler, public Deferred {
 public:
  class Owner {
   public:
    virtual void on_tunnel_joined() = 0;  // nothing of HTTP is left on this connection
   protected:
    ~Owner() = default;
  };
  // All borrowed but `up`, which holds what the client sent behind its request. `idle_timer` calls on_idle().
  Tunnel(WorkerContext& context, Owner& owner, Transport& client, Buffer up, Exchange& exchange, Timer& idle_timer);
  ~Tunnel() override;

  // Relays to and from this origin. `greeting` goes to the client before anything is counted; `early` is what the
  // origin has sent so far.
  void join(std::unique_ptr<Transport> origin, std::uint16_t status, std::string_view greeting, std::string_view early);
  void stop();  // relays nothing more; the owner is about to end the exchange
  // After stop(): lost where the socket does not take it at once, or the greeting has not left whole.
  void say_last(std::string_view bytes);

  void on_client_readable();
  void on_client_writable();
  void on_idle();

 private:
  struct Flow {
    explicit Flow(Buffer its) : buffer(std::move(its)) {}
    [[nodiscard]] std::size_t held() const { return pipe ? pipe->held : buffer.size(); }

    Buffer buffer;
    std::unique_ptr<Pipe> pipe;  // in use instead of the buffer
    std::uint32_t wake_up = 0;   // bytes read since the source was last found empty
    bool bulk = false;           // the source brings much at a time
    bool ended = false;          // the reading side has come to its end
    bool closed = false;         // and the writing side has been told
  };
  enum class Opening : std::uint8_t {
    Silent,  // the client has said nothing yet
    Begun,   // what it has said may become a hello
    Over,    // decided, or there is nothing to be decided: bytes pass
  };
  enum class Step : std::uint8_t { Moved, Wait, Over };

  // Of the origin's transport
  void on_readable() override { pump_down(); }
  void on_writable() override { pump_up(); }

  [[nodiscard]] bool greet(std::string_view greeting);
  [[nodiscard]] IoResult send_greeting();
  // Each true: bytes may pass. Else more has to come, or the exchange is over.
  [[nodiscard]] bool open();
  [[nodiscard]] bool opened(FirstBytes::Kind kind, const ClientHello& hello);
  bool broken_off(Outcome outcome);  // false: the exchange is over
  void pump_up();
  void pump_down();
  // Fills the flow, which is empty but for a hello's beginning, from its source. Moved also at an end.
  [[nodiscard]] Step fill(Flow& flow, Transport& from, const Transport& to, Outcome broken);
  [[nodiscard]] IoResult drain(Flow& flow, Transport& to, std::size_t most);
  void rest(Flow& flow);  // the source is empty: nothing is held while it is
  void give_pipe_back(Flow& flow);
  void closed(Flow& flow);  // nothing more of it goes anywhere
  void writing_failed(Flow& flow, Outcome outcome);
  void moved();
  void end(Outcome outcome);

  WorkerContext& context_;
  Owner& owner_;
  Transport& client_;
  Exchange& exchange_;
  Timer& idle_timer_;
  Flow up_, down_;
  std::unique_ptr<Transport> origin_;
  std::uint32_t greeting_left_ = 0;          // bytes at the front of down_ that are no payload: the answer's head
  Outcome outcome_ = Outcome::Completed;     // once both flows are closed
  std::unique_ptr<FirstBytes> first_bytes_;  // while a hello comes in pieces
  Opening opening_ = Opening::Over;
  bool begun_ = false;  // the client has sent something
  bool over_ = false;
};

}  // namespace citygate::proxy
