#include "proxy/tunnel.h"

#include <string_view>

namespace citygate::proxy {

Tunnel::Tunnel(WorkerContext& context, Transport& client, Buffer& up, Exchange& exchange, Timer& idle_timer)
    : context_(context),
      client_(client),
      up_(up),
      down_(context.buffers),
      exchange_(exchange),
      idle_timer_(idle_timer) {
  context_.counters.tunnels_total.add();
  context_.counters.tunnels_open.add();
}

Tunnel::~Tunnel() {
  if (origin_) origin_->set_handler(nullptr);
  context_.counters.tunnels_open.sub();
}

void Tunnel::start(std::vector<IpAddress> addresses, std::function<void()> not_reached) {
  exchange_.times().dialled();
  dialing_ =
      context_.dialer.dial(addresses, exchange_.about().target.port, context_.config.connect_timeout,
                           [this, not_reached = std::move(not_reached)](Result<std::unique_ptr<Transport>> dialled) {
                             if (over_) return;
                             if (dialled) return connected(std::move(*dialled));
                             over_ = true;
                             context_.counters.origin_failures_total.add();
                             not_reached();
                             exchange_.answer_error(dialled.error().kind == Error::Kind::Timeout ? 504 : 502,
                                                    Reason::OriginUnreachable, Outcome::Failed);
                           });
}

void Tunnel::stop() {
  over_ = true;
  dialing_ = {};
  if (origin_) origin_->set_handler(nullptr);
}

void Tunnel::connected(std::unique_ptr<Transport> origin) {
  context_.counters.origin_connects_total.add();
  exchange_.times().connected();
  origin_ = std::move(origin);
  origin_->set_handler(this);
  exchange_.tunnel_up(200);
  if (!down_.append("HTTP/1.1 200 Connection established\r\n\r\n")) return end(Outcome::Failed);
  // The answer is no payload: it goes out before anything is counted. A socket that cannot take 39 bytes when it is new
  // is no client.
  const std::string_view answer = down_.readable();
  const iovec piece{const_cast<char*>(answer.data()), answer.size()};
  const IoResult sent = client_.write({&piece, 1});
  if (sent.kind != IoResult::Kind::Ok || sent.bytes != answer.size()) return end(Outcome::ClientGone);
  down_.consume(answer.size());
  moved();
  pump_up();
  if (!over_) pump_down();
}

void Tunnel::on_client_readable() {
  if (origin_) pump_up();
}

void Tunnel::on_client_writable() {
  if (origin_) pump_down();
}

void Tunnel::pump_up() {
  std::size_t turn = 0;
  while (!over_ && !up_closed_) {
    if (!up_.empty()) {
      const std::string_view bytes = up_.readable();
      const iovec piece{const_cast<char*>(bytes.data()), bytes.size()};
      const IoResult sent = origin_->write({&piece, 1});
      if (sent.kind == IoResult::Kind::WouldBlock) return;
      if (sent.kind != IoResult::Kind::Ok) return end(Outcome::OriginGone);
      up_.consume(sent.bytes);
      exchange_.account().received(sent.bytes);
      moved();
      if (!up_.empty()) return;  // the socket is full
      turn += sent.bytes;
      if (turn >= kTurnBytes) return client_.want_read_again();
    }
    if (up_ended_) {
      up_closed_ = true;
      origin_->shutdown_write();
      return half_closed();
    }
    const IoResult got = client_.read(up_.writable());
    switch (got.kind) {
      case IoResult::Kind::Ok: up_.produced(got.bytes); break;
      case IoResult::Kind::WouldBlock: return up_.release();
      case IoResult::Kind::End: up_ended_ = true; break;
      case IoResult::Kind::Failed: return end(Outcome::ClientGone);
    }
  }
}

void Tunnel::pump_down() {
  std::size_t turn = 0;
  while (!over_ && !down_closed_) {
    if (!down_.empty()) {
      const std::string_view bytes = down_.readable();
      const std::uint64_t granted = exchange_.account().may_send(bytes.size());
      if (granted == 0) {
        over_ = true;
        return exchange_.bytes_used_up();
      }
      const iovec piece{const_cast<char*>(bytes.data()), static_cast<std::size_t>(granted)};
      const IoResult sent = client_.write({&piece, 1});
      const std::size_t accepted = sent.kind == IoResult::Kind::Ok ? sent.bytes : 0;
      exchange_.account().settle(granted, accepted);
      if (sent.kind == IoResult::Kind::WouldBlock) return;
      if (sent.kind != IoResult::Kind::Ok) return end(Outcome::ClientGone);
      down_.consume(accepted);
      moved();
      if (accepted < granted) return;  // the socket is full
      turn += accepted;
      if (turn >= kTurnBytes) return origin_->want_read_again();
      if (!down_.empty()) continue;  // the quota ended inside: the next round says so
    }
    if (down_ended_) {
      // The record comes before the end that the client sees; when both sides are finished, it is the last one.
      if (!up_closed_ && !exchange_.account().slice())
        return exchange_.wait_for_room([this] {
          if (!over_) pump_down();
        });
      down_closed_ = true;
      if (!up_closed_) client_.shutdown_write();
      return half_closed();
    }
    // Large blocks halve the CPU per byte (bench/RESULTS.md), but slow clients keep theirs: so only the first few are
    // large.
    if (!down_.holds_block())
      down_.borrow_from(context_.bulk_buffers.lent() < kBulkBlocks ? context_.bulk_buffers : context_.buffers);
    const IoResult got = origin_->read(down_.writable());
    switch (got.kind) {
      case IoResult::Kind::Ok: down_.produced(got.bytes); break;
      case IoResult::Kind::WouldBlock: return down_.release();
      case IoResult::Kind::End: down_ended_ = true; break;
      case IoResult::Kind::Failed: return end(Outcome::OriginGone);
    }
  }
}

void Tunnel::moved() {
  // With one side finished the other is given the time of a body, not of an idle tunnel: many clients never close
  // theirs.
  idle_timer_.arm(up_closed_ || down_closed_ ? context_.config.body_timeout : context_.config.tunnel_idle_timeout);
}

void Tunnel::half_closed() {
  if (up_closed_ && down_closed_) return end(Outcome::Completed);
  moved();
}

void Tunnel::on_idle() { end(up_closed_ || down_closed_ ? Outcome::Completed : Outcome::TimedOut); }

void Tunnel::end(Outcome outcome) {
  if (over_) return;
  over_ = true;
  exchange_.tunnel_over(outcome);
}

}  // namespace citygate::proxy
