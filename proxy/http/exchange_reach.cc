// Exchange: the way to its origin, over the pool or a new connection, and what happens when there is none.
#include "proxy/http/exchange.h"
#include "proxy/http/upgrade.h"
#include "proxy/http/upstream_pool.h"
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

void Exchange::reach_origin() {
  const Target& target = case_.target;
  if (method_ != Method::Connect) {
    const MessageHead& head = client_.request();
    ForwardedRequest as;
    as.origin_form = origin_form(head.target, method_, scratch_);
    host_field_.clear();
    append_host_field(target, host_field_);
    as.host_field = host_field_;
    as.via = context_.via;
    read_upgrade_offer(head, upgrade_offer_);
    as.upgrade = upgrade_offer_;
    request_head_.clear();
    append_request_head(head, as, request_head_);
  }
  client_.release_head();
  state_ = State::Connecting;
  client_.enter(ClientStream::Phase::Connecting);
  const std::shared_ptr<const Addresses> known = context_.resolver.cached(target.host);
  if (known) {
    context_.counters.dns_cache_hits_total.add();
    case_.listed_host = known->listed_host;
  }
  if (method_ != Method::Connect) {
    if (auto idle = context_.upstreams.take(target.host, target.port)) {
      const IpAddress peer = idle->peer();
      if (!passes_resolved({&peer, 1})) return context_.upstreams.discard(std::move(idle));
      return use_origin(std::move(idle));
    }
  }
  dial(known ? Asking::Nobody : Asking::Dns);
}

void Exchange::dial(Asking asking) {
  const std::uint64_t number = number_;
  dns_asked_ = asking == Asking::Dns;
  if (dns_asked_) {
    context_.counters.dns_lookups_total.add();
    times_.asked_dns();
  } else {
    times_.dialled();
  }
  Ticket ticket = context_.connector.connect(
      case_.target.host, case_.target.port, context_.config.connect_timeout,
      [this](const Addresses& found) {
        if (std::exchange(dns_asked_, false)) {
          times_.got_addresses();
          times_.dialled();
        }
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
  // The answer may have come from within, and ended this exchange and begun the next.
  if (number == number_ && state_ == State::Connecting) pending_ = std::move(ticket);
}

bool Exchange::passes_resolved(std::span<const IpAddress> addresses) {
  context_.desk.decide(case_, Stage::Resolved, addresses);
  if (case_.verdict.ruling == Ruling::Allow) return true;
  obey();
  return false;
}

void Exchange::use_connection(std::unique_ptr<Transport> connection) {
  times_.connected();
  if (method_ != Method::Connect) return use_origin(context_.upstreams.adopt(std::move(connection)));
  context_.counters.origin_connects_total.add();
  state_ = State::Tunnel;
  arm_tick();
  client_.become_tunnel(std::move(connection), 200, "HTTP/1.1 200 Connection established\r\n\r\n", {});
}

void Exchange::use_origin(std::unique_ptr<OriginStream> origin) {
  origin_ = std::move(origin);
  origin_->set_listener(this);
  times_.sent();
  origin_->queue_request(request_head_, request_framing_, method_);
  state_ = State::Forwarding;
  client_.enter(ClientStream::Phase::Body);
  arm_tick();
  pump_request();
}

void Exchange::origin_failed(Error error) {
  const bool again = error.retryable && origin_ && origin_->reused() && !retried_ &&
                     request_framing_ == Framing::None && idempotent(method_);
  drop_origin();
  if (again) {
    // The kept connection was closed by the origin as the request went out: its answer to that request does not exist.
    // Another kept one may be as old, so this time it is a new connection.
    retried_ = true;
    request_sent_ = false;
    context_.counters.origin_retries_total.add();
    state_ = State::Connecting;
    client_.enter(ClientStream::Phase::Connecting);
    return dial(context_.resolver.cached(case_.target.host) ? Asking::Nobody : Asking::Dns);
  }
  context_.counters.origin_failures_total.add();
  if (!request_sent_) answer_is_last_ = answer_is_last_ || request_framing_ != Framing::None;
  // It is we who lack descriptors or ports.
  if (error.side == Error::Side::Local) return answer_error(503, Reason::Overloaded, Outcome::Failed);
  const bool timeout = error.kind == Error::Kind::Timeout;
  const bool unreachable = timeout || error.kind == Error::Kind::Refused || error.kind == Error::Kind::NotFound;
  answer_error(timeout ? 504 : 502, unreachable ? Reason::OriginUnreachable : Reason::OriginBroken, Outcome::Failed);
}

}  // namespace citygate::proxy
