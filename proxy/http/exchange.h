// exchange.h - one request and its response. Knows no codec and no transport: heads, bodies and verdicts only.
//
//   begin() ─▶ Identifying ─▶ Queueing ─▶ Connecting ─▶ Forwarding ─▶ Over
//                  │ 407 400 403 ... ─▶ Answering ─────────────────────▶ Over
//                  └ CONNECT, allowed ─▶ a tunnel's (client.become_tunnel); so is Forwarding when the origin switches
//
// Owner     ClientConnection; used again for each of its requests. Thread: the worker's loop.
// Records   exactly one last record per exchange, whatever ends it; what is refused is recorded before its page is
//           written, what is carried is reserved before the last write and committed after it.
// Late      resolver, dialer: cancelled by their tickets. Authenticator: finds the exchange by ConnectionId and number.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "meter/attention.h"
#include "proxy/account.h"
#include "proxy/capture/chosen_address.h"
#include "proxy/capture/first_bytes.h"
#include "proxy/http/bound_origin.h"
#include "proxy/http/exchange_times.h"
#include "proxy/http/streams.h"
#include "proxy/http/upstream_pool.h"
#include "proxy/limits/pace.h"
#include "proxy/parents.h"
#include "proxy/tls/client_hello.h"
#include "proxy/worker_context.h"

namespace citygate::proxy {

inline constexpr std::string_view kTunnelEstablished = "HTTP/1.1 200 Connection established\r\n\r\n";

[[nodiscard]] std::string url_with_query(const Target& target);

class Exchange final : public OriginStream::Listener {
 public:
  // All borrowed; the stream owns the exchange.
  Exchange(WorkerContext& context, ClientStream& client, ConnectionId connection, ClientClaim& claim);
  ~Exchange() override;

  enum class State : std::uint8_t {
    Over,         // between requests
    Identifying,  // a password is being verified
    Queueing,     // as many connections to the origin as may be are in use
    Connecting,   // waiting for an origin: its addresses, then a connection
    Forwarding,   // request and response move, each on its own
    Answering,    // an answer of ours is being written; its record exists
    Tunnel,       // handed to become_tunnel(); account and case stay in use there
  };
  [[nodiscard]] State state() const { return state_; }

  // client.request() holds a new head.
  void begin(const SocketAddress& peer);
  // The head or its framing could not be read.
  void begin_broken(const SocketAddress& peer, const Error& error);
  // The head was a request for the gateway itself: it is answered, and leaves no record.
  void begin_local(const SocketAddress& peer, const LocalAnswer& page);
  // All exchanges of this connection were meant for `chosen`; to be called before the first one.
  void captured(const Chosen& chosen);
  // A captured connection that does not speak HTTP. Without a hello nobody knows what it speaks.
  void begin_captured(const SocketAddress& peer, const ClientHello* hello);
  // It ended, or fell silent, before that could be told; or it said a hello that nobody can read.
  void begin_captured_broken(const SocketAddress& peer, Reason reason, Outcome outcome);
  void on_password_answer(std::uint64_t number, Authenticator::Found found);

  void on_client_readable();  // more of the request body
  void on_client_writable();
  void on_client_gone(Outcome outcome);  // reset, closed early, or too slow; the stream is closing
  void on_timeout();
  void on_room();          // the spool has room again
  void decide_again();     // a window or quota may have ended, snapshots or the clock may have changed
  void forget_identity();  // the directory may have changed

  // For the tunnel, which goes on with them.
  [[nodiscard]] Case& about() { return case_; }
  [[nodiscard]] Account& account() { return account_; }
  [[nodiscard]] ExchangeTimes& times() { return times_; }
  [[nodiscard]] std::uint64_t number() const { return number_; }
  // Tunnels: what failed before a byte passed is answered like any request.
  void answer_error(std::uint16_t status, Reason reason, Outcome outcome);
  void answer_refusal();
  void tunnel_up(std::uint16_t status);
  // What the client asked this exchange for: a request, or nothing at all (its first bytes are its target's, not ours).
  enum class Asked : std::uint8_t { Http, Nothing };
  [[nodiscard]] Asked asked() const { return asked_; }
  void tunnel_over(Outcome outcome);
  // The spool is full: what is left to do goes on when it has room.
  void wait_for_room(std::move_only_function<void()> then);
  // So many further bytes of the client's are about to go on. False: more than it may send, and the exchange is over.
  [[nodiscard]] bool may_take(std::uint64_t bytes);
  // The quota let no more bytes through.
  void bytes_used_up();
  // Whether nothing may pass in the tunnel before its client has said what it is: passes_hello() is to be asked.
  [[nodiscard]] bool waits_for_hello() const {
    return asked_ == Asked::Http && method_ == Method::Connect && !to_portal_;
  }
  // Other: also when it said nothing, or the origin spoke first, which no TLS server does. `hello` is looked at for Tls
  // alone. False: the exchange is over.
  [[nodiscard]] bool passes_hello(FirstBytes::Kind kind, const ClientHello& hello);
  // It ended without a word. True: its origin may still say something, so passes_hello() is to be asked, for Other.
  [[nodiscard]] bool may_stay_silent() { return context_.desk.allows_other_protocols(case_, origin_address()); }
  // Its hello did not come to an end in time (TimedOut), or at all (ClientGone). Nobody knows what it wanted to say: the
  // exchange is over, and no attempt is held against the person.
  void hello_broken_off(Outcome outcome);
  // Of what the client sends first in a tunnel that did not wait for it. False: the exchange is over.
  [[nodiscard]] bool passes_first_bytes(std::string_view bytes);

