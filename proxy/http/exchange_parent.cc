// Exchange: through another proxy, where a route says so.
//
// Plain HTTP goes to the parent in absolute form: it may cache, and its connections serve all origins. CONNECT goes on
// as CONNECT, and so does a captured connection that speaks TLS: to the name that it gives, which the parent may have
// rules for, or without one to the address. What a parent says is final, also a refusal; only one that cannot be
// reached is passed over.
#include "base/log.h"
#include "proxy/http/exchange.h"
#include "proxy/http/parent_head.h"

namespace citygate::proxy {

std::string_view Exchange::head_for_hop() {
  const Parent* parent = request_->hops.parent();
  if (!parent) return request_->request_head;
  request_->parent_head.clear();
  if (parent->proxy_protocol)
    append_proxy_header(*parent->proxy_protocol, {.source = peer_, .destination = client_.local()},
                        request_->parent_head);
  const std::string_view authority = authority_for_parent();
  if (method_ == Method::Connect)
    append_connect_head(authority, parent->authorization, context_.via, request_->parent_head);
  else
    append_absolute_head(request_->request_head, authority, parent->authorization, request_->parent_head);
  return request_->parent_head;
}

// It looks the name up, so it must be told the one that is to be reached.
std::string_view Exchange::authority_for_parent() {
  if (!safe_name_) return request_->host_field;
  std::string& out = request_->scratch;
  out.assign(safe_name_->dialled);
  if (method_ == Method::Connect || case_.target.port != 80) out.append(":").append(std::to_string(case_.target.port));
  return out;
}

bool Exchange::try_next_hop() {
  const MonoTime now = context_.loop.now();
  if (const Parent* parent = request_->hops.parent()) {
    context_.counters.parent_failures_total.add();
    context_.parent_health.failed(*parent, now);
  }
  if (!request_->hops.next(context_.parent_health, now)) return false;
  try_hop();
  return true;
}

bool Exchange::parent_lets_through() {
  const std::uint16_t status = origin_->response().status;
  const bool refused = method_ == Method::Connect ? status / 100 != 2 : status == 407;
  if (!refused) return true;
  context_.counters.parent_failures_total.add();
  // Its challenge is for us: the client's credentials are none of its business.
  if (status == 407 && context_.parent_health.may_complain(context_.loop.now()))
    log::warning("the parent {} asks for other credentials than it is given", request_->hops.parent()->name);
  if (!request_sent_) answer_is_last_ = true;
  answer_error(502, Reason::ParentUnreachable, Outcome::Failed);
  return false;
}

void Exchange::open_tunnel_through_parent() {
  state_ = State::Tunnel;
  // The tunnel may end at once, and this exchange with it: the stream is out of its reach until its bytes are taken.
  std::unique_ptr<OriginStream> origin = std::move(origin_);
  std::string_view early;
  std::unique_ptr<Transport> connection = origin->release_transport(early);
  UpstreamPool& pool = context_.upstreams;
  client_.become_tunnel(std::move(connection), 200, greeting(), early);
  pool.discard(std::move(origin));
}

}  // namespace citygate::proxy
