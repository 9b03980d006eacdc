#include "proxy/http/origin_connection.h"

namespace citygate::proxy {

OriginConnection::OriginConnection(std::unique_ptr<Transport> transport, BulkPool& buffers, const ParserLimits& limits,
                                   OriginPlace place)
    : transport_(std::move(transport)),
      buffers_(buffers),
      reader_(*transport_, buffers.pool(), MessageParser::Kind::Response, limits),
      writer_(*transport_),
      place_(std::move(place)) {
  transport_->set_handler(this);
}

void OriginConnection::queue_request(std::string_view head, Framing body_framing, Method method) {
  ++uses_;
  request_done_ = false;
  reader_.borrow_from(buffers_.pool());
  reader_.expect_response_to(method);
  writer_.begin_head().append(head);
  writer_.begin_body(body_framing);
}

Result<bool> OriginConnection::read_head() {
  auto status = reader_.read_head();
  if (!status) {
    Error error = std::move(status).error();
    error.side = Error::Side::Origin;
    return std::unexpected(std::move(error));
  }
  switch (*status) {
    case MessageReader::HeadStatus::Complete: return true;
    case MessageReader::HeadStatus::NeedMore: return false;
    case MessageReader::HeadStatus::Closed: break;
  }
  return std::unexpected(Error{.kind = Error::Kind::Refused,
                               .side = Error::Side::Origin,
                               .retryable = !reader_.started(),
                               .context = "the origin closed without an answer"});
}

void OriginConnection::next_head() {
  if (!reader_.head().keep_alive) broken_ = true;  // whatever the heads behind it say
  reader_.next_message();
}

Sent OriginConnection::send(const Batch& batch, std::uint64_t limit) {
  const Sent sent = writer_.send(batch, limit);
  if (sent.done) request_done_ = true;
  if (sent.failed) broken_ = true;
  return sent;
}

std::unique_ptr<Transport> OriginConnection::release_transport(std::string_view& early) {
  early = reader_.raw().readable();
  listener_ = nullptr;
  broken_ = true;
  return std::move(transport_);
}

bool OriginConnection::reusable() const {
  return request_done_ && !broken_ && reader_.complete() && !reader_.leftover() && reader_.head().keep_alive &&
         reader_.head().framing != Framing::UntilClose;
}

void OriginConnection::make_idle() {
  reader_.next_message();
  reader_.release_if_empty();
  listener_ = nullptr;
}

bool OriginConnection::still_quiet() {
  const auto status = reader_.read_head();
  const bool quiet = status && *status == MessageReader::HeadStatus::NeedMore && !reader_.started();
  reader_.release_if_empty();
  return quiet;
}

void OriginConnection::on_readable() {
  if (listener_) listener_->on_origin_readable();
}

void OriginConnection::on_writable() {
  if (listener_) listener_->on_origin_writable();
}

}  // namespace citygate::proxy