 private:
  void open(const SocketAddress& peer, Method method, Framing framing);
  // Nothing: go on. Else answer_limited().
  [[nodiscard]] std::optional<Limited> admit();

  // Deciding
  void identify();
  void identify_by_password(std::string_view field);
  void read_signs();
  void hide_what_a_grant_may_cover();
  void decide_request();
  void decide_first();
  [[nodiscard]] bool continue_after_warning();

  // The first bytes of a tunnel (exchange_hello.cc)
  [[nodiscard]] bool read_hello_name(std::string_view name);
  [[nodiscard]] bool evades_safe_search();
  void refuse_tunnel();

  // Captured connections (exchange_captured.cc)
  void target_is_chosen_address();
  void open_captured(const SocketAddress& peer);
  void name_by_hello(const ClientHello& hello);
  [[nodiscard]] Result<void> read_captured_target();
  void check_name();
  void judge_name(std::span<const IpAddress> addresses);
  void dial_chosen();
  [[nodiscard]] std::string_view pool_name();
  void answer_without_http();

  [[nodiscard]] bool read_target();
  [[nodiscard]] Result<void> name_target();
  void answer_limited(const Limited& limited);
  void obey();  // case_.verdict is anything but Allow

  // What somebody has to do first (exchange_gate.cc)
  void note_whereabouts();
  void ask_who();
  // `to`: where they were going.
  void send_to_portal(const std::string& to);

  [[nodiscard]] bool passes_resolved(std::span<const IpAddress> addresses);

  // The gateway's own pages (exchange_portal.cc)
  [[nodiscard]] bool is_for_portal() const;
  void lead_to_portal();
  void use_portal(std::unique_ptr<Transport> connection);

  // Reaching the origin
  void find_safe_name();
  // What is looked up and dialled, and what pools know the origin by.
  [[nodiscard]] std::string_view origin_name() const { return safe_name_ ? safe_name_->dialled : case_.target.host; }
  // Of a captured connection: not where safe results are elsewhere.
  [[nodiscard]] bool goes_to_chosen() const { return chosen_ && !safe_name_; }
  void reach_origin();
  void try_hop();
  [[nodiscard]] bool try_next_hop();
  [[nodiscard]] std::string_view head_for_hop();
  [[nodiscard]] std::string_view authority_for_parent();
  [[nodiscard]] bool parent_lets_through();  // false: the client has been told
  void open_tunnel_through_parent();
  // Nothing behind a parent, which looks names up itself.
  [[nodiscard]] std::span<const IpAddress> origin_address() const {
    return reached_ ? std::span<const IpAddress>(&*reached_, 1) : std::span<const IpAddress>();
  }
  // Whether the [hosts] table means what is reached: any address that it has for a name; for a captured connection, the
  // one that its client chose.
  [[nodiscard]] bool is_listed() const;
  [[nodiscard]] bool may_go_on();  // false: it has been answered here
  void use_turn(UpstreamPool::Turn turn);
  void dial();
  void use_connection(std::unique_ptr<Transport> connection);
  // Of a tunnel. Who asked for nothing is told nothing: the first byte is the origin's.
  [[nodiscard]] std::string_view greeting() const { return asked_ == Asked::Http ? kTunnelEstablished : ""; }
  void use_origin(std::unique_ptr<OriginStream> origin);
  void origin_failed(Error error);
  [[nodiscard]] bool reaching() const { return state_ == State::Queueing || state_ == State::Connecting; }
  void stop_reaching() {
    if (!request_) return;
    request_->pending = {};
    request_->place = {};
  }
  void answer_busy();
  void drop_origin();

