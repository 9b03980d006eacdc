// Exchange: moving request and response between the two sides.
#include <algorithm>

#include "proxy/http/connection_sign_in.h"
#include "proxy/http/exchange.h"
#include "proxy/http/upstream_pool.h"

namespace citygate::proxy {
namespace {

// Payload moved in one turn before other connections get theirs.
constexpr std::uint64_t kTurnBytes = 512 * 1024;

// 100 Continue, 102 and 103 come once or a few times; an origin that sends them without end is not answering.
constexpr int kInterimHeads = 16;

}  // namespace

void Exchange::pump_request() {
  std::uint64_t turn = 0;
  while (state_ == State::Forwarding && origin_ && !request_sent_) {
    if (turn >= kTurnBytes) return client_.announce_again();
    if (const Splicing spliced = splice_request(turn); spliced != Splicing::No) {
      if (spliced == Splicing::Again) continue;
      return;
    }
    Batch batch{.pieces = {}, .last = true, .trailers = nullptr};
    if (request_framing_ != Framing::None) {
      auto peeked = client_.peek();
      if (!peeked) {
        if (peeked.error().kind == Error::Kind::Refused) return on_client_gone(Outcome::ClientGone);
        context_.counters.bad_requests_total.add();
        answer_is_last_ = true;
        if (!response_begun_) return answer_error(400, Reason::BadRequest, Outcome::Failed);
        return on_client_gone(Outcome::ClientGone);
      }
      batch = *peeked;
    }
    if (!may_take(batch.bytes())) return;
    const bool at_hand = batch.bytes() > 0;  // asked before take() eats the pieces that the batch views
    const Sent sent = origin_->send(batch, UINT64_MAX);
    sending_ = sent.blocked;
    account_.received(sent.payload);
    if (request_framing_ != Framing::None) client_.take(sent.payload);
    if (sent.failed) {
      // The origin may have answered before it closed (413, say): what it said comes first.
      request_sent_ = true;
      answer_is_last_ = answer_is_last_ || request_framing_ != Framing::None;
      return on_origin_readable();
    }
    if (sent.done) {
      request_sent_ = true;
      answer_is_last_ = false;
      if (!response_begun_) client_.enter(ClientStream::Phase::AwaitingResponse);
      return;
    }
    if (!body_keeps_up(sent.payload)) return;
    if (sent.payload > 0) client_.enter(ClientStream::Phase::Body);
    if (sent.blocked) return;
    if (!at_hand) return request_->body_pace.wait(context_.loop.now());
    turn += sent.payload;
  }
}

void Exchange::on_client_readable() {
  switch (state_) {
    case State::Forwarding:
      if (!request_sent_ && request_framing_ != Framing::None) return pump_request();
      [[fallthrough]];
    case State::Identifying:
    case State::Queueing:
    case State::Connecting:
      // Nobody is left to have the answer: what waits for it is let go at once.
      if (!resume_ && client_.gone()) on_client_gone(Outcome::ClientGone);
      return;
    case State::Over:
    case State::Answering:
    case State::Tunnel: return;
  }
}

void Exchange::on_client_writable() {
  if (state_ == State::Answering) return write_answer();
  if (state_ == State::Forwarding) pump_response();
}

void Exchange::on_origin_readable() {
  if (state_ != State::Forwarding || !origin_) return;
  if (response_begun_) return pump_response();
  if (looking_) return look_for_software();
  for (;;) {
    auto complete = origin_->read_head();
    if (!complete) return origin_failed(std::move(complete).error());
    if (!*complete) return;
    const MessageHead& head = origin_->response();
    if (head.status == 101) return on_switching();
    if (head.status >= 200) return on_response_head();
    if (++interim_heads_ > kInterimHeads)
      return origin_failed(
          Error{.kind = Error::Kind::Malformed, .side = Error::Side::Origin, .context = "interim answers without end"});
    // A parent's, to the CONNECT that stands for a captured connection: its client would take it for its server's
    // words.
    if (asked_ == Asked::Http) client_.queue_interim(head);
    origin_->next_head();
    if (client_.send(Batch{}, 0).failed) return on_client_gone(Outcome::ClientGone);
  }
}

void Exchange::on_response_head() {
  if (request_->hops.parent()) {
    if (!parent_lets_through()) return;
    if (method_ == Method::Connect) return open_tunnel_through_parent();
  }
  const MessageHead& head = origin_->response();
  status_ = head.status;
  times_.answered();
  bound_to_person_ = bound_to_person_ || signs_in_connection(head, FieldName::WwwAuthenticate);
  const std::string_view type = head.value(FieldName::ContentType);
  const std::string_view disposition = head.value(FieldName::ContentDisposition);
  const bool attachment = disposition.size() >= 10 && (disposition[0] | 0x20) == 'a';
  account_.set_attention(meter::confirmed(promise_, head.status, type, attachment));
  const bool media = meter::is_streaming_media(type);
  if (media || case_.verdict.charge.bytes) {
    if (media) {
      context_.desk.add_media_category(case_);
      account_.set_media();
    }
    context_.desk.decide(case_, Stage::Response, origin_address());
    if (case_.verdict.ruling != Ruling::Allow) return refuse_response();
  }
  if (may_be_software()) {
    looking_ = true;
    return look_for_software();
  }
  begin_response();
}

void Exchange::refuse_response() {
  if (!request_sent_) answer_is_last_ = true;
  account_.set_attention(promise_);  // a refused user action is an attempt
  obey();
}

void Exchange::begin_response() {
  response_begun_ = true;
  client_.queue_head(origin_->response(), request_sent_ ? ClientStream::End::KeepAlive : ClientStream::End::Close);
  origin_->release_head();
  client_.enter(ClientStream::Phase::Body);
  pump_response();
}

void Exchange::pump_response() {
  std::uint64_t turn = 0;
  while (state_ == State::Forwarding && response_begun_ && origin_ && !resume_) {
    if (turn >= kTurnBytes) {
      client_.enter(ClientStream::Phase::Body);
      return origin_->announce_again();
    }
    if (const Splicing spliced = splice_response(turn); spliced != Splicing::No) {
      if (spliced == Splicing::Again) continue;
      return;
    }
    auto batch = origin_->peek();
    if (!batch) return origin_broke_off();
    const std::uint64_t offered = batch->bytes();
    const std::uint64_t granted = offered > 0 ? account_.may_send(offered) : 0;
    if (offered > 0 && granted == 0) return bytes_used_up();
    const bool ending = batch->last && granted == offered;
    if (ending && !account_.reserve_end(Outcome::Completed, status_, offered)) {
      account_.settle(granted, 0);
      resume_ = std::make_unique<Resume>([this] { pump_response(); });
      return;
    }
    const Sent sent = client_.send(*batch, granted);
    account_.settle(granted, sent.payload);
    if (ending && sent.done) account_.commit_end();
    if (ending && !sent.done) account_.cancel_end();
    origin_->take(sent.payload);
    if (sent.failed) return on_client_gone(Outcome::ClientGone);
    if (ending && sent.done) return finish_response();
    if (!reader_keeps_up(sent.payload)) return;
    if (sent.blocked) {
      return wait_for_reader(sent.payload);
    }
    writing_ = false;
    if (offered == 0) return client_.enter(ClientStream::Phase::Body);
    turn += sent.payload;
  }
}

void Exchange::origin_broke_off() {
  context_.counters.origin_failures_total.add();
  drop_origin();
  if (client_.take_back_head()) return answer_error(502, Reason::OriginBroken, Outcome::Failed);
  // Our side ends short as well, so that the client sees that something is missing.
  record_then(Outcome::OriginGone, [this] { end_exchange(ClientStream::End::Short); });
}

void Exchange::finish_response() {
  if (request_sent_) keep_or_give_back();
  if (!request_sent_) answer_is_last_ = true;
  end_exchange(answer_is_last_ ? ClientStream::End::Close : ClientStream::End::KeepAlive);
}

}  // namespace citygate::proxy
