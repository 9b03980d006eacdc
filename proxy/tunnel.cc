#include "proxy/tunnel.h"

#include <algorithm>
#include <utility>

namespace citygate::proxy {
namespace {

// Bytes moved in one turn before others get theirs.
constexpr std::size_t kTurnBytes = 512 * 1024;
// A direction is bulk once a wake-up has brought so much, and no longer when one brings less than the second figure. In
// between, read and write are cheaper than two splices and the one that finds the socket empty (bench/RESULTS.md).
constexpr std::size_t kBulkFrom = 64 * 1024, kBulkUntil = 16 * 1024;

}  // namespace

Tunnel::Tunnel(WorkerContext& context, Owner& owner, Transport& client, Buffer up, Exchange& exchange,
               Timer& idle_timer)
    : context_(context),
      owner_(owner),
      client_(client),
      exchange_(exchange),
      idle_timer_(idle_timer),
      up_(std::move(up)),
      down_(Buffer(context.buffers)) {
  context_.counters.tunnels_total.add();
  context_.counters.tunnels_open.add();
}

Tunnel::~Tunnel() {
  if (origin_) origin_->set_handler(nullptr);
  for (Flow* flow : {&up_, &down_}) give_pipe_back(*flow);
  context_.counters.tunnels_open.sub();
}

void Tunnel::join(std::unique_ptr<Transport> origin, std::uint16_t status, std::string_view greeting,
                  std::string_view early) {
  origin_ = std::move(origin);
  origin_->set_handler(this);
  exchange_.tunnel_up(status);
  owner_.on_tunnel_joined();
  if (!greeting.empty() && !greet(greeting)) return end(Outcome::ClientGone);
  // Read together with the head, into the large block that an origin's answer may have.
  if (early.size() + greeting_left_ > context_.buffers.block_bytes())
    down_.buffer.borrow_from(context_.bulk_buffers.large());
  if (greeting_left_ > 0 && !down_.buffer.append(greeting.substr(greeting.size() - greeting_left_)))
    return end(Outcome::Failed);
  if (!early.empty() && !down_.buffer.append(early)) return end(Outcome::Failed);
  if (exchange_.waits_for_hello()) {
    opening_ = Opening::Silent;
    idle_timer_.arm(context_.config.first_bytes_timeout);
  } else {
    moved();
  }
  pump_up();
  if (!over_) pump_down();
}

// The answer is no payload: it goes out before anything is counted. The socket may still be full of the answers before
// it, to requests that the client sent at once.
bool Tunnel::greet(std::string_view greeting) {
  const iovec piece{const_cast<char*>(greeting.data()), greeting.size()};
  const IoResult sent = client_.write({&piece, 1});
  if (sent.kind != IoResult::Kind::Ok && sent.kind != IoResult::Kind::WouldBlock) return false;
  greeting_left_ = static_cast<std::uint32_t>(greeting.size() - sent.bytes);
  return true;
}

IoResult Tunnel::send_greeting() {
  const IoResult sent = drain(down_, client_, greeting_left_);
  greeting_left_ -= static_cast<std::uint32_t>(sent.bytes);
  return sent;
}

void Tunnel::stop() {
  over_ = true;
  if (origin_) origin_->set_handler(nullptr);
}

void Tunnel::say_last(std::string_view bytes) {
  const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  if (greeting_left_ == 0) static_cast<void>(client_.write({&piece, 1}));
}

bool Tunnel::open() {
  FirstBytes at_once(443);  // as there, nothing but TLS is looked for
  while (!over_) {
    if (up_.held() > 0) {
      FirstBytes& first = first_bytes_ ? *first_bytes_ : at_once;
      const FirstBytes::Kind kind = first.look(up_.buffer.readable());
      if (kind != FirstBytes::Kind::Undecided) return opened(kind, first.hello());
      if (up_.ended) return broken_off(Outcome::ClientGone);
      // Of a size that no client needs.
      if (up_.buffer.writable().empty()) return opened(FirstBytes::Kind::BrokenTls, {});
      if (!first_bytes_) first_bytes_ = std::make_unique<FirstBytes>(std::move(at_once));
      if (std::exchange(opening_, Opening::Begun) == Opening::Silent) idle_timer_.arm(context_.config.header_timeout);
    } else if (up_.ended) {
      if (exchange_.may_stay_silent()) return opened(FirstBytes::Kind::Other, {});
      // A connection made ahead, or a page that was closed meanwhile: who says nothing hides nothing.
      end(Outcome::ClientGone);
      return false;
    }
    if (fill(up_, client_, *origin_, Outcome::ClientGone) != Step::Moved) return false;
  }
  return false;
}

bool Tunnel::opened(FirstBytes::Kind kind, const ClientHello& hello) {
  const auto first_bytes = std::move(first_bytes_);  // the hello's views may point into it
  opening_ = Opening::Over;
  if (!exchange_.passes_hello(kind, hello)) return false;
  moved();
  return true;
}

bool Tunnel::broken_off(Outcome outcome) {
  over_ = true;
  first_bytes_.reset();
  exchange_.hello_broken_off(outcome);
  return false;
}

void Tunnel::on_client_readable() { pump_up(); }

void Tunnel::on_client_writable() { pump_down(); }

void Tunnel::pump_up() {
  if (opening_ != Opening::Over && !open()) return;
  std::size_t turn = 0;
  while (!over_ && !up_.closed) {
    if (const std::size_t held = up_.held()) {
      if (!std::exchange(begun_, true) && !exchange_.passes_first_bytes(up_.buffer.readable())) return;
      if (!exchange_.may_take(held)) return;
      const IoResult sent = drain(up_, *origin_, held);
      if (sent.kind == IoResult::Kind::WouldBlock) return;
      if (sent.kind != IoResult::Kind::Ok) {
        writing_failed(up_, Outcome::OriginGone);
        return pump_down();
      }
      exchange_.account().received(sent.bytes);
      moved();
      if ((turn += sent.bytes) >= kTurnBytes) return client_.want_read_again();
      continue;
    }
    if (up_.ended) {
      origin_->shutdown_write();
      return closed(up_);
    }
    if (fill(up_, client_, *origin_, Outcome::ClientGone) != Step::Moved) return;
  }
}

void Tunnel::pump_down() {
  std::size_t turn = 0;
  while (!over_ && !down_.closed) {
    if (greeting_left_ > 0) {
      const IoResult sent = send_greeting();
      if (sent.kind == IoResult::Kind::WouldBlock) return;
      if (sent.kind != IoResult::Kind::Ok) return end(Outcome::ClientGone);
      moved();
      continue;
    }
    if (const std::size_t held = down_.held()) {
      if (opening_ != Opening::Over) {
        if (!opened(FirstBytes::Kind::Other, {})) return;
        pump_up();  // what may have become a hello
        continue;
      }
      const std::uint64_t granted = exchange_.account().may_send(held);
      if (granted == 0) {
        over_ = true;
        return exchange_.bytes_used_up();
      }
      const IoResult sent = drain(down_, client_, static_cast<std::size_t>(granted));
      exchange_.account().settle(granted, sent.kind == IoResult::Kind::Ok ? sent.bytes : 0);
      if (sent.kind == IoResult::Kind::WouldBlock) return;
      if (sent.kind != IoResult::Kind::Ok) {
        writing_failed(down_, Outcome::ClientGone);
        return pump_up();
      }
      moved();
      if ((turn += sent.bytes) >= kTurnBytes) return origin_->want_read_again();
      continue;
    }
    if (down_.ended) {
      // The record comes before the end that the client sees; when both sides are finished, it is the last one.
      if (!up_.closed && !exchange_.account().slice())
        return exchange_.wait_for_room([this] {
          if (!over_) pump_down();
        });
      if (!up_.closed) client_.shutdown_write();
      return closed(down_);
    }
    if (fill(down_, *origin_, client_, Outcome::OriginGone) != Step::Moved) return;
  }
}

Tunnel::Step Tunnel::fill(Flow& flow, Transport& from, const Transport& to, Outcome broken) {
  const bool splices = flow.bulk && from.can_splice() && to.can_splice();
  if (splices && !flow.pipe && (flow.pipe = context_.pipes.take())) flow.buffer.release();
  IoResult got;
  if (flow.pipe) {
    got = from.splice_to(*flow.pipe, PipePool::kPipeBytes);
  } else {
    if (!flow.buffer.holds_block())
      flow.buffer.borrow_from(flow.bulk ? context_.bulk_buffers.pool() : context_.buffers);
    got = from.read(flow.buffer.writable());
    if (got.kind == IoResult::Kind::Ok) flow.buffer.produced(got.bytes);
  }
  switch (got.kind) {
    case IoResult::Kind::Ok:
      flow.wake_up = static_cast<std::uint32_t>(std::min<std::size_t>(flow.wake_up + got.bytes, kBulkFrom));
      if (flow.wake_up == kBulkFrom) flow.bulk = true;
      return Step::Moved;
    case IoResult::Kind::WouldBlock: rest(flow); return Step::Wait;
    case IoResult::Kind::End:
      rest(flow);
      flow.ended = true;
      return Step::Moved;
    case IoResult::Kind::Failed: break;
  }
  end(broken);
  return Step::Over;
}

IoResult Tunnel::drain(Flow& flow, Transport& to, std::size_t most) {
  if (flow.pipe) return to.splice_from(*flow.pipe, most, Transport::Follows::Nothing);
  const std::string_view bytes = flow.buffer.readable().substr(0, most);
  const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
  const IoResult sent = to.write({&piece, 1});
  if (sent.kind == IoResult::Kind::Ok) flow.buffer.consume(sent.bytes);
  return sent;
}

void Tunnel::rest(Flow& flow) {
  if (flow.held() > 0) return;  // a hello that is not whole yet
  if (flow.wake_up < kBulkUntil) flow.bulk = false;
  flow.wake_up = 0;
  flow.buffer.release();
  give_pipe_back(flow);
}

void Tunnel::give_pipe_back(Flow& flow) {
  if (flow.pipe) context_.pipes.give_back(std::move(flow.pipe));
}

void Tunnel::closed(Flow& flow) {
  flow.closed = true;
  if (up_.closed && down_.closed) return end(outcome_);
  moved();
}

// Its end will be found by reading, behind whatever it has sent.
void Tunnel::writing_failed(Flow& flow, Outcome outcome) {
  flow.buffer.release();
  give_pipe_back(flow);
  outcome_ = outcome;
  closed(flow);
}

void Tunnel::moved() {
  if (opening_ != Opening::Over) return;  // the hello has a deadline of its own
  // With one side finished the other is given the time of a body, not of an idle tunnel: many clients never close
  // theirs.
  idle_timer_.arm(up_.closed || down_.closed ? context_.config.body_timeout : context_.config.tunnel_idle_timeout);
}

void Tunnel::on_idle() {
  if (over_) return;
  if (opening_ == Opening::Over) return end(up_.closed || down_.closed ? outcome_ : Outcome::TimedOut);
  if (opening_ == Opening::Begun) return static_cast<void>(broken_off(Outcome::TimedOut));
  if (!opened(FirstBytes::Kind::Other, {})) return;
  pump_up();
  if (!over_) pump_down();
}

void Tunnel::end(Outcome outcome) {
  if (over_) return;
  over_ = true;
  exchange_.tunnel_over(outcome);
}

}  // namespace citygate::proxy
