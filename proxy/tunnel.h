// tunnel.h - bytes both ways between a client and an origin after CONNECT, with half-close.
//
//   client ─▶ up_ buffer ─▶ origin        an end of one side becomes a half-close of the other, the rest still flows
//   client ◀─ down_ buffer ◀─ origin      bytes down are charged as the client's socket takes them
//
// Owner     ClientConnection, from CONNECT until finished(). Thread: the worker's loop.
// Buffers   one pooled block per direction while bytes wait in it, none when idle; a full one stops reading
// (back-pressure). Record    made by the exchange's account; slices come from the exchange's tick.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "proxy/http/exchange.h"
#include "proxy/net/buffer.h"
#include "proxy/net/transport.h"
#include "proxy/worker_context.h"

namespace citygate::proxy {

class Tunnel final : public Transport::Handler, public Deferred {
 public:
  // Borrowed; `up` holds what the client sent behind its CONNECT. `idle_timer` calls on_idle().
  Tunnel(WorkerContext& context, Transport& client, Buffer& up, Exchange& exchange, Timer& idle_timer);
  ~Tunnel() override;

  // Dials, answers 200, and relays. When nothing answers, calls `not_reached`, and the exchange answers 502 or 504.
  void start(std::vector<IpAddress> addresses, std::function<void()> not_reached);
  void stop();  // relays nothing more; the owner is about to end the exchange

  void on_client_readable();
  void on_client_writable();
  void on_idle();

 private:
  // Of the origin's transport
  void on_readable() override { pump_down(); }
  void on_writable() override { pump_up(); }

  void connected(std::unique_ptr<Transport> origin);
  void pump_up();
  void pump_down();
  void moved();
  void half_closed();
  void end(Outcome outcome);

  // Bytes moved in one turn before others get theirs.
  static constexpr std::size_t kTurnBytes = 512 * 1024;
  // Large blocks lent at a time per worker; further tunnels make do with the usual ones.
  static constexpr std::size_t kBulkBlocks = 64;

  WorkerContext& context_;
  Transport& client_;
  Buffer& up_;
  Buffer down_;
  Exchange& exchange_;
  Timer& idle_timer_;
  std::unique_ptr<Transport> origin_;
  Ticket dialing_;
  bool up_ended_ = false, down_ended_ = false;    // the reading side has come to its end
  bool up_closed_ = false, down_closed_ = false;  // and the writing side has been told
  bool over_ = false;
};

}  // namespace citygate::proxy
