// Exchange: the way to its origin, over the pool or a new connection, and what happens when there is none.
#include "proxy/http/exchange.h"
#include "proxy/http/upgrade.h"
#include "proxy/http/upstream_pool.h"
#include "proxy/http/via.h"
#include "proxy/net/connector.h"

namespace citygate::proxy {
namespace {

// RFC 9110 section 9.2.2: safe to send again when a kept connection turned out to be dead.
bool idempotent(Method method) {
  switch (method) {
    case Method::Get:
    case Method::Head:
    case Method::Options:
    case Method::Put:
    case Method::Delete: return true;
    default: return false;
  }
}

// "name:port" of a CONNECT.
void append_authority(const Target& target, std::string& out) {
  const bool six = target.address && !target.address->is_v4();
  out.append(six ? "[" : "").append(target.host).append(six ? "]:" : ":").append(std::to_string(target.port));
}

// "name:port" as Host must say it: the port only where it is not the scheme's own (RFC 9110 section 7.2).
void append_host_field(const Target& target, std::string& out) {
  const bool six = target.address && !target.address->is_v4();
  if (six) out.push_back('[');
  out.append(target.host);
  if (six) out.push_back(']');
  if (target.port != 80) {
    out.push_back(':');
    out.append(std::to_string(target.port));
  }
}

}  // namespace

// What is refused or answered here was allowed by policy, but is not for an origin.
bool Exchange::may_go_on() {
  const MessageHead& head = client_.request();
  if (has_passed(head, context_.via)) {
    context_.counters.loops_total.add();
    answer_is_last_ = true;
    answer_error(508, Reason::Loop, Outcome::Failed);
    return false;
  }
  if (method_ != Method::Options) return true;
  const auto hops = max_forwards(head);
  if (!hops) {
    context_.counters.bad_requests_total.add();
    answer_error(400, Reason::BadRequest, Outcome::Failed);
    return false;
  }
  if (*hops != 0U) return true;
  // It is meant for us (RFC 9110 section 7.6.2).
  status_ = 200;
  record_then(Outcome::Completed, [this] {
    answer({.status = 200,
            .content_type = "text/plain; charset=utf-8",
            .extra_fields = "Allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH, CONNECT\r\n",
            .body = {}});
  });
  return false;
}

void Exchange::find_safe_name() {
  safe_name_ = context_.desk.safe_name(case_, case_.target.host);
  if (!safe_name_) return;
  // What the [hosts] table says of a name is the operator's own word about where it leads.
  if (const auto known = context_.resolver.cached(case_.target.host); known && known->listed_host)
    safe_name_.reset();
  else
    context_.counters.safe_names_total.add();
}

void Exchange::reach_origin() {
  if (asked_ == Asked::Http && !may_go_on()) return;
  find_safe_name();
  const Target& target = case_.target;
  if (method_ != Method::Connect) {
    const MessageHead& head = client_.request();
    ForwardedRequest as;
    as.origin_form = origin_form(head.target, method_, request_->scratch);
    request_->host_field.clear();
    append_host_field(target, request_->host_field);
    as.host_field = request_->host_field;
    as.via = context_.via;
    if (safe_name_) as.youtube_restrict = policy::youtube_restrict(safe_name_->engine);
    read_upgrade_offer(head, request_->upgrade_offer);
    as.upgrade = request_->upgrade_offer;
    if (method_ == Method::Options)
      if (const auto hops = max_forwards(head); hops && *hops) as.max_forwards = **hops - 1;
    request_->request_head.clear();
    append_request_head(head, as, request_->request_head);
  }
  if (method_ == Method::Connect) {
    request_->host_field.clear();
    append_authority(target, request_->host_field);
  }
  client_.release_head();
  request_->hops.begin(context_.parents, target.host, context_.parent_health, context_.loop.now());
  // A parent is told the name and not the address that the client chose; that must be one that may be reached all the
  // same. Where the bytes go that a hello stands before was approved with it.
  if (chosen_ && asked_ == Asked::Http && request_->hops.parent() && !passes_resolved({&chosen_->address.ip, 1}))
    return;
  try_hop();
}

void Exchange::try_hop() {
  state_ = State::Connecting;
  reached_.reset();
  request_sent_ = false;  // a CONNECT may have gone to the hop before
  const Parent* parent = request_->hops.parent();
  // Tunnels are nobody else's, nor is a connection that says whom it is for.
  if (method_ == Method::Connect || (parent && parent->proxy_protocol)) return dial();
  if (bound_ && !parent) {
    if (auto stream = bound_->take(origin_name(), case_.target.port, case_.subject.person)) {
      bound_to_person_ = true;
      return use_turn({.stream = std::move(stream), .place = {}});
    }
  }
  const std::string_view host = parent ? std::string_view(parent->pool_key) : pool_name();
  const std::uint16_t port = parent ? parent->port : case_.target.port;
  UpstreamPool& pool = context_.upstreams;
  if (auto turn = pool.take(host, port)) return use_turn(std::move(turn));
  auto ticket = pool.wait(host, port, [this](UpstreamPool::Turn turn) { use_turn(std::move(turn)); });
  if (!ticket) return answer_busy();
  state_ = State::Queueing;
  client_.enter(ClientStream::Phase::Queueing);
  request_->pending = std::move(*ticket);
}

void Exchange::use_turn(UpstreamPool::Turn turn) {
  state_ = State::Connecting;
  if (turn.stream) {
    if (request_->hops.parent()) return use_origin(std::move(turn.stream));
    if (const auto known = goes_to_chosen() ? nullptr : context_.resolver.cached(origin_name())) {
      context_.counters.dns_cache_hits_total.add();
      case_.listed_host = known->listed_host;
    }
    reached_ = turn.stream->peer();
    if (!passes_resolved(origin_address())) return context_.upstreams.discard(std::move(turn.stream));
    return use_origin(std::move(turn.stream));
  }
  request_->place = std::move(turn.place);
  dial();
}

void Exchange::answer_busy() {
  context_.counters.origin_busy_total.add();
  answer_error(503, Reason::OriginBusy, Outcome::Failed);
}

void Exchange::dial() {
  client_.enter(ClientStream::Phase::Connecting);
  const Parent* parent = request_->hops.parent();
  if (goes_to_chosen() && !parent) return dial_chosen();
  const std::string_view host = parent ? parent->host : origin_name();
  dns_asked_ = context_.resolver.cached(host) == nullptr;
  if (dns_asked_) {
    context_.counters.dns_lookups_total.add();
    times_.asked_dns();
  } else {
    context_.counters.dns_cache_hits_total.add();
    times_.dialled();
  }
  Ticket ticket = context_.connector.connect(
      host, parent ? parent->port : case_.target.port, context_.config.connect_timeout,
      [this](const Addresses& found) {
        if (std::exchange(dns_asked_, false)) {
          times_.got_addresses();
          times_.dialled();
        }
        if (request_->hops.parent()) return true;  // its address is the configuration's affair
        case_.listed_host = found.listed_host;
        return passes_resolved(found.list);
      },
      [this](Result<std::unique_ptr<Transport>> connected) {
        if (connected) return use_connection(std::move(*connected));
        if (std::exchange(dns_asked_, false)) {
          times_.got_addresses();
          context_.counters.dns_failures_total.add();
        }
        origin_failed(std::move(connected).error());
      });
  // The answer may have come from within, and this exchange be on another way by now, or over and followed by the next.
  if (ticket) request_->pending = std::move(ticket);
}

bool Exchange::passes_resolved(std::span<const IpAddress> addresses) {
  context_.desk.decide(case_, Stage::Resolved, addresses);
  if (case_.verdict.ruling == Ruling::Allow) return true;
  obey();
  return false;
}

void Exchange::use_connection(std::unique_ptr<Transport> connection) {
  request_->pending = {};  // nothing of the way here is kept
  times_.connected();
  const bool direct = !request_->hops.parent();
  if (direct) reached_ = connection->peer().ip;
  if (method_ != Method::Connect || !direct)
    return use_origin(context_.upstreams.adopt(std::move(connection), std::move(request_->place)));
  context_.counters.origin_connects_total.add();
  state_ = State::Tunnel;
  client_.become_tunnel(std::move(connection), 200, greeting(), {});
}

void Exchange::use_origin(std::unique_ptr<OriginStream> origin) {
  origin_ = std::move(origin);
  origin_->set_listener(this);
  times_.sent();
  origin_->queue_request(head_for_hop(), request_framing_, method_);
  state_ = State::Forwarding;
  client_.enter(ClientStream::Phase::Body);
  arm_tick();
  pump_request();
}

void Exchange::keep_or_give_back() {
  if (!bound_to_person_) return context_.upstreams.give_back(std::move(origin_));
  // Behind a parent it would be the parent's affair to keep the two together.
  if (request_->hops.parent()) return context_.upstreams.discard(std::move(origin_));
  if (!bound_) bound_ = std::make_unique<BoundOrigin>(context_.upstreams);
  bound_->keep(origin_name(), case_.target.port, case_.subject.person, std::move(origin_));
}

void Exchange::origin_failed(Error error) {
  const bool again = error.retryable && origin_ && origin_->reused() && !retried_ && interim_heads_ == 0 &&
                     request_framing_ == Framing::None && idempotent(method_);
  if (again) {
    // The kept connection was closed by the origin as the request went out: its answer to that request does not exist.
    // Another kept one may be as old, so this time it is a new connection, in the place of the dead one.
    retried_ = true;
    request_sent_ = false;
    reached_.reset();
    context_.counters.origin_retries_total.add();
    request_->place = context_.upstreams.discard_but_keep_place(std::move(origin_));
    state_ = State::Connecting;
    return dial();
  }
  const bool unreached = state_ == State::Connecting || (method_ == Method::Connect && error.retryable);
  drop_origin();
  request_->place = {};
  if (unreached && error.side != Error::Side::Local && try_next_hop()) return;
  context_.counters.origin_failures_total.add();
  if (!request_sent_) answer_is_last_ = answer_is_last_ || request_framing_ != Framing::None;
  // It is we who lack descriptors or ports.
  if (error.side == Error::Side::Local) return answer_error(503, Reason::Overloaded, Outcome::Failed);
  const bool timeout = error.kind == Error::Kind::Timeout;
  const bool unreachable = timeout || error.kind == Error::Kind::Refused || error.kind == Error::Kind::NotFound;
  const Reason not_reached = request_->hops.through_parents() ? Reason::ParentUnreachable : Reason::OriginUnreachable;
  answer_error(timeout ? 504 : 502, unreachable ? not_reached : Reason::OriginBroken, Outcome::Failed);
}

}  // namespace citygate::proxy
