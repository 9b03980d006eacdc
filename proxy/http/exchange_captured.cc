// Exchange: of captured connections. The client chose an address and asked no proxy: a Host field or the name in a TLS
// hello says what it means, and the bytes go to that address and to no other, but for
// search engines whose safe results are elsewhere.
#include <algorithm>

#include "proxy/capture/first_bytes.h"
#include "proxy/http/exchange.h"
#include "proxy/http/upstream_pool.h"
#include "proxy/tls/fatal_alerts.h"

namespace citygate::proxy {
void Exchange::captured(const Chosen& chosen) {
  chosen_ = chosen;
  request_->chosen = chosen.address.ip.to_string();
}

// The address is what there is until the client has named its target, and what is left when it names none.
void Exchange::target_is_chosen_address() {
  case_.target.clear();
  case_.target.scheme = asked_ == Asked::Nothing ? Scheme::Tunnel : Scheme::Http;
  case_.target.host = request_->chosen;
  case_.target.address = chosen_->address.ip;
  case_.target.port = chosen_->address.port;
  case_.named_by = NamedBy::Address;
  case_.name_check = NameCheck::Unknown;
  case_.chosen = chosen_->address.ip;
  case_.own_address = chosen_->own;
}

void Exchange::begin_captured(const SocketAddress& peer, const ClientHello* hello) {
  open_captured(peer);
  hello_seen_ = hello != nullptr;
  const auto limited = admit();
  if (hello)
    name_by_hello(*hello);
  else
    case_.sign = policy::TunnelSign::NotTls;
  if (limited) {
    context_.desk.identify_by_address(peer_.ip, case_);
    return answer_limited(*limited);
  }
  if (hello && is_for_portal()) return lead_to_portal();
  identify();
}

void Exchange::begin_captured_broken(const SocketAddress& peer, Reason reason, Outcome outcome) {
  open_captured(peer);
  context_.desk.identify_by_address(peer_.ip, case_);
  context_.counters.bad_requests_total.add();
  if (const auto limited = admit()) return answer_limited(*limited);
  answer_error(outcome == Outcome::TimedOut ? 408 : 400, reason, outcome);
}

void Exchange::open_captured(const SocketAddress& peer) {
  asked_ = Asked::Nothing;
  hello_seen_ = false;
  open(peer, Method::Connect, Framing::None);
  account_.set_tunnel();
  client_.enter(ClientStream::Phase::Deciding);
}

void Exchange::name_by_hello(const ClientHello& hello) {
  if (hello.encrypted_hello) context_.counters.encrypted_hellos_total.add();
  // RFC 6066 section 3: a host name, never an address. What is none leaves the address to be the target.
  std::optional<IpAddress> literal;
  if (hello.server_name.empty() || !canonical_host(hello.server_name, request_->scratch, literal) || literal) {
    case_.sign = policy::TunnelSign::NoServerName;
    return;
  }
  case_.target.host = request_->scratch;
  case_.target.address.reset();
  case_.named_by = NamedBy::ServerName;
  check_name();
}

Result<void> Exchange::read_captured_target() {
  const MessageHead& head = client_.request();
  if (!head.target.starts_with('/')) {
    CG_TRY_VOID(parse_url(head.target, case_.target));
  } else {
    std::string_view host = head.value(FieldName::Host);
    // HTTP/1.0 may do without, and an empty one names nothing.
    const std::string own = host.empty() ? SocketAddress(chosen_->address).to_string() : std::string();
    CG_TRY_VOID(parse_origin_form(host.empty() ? own : host, head.target, case_.target));
    if (host.empty()) {
      case_.target.port = chosen_->address.port;
      return {};
    }
  }
  case_.target.port = chosen_->address.port;  // where the bytes go, whatever port the client writes behind the name
  case_.named_by = NamedBy::Host;
  check_name();
  return {};
}

// Evidence alone, so the exchange waits for no answer; without one in time the record says that it is not known.
void Exchange::check_name() {
  if (case_.target.address) return judge_name({&*case_.target.address, 1});
  if (const auto known = context_.resolver.cached(case_.target.host)) {
    case_.listed_host = is_listed();
    return judge_name(known->list);
  }
  name_look_up_ = std::make_unique<Ticket>(
      context_.resolver.resolve(case_.target.host, [this](Result<std::shared_ptr<const Addresses>> answer) {
        if (answer) judge_name((*answer)->list);
      }));
}

// The table opens the addresses that it lists for a name, not any address under that name.
bool Exchange::is_listed() const {
  const auto known = context_.resolver.cached(origin_name());
  if (!known || !known->listed_host) return false;
  return !goes_to_chosen() || std::ranges::find(known->list, case_.chosen) != known->list.end();
}

void Exchange::judge_name(std::span<const IpAddress> addresses) {
  const bool agrees = std::ranges::find(addresses, case_.chosen) != addresses.end();
  case_.name_check = agrees ? NameCheck::Agrees : NameCheck::Differs;
  if (!agrees) context_.counters.names_differ_total.add();
}

// Who was silent at first has a tunnel to an address, for a server that speaks first. A hello or a request in it comes
// too late: the name that it says was never decided. So does the beginning of one, whatever follows it.
bool Exchange::passes_first_bytes(std::string_view bytes) {
  if (!chosen_ || asked_ != Asked::Nothing || hello_seen_) return true;
  if (FirstBytes(chosen_->address.port).look(bytes) == FirstBytes::Kind::Other) return true;
  case_.verdict.ruling = Ruling::Refuse;
  case_.verdict.reason = Reason::BadRequest;
  case_.verdict.stage = Stage::Hello;
  cut();
  return false;
}

// Where the bytes go that a hello stands before was approved with it.
void Exchange::dial_chosen() {
  const IpAddress address = chosen_->address.ip;
  if (asked_ == Asked::Http && !passes_resolved({&address, 1})) return;
  times_.dialled();
  request_->pending = context_.dialer.dial({&address, 1}, chosen_->address.port, context_.config.connect_timeout,
                                           [this](Result<std::unique_ptr<Transport>> connected) {
                                             if (connected) return use_connection(std::move(*connected));
                                             origin_failed(std::move(connected).error());
                                           });
}

// An idle connection may serve only who chose the same address for the same name.
std::string_view Exchange::pool_name() {
  if (!goes_to_chosen()) return origin_name();
  request_->pool_name.assign(case_.target.host).append("@").append(request_->chosen);
  return request_->pool_name;
}

void Exchange::answer_without_http() {
  std::string_view alert;
  if (hello_seen_) alert = case_.verdict.ruling != Ruling::Allow ? kAccessDenied : kInternalError;
  client_.queue_bytes(alert);
}

}  // namespace citygate::proxy
