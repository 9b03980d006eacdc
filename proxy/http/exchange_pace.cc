// Exchange: clients that send their bodies or take their answers too slowly.
#include "proxy/http/exchange.h"

namespace citygate::proxy {

Pace::Rule Exchange::client_pace() const {
  const LimitsConfig& limits = context_.config.limits;
  return {limits.client_rate_bytes, limits.client_rate_window};
}

bool Exchange::body_keeps_up(std::uint64_t bytes) {
  if (bytes == 0) return true;
  if (request_->body_pace.moved(bytes, context_.loop.now(), client_pace())) return true;
  client_too_slow();
  return false;
}

bool Exchange::reader_keeps_up(std::uint64_t bytes) {
  if (!writing_ || bytes == 0) return true;
  if (request_->reader_pace.moved(bytes, context_.loop.now(), client_pace())) return true;
  client_too_slow();
  return false;
}

// The client's time begins when it takes nothing any more, not whenever the origin sends.
void Exchange::wait_for_reader(std::uint64_t bytes) {
  if (bytes > 0 || !writing_) client_.enter(ClientStream::Phase::Writing);
  writing_ = true;
  request_->reader_pace.wait(context_.loop.now());
}

void Exchange::client_too_slow() {
  context_.counters.slow_clients_total.add();
  answer_is_last_ = true;
  if (!response_begun_) return answer_error(408, Reason::TimedOut, Outcome::TimedOut);
  drop_origin();
  record_then(Outcome::TimedOut, [this] { end_exchange(ClientStream::End::Short); });
}

}  // namespace citygate::proxy
