// client_connection.h - one client's HTTP/1 connection: transport, codec, and one exchange after another.
//
//   (captured: Opening ─▶) Idle ─first byte─▶ Head ─complete─▶ Exchange ─finished─▶ Idle ... ─▶ Closing (our side
//   finished; read to the end) ─▶ gone
//                                          └─ CONNECT ─▶ Tunnel ─────────▶ Closing
//
// Owner     Worker, which frees it at the end of the turn in which it asks to go. Thread: the worker's loop.
// Idle      holds no buffer; a joined tunnel holds nothing of HTTP.
#pragma once

#include <memory>

#include "proxy/capture/chosen_address.h"
#include "proxy/capture/first_bytes.h"
#include "proxy/http/exchange.h"
#include "proxy/http/message_io.h"
#include "proxy/http/streams.h"
#include "proxy/listen_spec.h"
#include "proxy/tunnel.h"
#include "proxy/worker_context.h"

namespace citygate::proxy {

class ClientConnection final : public ClientStream, public Transport::Handler, public Deferred, public Tunnel::Owner {
 public:
  ClientConnection(WorkerContext& context, ConnectionId id, std::unique_ptr<Transport> transport,
                   const ListenSpec& spec, SocketAddress client, ClientClaim claim, const ParserLimits& limits);
  ~ClientConnection() override;

  // Of a listener that captures; before start().
  void captured(const Chosen& chosen);
  void start();
  [[nodiscard]] Exchange& exchange() { return exchange_; }
  [[nodiscard]] ConnectionId id() const { return id_; }
  void retire();     // the next answer, or the running one, is the last; idle ones are not closed under a request
  void drain();      // close when idle; after the running exchange otherwise
  void close_now();  // the drain's deadline has passed: records what runs as it stands

  // ClientStream
  const MessageHead& request() const override { return codec_->reader.head(); }
  void release_head() override { codec_->reader.release_head(); }
  [[nodiscard]] const IpAddress& client() const { return peer_.ip; }  // behind a balancer, whom it named
  SocketAddress local() const override { return transport_->local(); }
  bool gone() override { return !codec_->reader.read_ahead(); }
  void queue_interim(const MessageHead& response) override;
  void queue_head(const MessageHead& response, End end) override;
  bool take_back_head() override { return codec_->writer.take_back_head(); }
  void queue_answer(const LocalAnswer& answer, End end) override;
  void queue_bytes(std::string_view bytes) override;
  Result<Batch> peek() override { return codec_->reader.peek(); }
  void take(std::uint64_t payload_bytes) override { codec_->reader.take(payload_bytes); }
  void announce_again() override { transport_->want_read_again(); }
  Sent send(const Batch& batch, std::uint64_t limit) override { return codec_->writer.send(batch, limit); }
  std::uint64_t unread() const override { return codec_->reader.unread(); }
  Result<std::uint64_t> splice_to(Pipe& pipe, std::uint64_t most) override {
    return codec_->reader.splice_to(pipe, most);
  }
  bool takes_splices() const override { return codec_->writer.takes_splices(); }
  Sent splice_from(Pipe& pipe, std::uint64_t limit, bool more) override {
    return codec_->writer.splice_from(pipe, limit, more);
  }
  void say_last(std::string_view bytes) override {
    if (tunnel_) tunnel_->say_last(bytes);
  }
  void finished(End end) override;
  void become_tunnel(std::unique_ptr<Transport> origin, std::uint16_t status, std::string_view greeting,
                     std::string_view early) override;
  void stop_tunnel() override;
  void enter(Phase phase) override;

 private:
  enum class State : std::uint8_t {
    Opening,   // of a captured connection: what it speaks is not known yet
    Idle,      // between requests
    Head,      // a head has begun
    Exchange,  // the exchange has the word
    Tunnel,    // the tunnel has the word
    Closing,   // our side is finished; what the client still sends is read and thrown away
    Gone,      // handed back to the worker
  };

  struct Codec {
    MessageReader reader;
    MessageWriter writer;
  };

  // Transport::Handler
  void on_readable() override;
  void on_writable() override;

  // Tunnel::Owner
  void on_tunnel_joined() override { codec_.reset(); }

  void look_at_first_bytes();
  void begin_captured(const ClientHello* hello);
  void begin_captured_broken(Reason reason, Outcome outcome);
  void run();  // reads heads and begins exchanges until something has to be waited for
  void on_timer();
  void start_closing();
  void discard_input();
  [[nodiscard]] bool serve_locally();
  void go_quietly();
  void go();

  WorkerContext& context_;
  ConnectionId id_;
  std::unique_ptr<Transport> transport_;
  ListenSpec spec_;  // of the listener that took it
  SocketAddress peer_;
  ClientClaim claim_;
  std::unique_ptr<Codec> codec_;  // null once a tunnel is joined
  Exchange exchange_;
  std::unique_ptr<FirstBytes> first_bytes_;  // while Opening
  std::unique_ptr<Tunnel> tunnel_;
  Timer timer_;

  State state_ = State::Idle;
  bool running_ = false;      // inside run(): finished() must not start it again
  bool last_answer_ = false;  // no further request is waited for once one has been answered
  bool draining_ = false;     // nor a first one
  // Of the exchange's request and answer
  bool client_keeps_alive_ = true;
  bool until_close_ = false;  // the answer's body ends with the connection
  int client_minor_ = 1;
  Method method_ = Method::Other;
  std::size_t discarded_ = 0;
};

}  // namespace citygate::proxy
