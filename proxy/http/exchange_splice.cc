// Exchange: long bodies that nobody needs to look at pass from socket to socket through a pipe.
#include <algorithm>

#include "proxy/http/exchange.h"

namespace citygate::proxy {
namespace {

// Below this a read and a write of one large block are cheaper than the splices (bench/RESULTS.md).
constexpr std::uint64_t kSpliceFrom = 512 * 1024;

}  // namespace

// The pipe goes back whenever its source runs dry, so that slow bodies hold none.
bool Exchange::splices(Source& from, const Sink& to, std::unique_ptr<Pipe>& pipe) {
  if (pipe) return true;
  if (from.unread() < kSpliceFrom || !to.takes_splices()) return false;
  pipe = context_.pipes.take();
  return pipe != nullptr;
}

void Exchange::give_pipes_back() {
  for (auto* pipe : {&request_pipe_, &response_pipe_})
    if (*pipe) context_.pipes.give_back(std::move(*pipe));
}

Exchange::Splicing Exchange::splice_request(std::uint64_t& turn) {
  if (!splices(client_, *origin_, request_pipe_)) return Splicing::No;
  Pipe& pipe = *request_pipe_;
  if (pipe.held == 0) {
    const std::uint64_t unread = client_.unread();
    const Result<std::uint64_t> got = unread > 1 ? client_.splice_to(pipe, unread - 1) : 0;
    if (!got) {
      on_client_gone(Outcome::ClientGone);
      return Splicing::Wait;
    }
    if (*got == 0) {
      context_.pipes.give_back(std::move(request_pipe_));
      if (unread > 1) request_->body_pace.wait(context_.loop.now());
      return unread > 1 ? Splicing::Wait : Splicing::No;
    }
  }
  const Sent sent = origin_->splice_from(pipe, pipe.held, client_.unread() == 1);
  sending_ = sent.blocked;
  account_.received(sent.payload);
  turn += sent.payload;
  if (sent.failed) {
    // The origin may have answered before it closed: what it said comes first.
    request_sent_ = answer_is_last_ = true;
    on_origin_readable();
    return Splicing::Wait;
  }
  if (!body_keeps_up(sent.payload)) return Splicing::Wait;
  if (sent.payload > 0) client_.enter(ClientStream::Phase::Body);
  return sent.blocked ? Splicing::Wait : Splicing::Again;
}

Exchange::Splicing Exchange::splice_response(std::uint64_t& turn) {
  if (!splices(*origin_, client_, response_pipe_)) return Splicing::No;
  Pipe& pipe = *response_pipe_;
  if (pipe.held == 0) {
    const std::uint64_t unread = origin_->unread();
    const Result<std::uint64_t> got = unread > 1 ? origin_->splice_to(pipe, unread - 1) : 0;
    if (!got) {
      origin_broke_off();
      return Splicing::Wait;
    }
    if (*got == 0) {
      context_.pipes.give_back(std::move(response_pipe_));
      if (unread <= 1) return Splicing::No;
      client_.enter(ClientStream::Phase::Body);
      return Splicing::Wait;
    }
  }
  const std::uint64_t granted = account_.may_send(pipe.held);
  if (granted == 0) {
    bytes_used_up();
    return Splicing::Wait;
  }
  const Sent sent = client_.splice_from(pipe, granted, origin_->unread() == 1);
  account_.settle(granted, sent.payload);
  turn += sent.payload;
  if (sent.failed) {
    on_client_gone(Outcome::ClientGone);
    return Splicing::Wait;
  }
  if (!reader_keeps_up(sent.payload)) return Splicing::Wait;
  if (!sent.blocked) {
    writing_ = false;
    return Splicing::Again;
  }
  wait_for_reader(sent.payload);
  return Splicing::Wait;
}

}  // namespace citygate::proxy
