// Exchange: the origin switches protocols.
#include "proxy/http/exchange.h"
#include "proxy/http/upgrade.h"
#include "proxy/http/upstream_pool.h"

namespace citygate::proxy {

void Exchange::on_switching() {
  const MessageHead& head = origin_->response();
  if (!request_sent_ || !takes_up(head, request_->upgrade_offer))
    return origin_failed(Error{.kind = Error::Kind::Malformed, .side = Error::Side::Origin, .context = "101 unasked"});
  std::string greeting;
  append_response_head(
      head, {.framing = Framing::None, .via = context_.via, .upgrade = ForwardedResponse::Upgrade::Passes}, greeting);
  response_begun_ = true;
  state_ = State::Tunnel;
  account_.set_tunnel();
  // The tunnel may end at once, and this exchange with it: the stream is out of its reach until its bytes are taken.
  std::unique_ptr<OriginStream> origin = std::move(origin_);
  std::string_view early;
  std::unique_ptr<Transport> connection = origin->release_transport(early);
  client_.become_tunnel(std::move(connection), 101, greeting, early);
  context_.upstreams.discard(std::move(origin));
}

}  // namespace citygate::proxy
