// Exchange: requests for the gateway's own pages.
//
// They meet neither policy nor the question who is asking, since the portal is where that is answered, and leave no
// record, since they are nobody's browsing; they are counted. What limits one client holds here too: it was asked before.
#include "proxy/http/exchange.h"
#include "proxy/portal_service.h"

namespace citygate::proxy {

bool Exchange::is_for_portal() const {
  const PortalPlace* portal = context_.portal;
  if (!portal) return false;
  const Target& target = case_.target;
  if (method_ == Method::Connect) return portal->serves(target.host, target.port);
  return portal->redirects(target.host, target.port);
}

void Exchange::lead_to_portal() {
  account_.leave_out();
  name_look_up_.reset();
  context_.counters.portal_requests_total.add();
  if (method_ != Method::Connect) {
    const LocalAnswer page = portal_redirect(*context_.portal, method_, case_.target.path);
    status_ = page.status;
    ending_ = true;
    return answer(page);
  }
  to_portal_ = true;
  state_ = State::Connecting;
  client_.enter(ClientStream::Phase::Connecting);
  const SocketAddress& inner = context_.portal->inner();
  request_->pending = context_.dialer.dial({&inner.ip, 1}, inner.port, context_.config.connect_timeout,
                                           [this](Result<std::unique_ptr<Transport>> connected) {
                                             if (connected) return use_portal(std::move(*connected));
                                             answer_error(503, Reason::Overloaded, Outcome::Failed);
                                           });
}

void Exchange::use_portal(std::unique_ptr<Transport> connection) {
  request_->pending = {};
  const std::string header = context_.portal->header_for(peer_, client_.local());
  const iovec piece{const_cast<char*>(header.data()), header.size()};
  const IoResult sent = connection->write({&piece, 1});
  // A new connection takes some hundred bytes at once, or there is something wrong with it.
  if (sent.kind != IoResult::Kind::Ok || sent.bytes != header.size())
    return answer_error(503, Reason::Overloaded, Outcome::Failed);
  state_ = State::Tunnel;
  client_.become_tunnel(std::move(connection), 200, greeting(), {});
}

}  // namespace citygate::proxy