  // Moving bodies
  void pump_request();
  void pump_response();
  void on_origin_readable() override;
  void on_origin_writable() override { pump_request(); }
  // A long body of known length passes through a pipe, all but its last byte: with that one come the record and the end
  // by the usual way. No: the body is none such; Wait: for a socket, or the exchange is over. `turn` counts what moved.
  enum class Splicing : std::uint8_t { No, Again, Wait };
  [[nodiscard]] Splicing splice_request(std::uint64_t& turn);
  [[nodiscard]] Splicing splice_response(std::uint64_t& turn);
  [[nodiscard]] bool splices(Source& from, const Sink& to, std::unique_ptr<Pipe>& pipe);
  void give_pipes_back();
  void on_response_head();
  void refuse_response();  // case_.verdict is anything but Allow, and not a byte of the answer has gone on
  void begin_response();
  [[nodiscard]] bool may_be_software() const;
  void look_for_software();
  void answer_held();
  void on_switching();  // a 101
  void finish_response();
  // False: the client is too slow, and the exchange has ended.
  [[nodiscard]] bool body_keeps_up(std::uint64_t bytes);
  [[nodiscard]] bool reader_keeps_up(std::uint64_t bytes);
  void wait_for_reader(std::uint64_t bytes);
  void client_too_slow();
  [[nodiscard]] Pace::Rule client_pace() const;
  void keep_or_give_back();  // the origin's connection, after its answer
  void origin_broke_off();   // in the midst of its answer
  void cut();                // case_.verdict has said no in mid-stream

  // Answers of ours
  // Makes the last record, then goes on; when the spool is full, as soon as it has room.
  void record_then(Outcome outcome, std::move_only_function<void()> then);
  void answer(const LocalAnswer& page);
  void write_answer();
  void end_exchange(ClientStream::End how);
  void arm_tick();
  void on_tick();
  [[nodiscard]] MonoTime tunnel_ends() const { return times_.began() + context_.config.tunnel_lifetime; }
  bool slice();  // false: the spool is full

  // What only requests need; given up when the exchange becomes a tunnel, the last thing that its connection carries.
  struct RequestState {
    std::string request_head;  // as it goes to the origin; kept for one retry
    std::string parent_head;   // the same as it goes to a parent
    Hops hops;
    std::string host_field, scratch;
    std::string upgrade_offer;   // the protocols that the origin was offered
    std::string asked_field;     // the Proxy-Authorization that is being verified, and for whom
    std::string verified_field;  // the one that was found right on this connection; nothing else ever stands here
    PersonId asked_person, verified_person;
    std::string chosen, pool_name;  // of a captured connection: the address as text; what the pool knows its origin by
    Pace body_pace, reader_pace;
    OriginPlace place;  // while dialling
    Ticket pending;     // a turn, a look-up or a dial
  };

  WorkerContext& context_;
  ClientStream& client_;
  ConnectionId connection_;
  ClientClaim& claim_;
  Case case_;
  Account account_;
  ExchangeTimes times_;
  State state_ = State::Over;
  std::uint64_t number_ = 0;

  SocketAddress peer_;
  std::optional<Chosen> chosen_;               // of a captured connection
  std::optional<policy::SafeName> safe_name_;  // the origin's, where it is reached by another name than it is asked for
  std::optional<IpAddress> reached_;           // the origin's, while there is a connection to it and no parent between
  Asked asked_ = Asked::Http;
  bool to_portal_ = false;   // a tunnel to the gateway's own pages: nobody decides about it, and it leaves no record
  bool hello_seen_ = false;  // the client speaks TLS, so it understands an alert
  Method method_ = Method::Other;
  Framing request_framing_ = Framing::None;
  Attention promise_ = Attention::None;
  bool request_sent_ = false;    // whole
  bool looking_ = false;         // the answer's first bytes are waited for, to see what they are
  bool response_begun_ = false;  // a final head has been queued to the client
  bool answer_is_last_ = false;  // the request was not read to its end: close after the answer
  bool retried_ = false;
  bool dns_asked_ = false;
  bool bound_to_person_ = false;  // NTLM and Negotiate sign a connection in: nobody else may get it
  bool ending_ = false;           // the last record is due or made: nothing may change the outcome any more
  bool writing_ = false;          // the client's socket was full at the last write
  bool sending_ = false;          // so was the origin's, with the rest of the request due
  int interim_heads_ = 0;
  std::uint16_t status_ = 0;  // of the answer to the client
  using Resume = std::move_only_function<void()>;
  std::unique_ptr<Resume> resume_;  // what waits for room in the spool
  std::unique_ptr<RequestState> request_ = std::make_unique<RequestState>();

  std::unique_ptr<Pipe> request_pipe_, response_pipe_;  // while a body is spliced
  std::unique_ptr<Ticket> name_look_up_;                // of check_name()
  std::unique_ptr<OriginStream> origin_;
  std::unique_ptr<BoundOrigin> bound_;  // made when somebody signs in on a connection
  Timer tick_timer_;
};

}  // namespace citygate::proxy
