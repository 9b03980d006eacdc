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
    case BrokenTls: return refuse_hello(Reason::BadRequest);
    case Undecided: return refuse_hello(Reason::TimedOut);
  }
  // A site whose safe results are elsewhere, behind the name of one that is reached as it is.
  if (case_.hello_target) {
    const auto safe = context_.desk.safe_name(case_, case_.hello_target->host);
    if (safe && safe->dialled != origin_name()) return refuse_hello(Reason::Circumvention);
  }
  context_.desk.add_hello(case_);
  context_.desk.decide(case_, Stage::Hello, origin_address());
  if (case_.verdict.ruling == Ruling::Warn) {
    case_.warning_waived = true;  // as in decide_request(): nobody could be shown it
    context_.desk.decide(case_, Stage::Hello, origin_address());
  }
  if (case_.verdict.ruling == Ruling::Allow) return true;
  refuse_tunnel();
  return false;
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

bool Exchange::refuse_hello(Reason reason) {
  case_.verdict.ruling = Ruling::Refuse;
  case_.verdict.reason = reason;
  case_.verdict.stage = Stage::Hello;
  case_.verdict.charge = {};
  refuse_tunnel();
  return false;
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
