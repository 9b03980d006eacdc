#include "proxy/http/client_connection.h"

#include <fmt/format.h>

#include <iterator>

#include "proxy/local_service.h"
#include "proxy/pages.h"

namespace citygate::proxy {
namespace {

// Bytes read and thrown away after our side is finished; more than that is not a client reading its answer.
constexpr std::size_t kDiscardLimit = std::size_t{1} << 20;

// Requests of one client that are begun in one turn before other connections get theirs: who sends many small ones at
// once, each answered at once, must not keep the worker to himself.
constexpr int kTurnRequests = 16;

}  // namespace

ClientConnection::ClientConnection(WorkerContext& context, ConnectionId id, std::unique_ptr<Transport> transport,
                                   const ListenSpec& spec, SocketAddress client, ClientClaim claim,
                                   const ParserLimits& limits)
    : context_(context),
      id_(id),
      transport_(std::move(transport)),
      spec_(spec),
      peer_(client),
      claim_(std::move(claim)),
      codec_(new Codec{.reader{*transport_, context.buffers, MessageParser::Kind::Request, limits},
                       .writer = MessageWriter(*transport_)}),
      exchange_(context, *this, id, claim_),
      timer_(context.loop, [this] { on_timer(); }) {
  context_.counters.connections_total.add();
  context_.counters.connections_open.add();
}

ClientConnection::~ClientConnection() {
  transport_->set_handler(nullptr);
  context_.counters.connections_open.sub();
}

void ClientConnection::captured(const Chosen& chosen) {
  context_.counters.captured_total.add();
  exchange_.captured(chosen);
  first_bytes_ = std::make_unique<FirstBytes>(chosen.address.port);
  state_ = State::Opening;
}

void ClientConnection::start() {
  transport_->set_handler(this);
  if (state_ == State::Opening) {
    timer_.arm(context_.config.first_bytes_timeout);
    return look_at_first_bytes();
  }
  timer_.arm(context_.config.keep_alive_timeout);
  run();
}

void ClientConnection::look_at_first_bytes() {
  Buffer& buffer = codec_->reader.raw();
  for (;;) {
    const auto room = buffer.writable();
    // A request line is decided long before: this is a hello, of a size that no client needs, whose name is not known.
    if (room.empty()) return begin_captured_broken(Reason::TooLarge, Outcome::Failed);
    const bool first = buffer.empty();
    const IoResult result = transport_->read(room);
    switch (result.kind) {
      case IoResult::Kind::Ok: buffer.produced(result.bytes); break;
      case IoResult::Kind::WouldBlock:
        if (first) buffer.release();
        return;
      case IoResult::Kind::End:
      case IoResult::Kind::Failed:
        if (first) return go();
        return begin_captured_broken(Reason::BadRequest, Outcome::ClientGone);
    }
    if (first) timer_.arm(context_.config.header_timeout);
    switch (first_bytes_->look(buffer.readable())) {
      case FirstBytes::Kind::Undecided: break;
      case FirstBytes::Kind::Http:
        first_bytes_.reset();
        state_ = State::Idle;
        return run();
      case FirstBytes::Kind::Tls: return begin_captured(&first_bytes_->hello());
      case FirstBytes::Kind::BrokenTls: return begin_captured_broken(Reason::BadRequest, Outcome::Failed);
      case FirstBytes::Kind::Other: return begin_captured(nullptr);
    }
  }
}

void ClientConnection::begin_captured(const ClientHello* hello) {
  const auto first_bytes = std::move(first_bytes_);  // the hello's views point into it
  state_ = State::Exchange;
  client_keeps_alive_ = false;
  method_ = Method::Connect;
  exchange_.begin_captured(peer_, hello);
}

void ClientConnection::begin_captured_broken(Reason reason, Outcome outcome) {
  first_bytes_.reset();
  state_ = State::Exchange;
  client_keeps_alive_ = false;
  method_ = Method::Connect;
  exchange_.begin_captured_broken(peer_, reason, outcome);
}

void ClientConnection::run() {
  running_ = true;
  for (int begun = 0; state_ == State::Idle || state_ == State::Head; ++begun) {
    if (begun == kTurnRequests) {
      transport_->want_read_again();
      break;
    }
    auto status = codec_->reader.read_head();
    if (!status) {
      state_ = State::Exchange;
      client_keeps_alive_ = false;
      method_ = Method::Other;
      exchange_.begin_broken(peer_, status.error());
      continue;
    }
    if (*status == MessageReader::HeadStatus::Closed) {
      running_ = false;
      return go();
    }
    if (*status == MessageReader::HeadStatus::Complete) {
      const MessageHead& head = codec_->reader.head();
      state_ = State::Exchange;
      client_keeps_alive_ = head.keep_alive;
      client_minor_ = head.minor_version;
      method_ = head.method;
      if (!serve_locally()) exchange_.begin(peer_);
      continue;
    }
    if (codec_->reader.started()) {
      if (state_ == State::Idle) timer_.arm(context_.config.header_timeout);
      state_ = State::Head;
    } else {
      if (draining_) {
        running_ = false;
        return go();
      }
      state_ = State::Idle;
      codec_->reader.release_if_empty();
    }
    break;
  }
  running_ = false;
}

// A request that names no host was meant for the gateway itself, unless the client does not know that it is there.
bool ClientConnection::serve_locally() {
  const MessageHead& head = codec_->reader.head();
  if (!head.target.starts_with('/') || spec_.captures()) return false;
  const auto page = context_.local.answer(
      {.method = head.method,
       .target = head.target,
       .host = head.value(FieldName::Host),
       .local = transport_->local(),
       .tls = spec_.tls});
  if (page) exchange_.begin_local(peer_, *page);
  return page.has_value();
}

void ClientConnection::on_readable() {
  switch (state_) {
    case State::Opening: return look_at_first_bytes();
    case State::Idle:
    case State::Head: return run();
    case State::Exchange: return exchange_.on_client_readable();
    case State::Tunnel: return tunnel_->on_client_readable();
    case State::Closing: return discard_input();
    case State::Gone: return;
  }
}

void ClientConnection::on_writable() {
  switch (state_) {
    case State::Exchange: return exchange_.on_client_writable();
    case State::Tunnel: return tunnel_->on_client_writable();
    case State::Opening:
    case State::Idle:
    case State::Head:
    case State::Closing:
    case State::Gone: return;
  }
}

void ClientConnection::enter(Phase phase) {
  const ProxyConfig& config = context_.config;
  switch (phase) {
    case Phase::Deciding: return timer_.arm(config.header_timeout);
    case Phase::Queueing: return timer_.arm(config.connect_timeout);
    case Phase::Connecting: return timer_.arm(config.connect_timeout + config.dns_timeout);
    case Phase::AwaitingResponse: return timer_.arm(config.response_timeout);
    case Phase::Body: return timer_.arm(config.body_timeout);
    case Phase::Writing: return timer_.arm(config.client_write_timeout);
  }
}

void ClientConnection::on_timer() {
  switch (state_) {
    case State::Opening:
      if (!codec_->reader.raw().empty()) {
        context_.counters.header_timeouts_total.add();
        return begin_captured_broken(Reason::TimedOut, Outcome::TimedOut);
      }
      context_.counters.silent_clients_total.add();
      return begin_captured(nullptr);
    case State::Idle: return go_quietly();
    case State::Head: {
      context_.counters.header_timeouts_total.add();
      state_ = State::Exchange;
      client_keeps_alive_ = false;
      method_ = Method::Other;
      return exchange_.begin_broken(
          peer_, Error{.kind = Error::Kind::Timeout, .side = Error::Side::Client, .context = "the head took too long"});
    }
    case State::Exchange: return exchange_.on_timeout();
    case State::Tunnel: return tunnel_->on_idle();
    case State::Closing: return go();
    case State::Gone: return;
  }
}

void ClientConnection::queue_interim(const MessageHead& response) {
  if (client_minor_ == 0) return;  // HTTP/1.0 knows no 1xx (RFC 9110 section 15.2)
  append_response_head(response, {.framing = Framing::None, .via = context_.via}, codec_->writer.begin_head());
  codec_->writer.begin_body(Framing::None);
}

void ClientConnection::queue_head(const MessageHead& response, End end) {
  Framing framing = response.framing;
  if (framing == Framing::Chunked && client_minor_ == 0) framing = Framing::UntilClose;
  if (framing == Framing::UntilClose || last_answer_ || end != End::KeepAlive) client_keeps_alive_ = false;
  until_close_ = framing == Framing::UntilClose;
  ForwardedResponse as;
  as.framing = framing;
  as.content_length = response.content_length;
  as.via = context_.via;
  if (!client_keeps_alive_)
    as.connection = ConnectionField::Close;
  else if (client_minor_ == 0)
    as.connection = ConnectionField::KeepAlive;
  append_response_head(response, as, codec_->writer.begin_head());
  codec_->writer.begin_body(framing);
}

void ClientConnection::queue_answer(const LocalAnswer& answer, End end) {
  if (last_answer_ || end != End::KeepAlive) client_keeps_alive_ = false;
  until_close_ = false;
  std::string_view connection =
      client_keeps_alive_ ? (client_minor_ == 0 ? "Connection: keep-alive\r\n" : "") : "Connection: close\r\n";
  std::string& queue = codec_->writer.begin_head();
  fmt::format_to(std::back_inserter(queue), "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}{}\r\n",
                 answer.status, reason_phrase(answer.status), answer.content_type, answer.body.size(),
                 answer.extra_fields, connection);
  if (method_ != Method::Head) queue += answer.body;
  codec_->writer.begin_body(Framing::None);
}

void ClientConnection::queue_bytes(std::string_view bytes) {
  until_close_ = false;
  codec_->writer.begin_head() += bytes;
  codec_->writer.begin_body(Framing::None);
}

void ClientConnection::finished(End end) {
  if (state_ == State::Gone) return;
  if (tunnel_) {
    tunnel_->stop();
    context_.loop.defer_delete(std::move(tunnel_));
  }
  if (end == End::Short && until_close_) {
    // A proper end would make what is there look whole (RFC 9112 section 8).
    transport_->reset_on_close();
    return go();
  }
  if (end != End::KeepAlive || !client_keeps_alive_) return start_closing();
  codec_->reader.next_message();
  state_ = State::Idle;
  timer_.arm(context_.config.keep_alive_timeout);
  if (!running_) run();
}

void ClientConnection::become_tunnel(std::unique_ptr<Transport> origin, std::uint16_t status, std::string_view greeting,
                                     std::string_view early) {
  state_ = State::Tunnel;
  std::string unsent(codec_->writer.unsent());  // of an interim answer: it goes first
  if (!unsent.empty()) greeting = unsent.append(greeting);
  tunnel_ = std::make_unique<Tunnel>(context_, *this, *transport_, std::move(codec_->reader.raw()), exchange_, timer_);
  tunnel_->join(std::move(origin), status, greeting, early);
}

void ClientConnection::stop_tunnel() {
  if (tunnel_) tunnel_->stop();
}

void ClientConnection::start_closing() {
  state_ = State::Closing;
  discarded_ = 0;
  transport_->shutdown_write();
  timer_.arm(context_.config.close_timeout);
  discard_input();
}

// RFC 9112 section 9.6: closing with unread input would reset the connection, and the client might lose our last bytes.
void ClientConnection::discard_input() {
  if (codec_) codec_->reader.raw().release();
  Buffer buffer(context_.buffers);
  for (;;) {
    const IoResult result = transport_->read(buffer.writable());
    if (result.kind == IoResult::Kind::WouldBlock) return;
    if (result.kind != IoResult::Kind::Ok) return go();
    discarded_ += result.bytes;
    if (discarded_ > kDiscardLimit) return go();
  }
}

void ClientConnection::retire() { last_answer_ = true; }

void ClientConnection::drain() {
  draining_ = last_answer_ = true;
  if ((state_ == State::Idle || state_ == State::Opening) && !running_) go_quietly();
}

void ClientConnection::close_now() {
  if (state_ == State::Exchange || state_ == State::Tunnel) {
    if (tunnel_) tunnel_->stop();
    exchange_.on_client_gone(Outcome::TimedOut);
  }
  if (state_ != State::Gone && exchange_.state() == Exchange::State::Over) go();
}

// Nothing is under way. Over TLS the client is told that this is an end and not a cut.
void ClientConnection::go_quietly() {
  transport_->shutdown_write();
  go();
}

void ClientConnection::go() {
  if (state_ == State::Gone) return;
  state_ = State::Gone;
  timer_.cancel();
  transport_->set_handler(nullptr);
  context_.connection_gone(id_);
}

}  // namespace citygate::proxy
