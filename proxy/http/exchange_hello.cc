// Exchange: what a tunnel says of itself by its first bytes (stage hello).
//
// A CONNECT names a host, and what passes then need not be for that host: the name in a TLS hello counts as well. The
// categories of both are united, so the second name can only tighten; without a name, or without TLS, the tunnel bears
// a sign that policy decides about. Nothing has passed in either direction until then.
#include "proxy/http/exchange.h"
#include "proxy/http/head_rules.h"
#include "proxy/tls/fatal_alerts.h"

namespace citygate::proxy {

bool Exchange::passes_hello(FirstBytes::Kind kind, const ClientHello& hello) {
  using enum FirstBytes::Kind;
  hello_seen_ = kind == Tls || kind == BrokenTls;
  switch (kind) {
    case Tls:
      if (hello.encrypted_hello) context_.counters.encrypted_hellos_total.add();
      // The usual case, in which everything has been decided.
      if (equal_ignoring_case(hello.server_name, case_.target.host)) return true;
      if (!read_hello_name(hello.server_name)) return true;
      break;
    case Http:
    case Other: case_.sign = policy::TunnelSign::NotTls; break;
    // Two readers could find two names in it, or a third one later.
    case BrokenTls:
    case Undecided:
      context_.desk.refuse_hello(case_, Reason::BadRequest);
      refuse_tunnel();
      return false;
  }
  context_.desk.add_hello(case_);
  context_.desk.decide(case_, Stage::Hello, origin_address());
  if (case_.verdict.ruling == Ruling::Warn) {
    case_.warning_waived = true;  // as in decide_request(): nobody could be shown it
    context_.desk.decide(case_, Stage::Hello, origin_address());
  }
  if (case_.verdict.ruling == Ruling::Allow) {
    if (!evades_safe_search()) return true;
    context_.desk.refuse_hello(case_, Reason::Circumvention);
  }
  refuse_tunnel();
  return false;
}

// A site whose safe results are elsewhere, behind the name of one that is reached as it is.
bool Exchange::evades_safe_search() {
  if (!case_.hello_target) return false;
  const auto safe = context_.desk.safe_name(case_, case_.hello_target->host);
  return safe && safe->dialled != origin_name();
}

// False: it is the name of the CONNECT, spelt in another way.
bool Exchange::read_hello_name(std::string_view name) {
  std::string host;
  std::optional<IpAddress> literal;
  // RFC 6066 section 3: a host name, never an address. What is none names nobody.
  if (name.empty() || !canonical_host(name, host, literal) || literal) {
    case_.sign = policy::TunnelSign::NoServerName;
    return true;
  }
  if (host == case_.target.host) return false;
  context_.counters.other_server_names_total.add();
  case_.hello_target = std::make_unique<Target>();
  case_.hello_target->scheme = Scheme::Tunnel;
  case_.hello_target->host = std::move(host);
  case_.hello_target->port = case_.target.port;
  return true;
}

void Exchange::hello_broken_off(Outcome outcome) {
  const bool late = outcome == Outcome::TimedOut;
  if (late) context_.counters.header_timeouts_total.add();
  context_.desk.refuse_hello(case_, late ? Reason::TimedOut : Reason::BadRequest);
  tunnel_over(outcome);
}

// The client has been told that there is a tunnel; not a byte of it has passed.
void Exchange::refuse_tunnel() {
  case_.verdict.ruling = Ruling::Refuse;
  context_.counters.refused_total.add();
  client_.stop_tunnel();
  record_then(Outcome::Refused, [this] {
    if (hello_seen_) client_.say_last(kAccessDenied);
    end_exchange(ClientStream::End::Close);
  });
}

}  // namespace citygate::proxy
