#include "proxy/counters.h"

namespace citygate::proxy {
namespace {

constexpr auto kTotal = CounterRow::Kind::Total;
constexpr auto kGauge = CounterRow::Kind::Gauge;

// A counter that is alone in its family, under its own name.
constexpr CounterRow row(std::string_view name, Counter Counters::* counter, CounterRow::Kind kind,
                         std::string_view help) {
  return {.name = name, .counter = counter, .kind = kind, .family = name, .help = help};
}

constexpr CounterRow labelled(std::string_view name, Counter Counters::* counter, std::string_view family,
                              std::string_view label, std::string_view value, std::string_view help) {
  return {.name = name,
          .counter = counter,
          .kind = kTotal,
          .family = family,
          .label = label,
          .label_value = value,
          .help = help};
}

constexpr CounterRow kCounterRows[] = {
    row("connections_open", &Counters::connections_open, kGauge, "Client connections open now."),
    row("connections_total", &Counters::connections_total, kTotal, "Client connections accepted."),
    row("exchanges_total", &Counters::exchanges_total, kTotal, "Exchanges that have ended and left their last record."),
    row("tunnels_open", &Counters::tunnels_open, kGauge, "Tunnels open now."),
    row("tunnels_total", &Counters::tunnels_total, kTotal, "Tunnels begun."),
    row("refused_total", &Counters::refused_total, kTotal, "Exchanges answered with the refusal page."),
    row("cut_total", &Counters::cut_total, kTotal, "Exchanges that a verdict ended in mid-stream."),
    row("authentication_asked_total", &Counters::authentication_asked_total, kTotal, "Answers 407."),
    row("sent_to_portal_total", &Counters::sent_to_portal_total, kTotal,
        "Exchanges of people who have to sign in or to acknowledge the policy's text on the portal first."),
    row("elsewhere_total", &Counters::elsewhere_total, kTotal,
        "People who came to an address while active at another one (proxy.same_person_window)."),
    row("bad_requests_total", &Counters::bad_requests_total, kTotal, "Requests that could not be read."),
    row("origin_connects_total", &Counters::origin_connects_total, kTotal, "Connections made to origins."),
    row("origin_reuses_total", &Counters::origin_reuses_total, kTotal,
        "Requests sent over a connection of the origin pool that was there already."),
    row("origin_retries_total", &Counters::origin_retries_total, kTotal,
        "Requests sent again because a kept origin connection had been closed."),
    row("origin_failures_total", &Counters::origin_failures_total, kTotal,
        "Exchanges that failed because of the origin or its name."),
    row("origin_waits_total", &Counters::origin_waits_total, kTotal,
        "Requests that waited for one of the connections that there may be to their origin."),
    row("origin_busy_total", &Counters::origin_busy_total, kTotal,
        "Requests answered 503 because they waited for such a connection too long, or too many did."),
    row("loops_total", &Counters::loops_total, kTotal, "Requests answered 508 because they had come this way before."),
    row("parent_failures_total", &Counters::parent_failures_total, kTotal,
        "Requests that a parent proxy could not be reached for, or did not let through."),
    row("dns_cache_hits_total", &Counters::dns_cache_hits_total, kTotal,
        "Exchanges whose origin's addresses were at hand."),
    row("dns_lookups_total", &Counters::dns_lookups_total, kTotal, "Exchanges that had to wait for DNS."),
    row("dns_failures_total", &Counters::dns_failures_total, kTotal, "Exchanges that got no address."),
    row("header_timeouts_total", &Counters::header_timeouts_total, kTotal,
        "Clients that took too long over a request head."),
    row("client_gone_total", &Counters::client_gone_total, kTotal,
        "Clients that went before their exchange had ended."),
    row("spool_full_total", &Counters::spool_full_total, kTotal, "Records that had to wait for room in the spool."),
    row("overload_refusals_total", &Counters::overload_refusals_total, kTotal,
        "Requests and connections answered 503: the spool nearly full, memory short, too many passwords to verify."),
    labelled("limited_connections_total", &Counters::limited_connections_total, "limited_total", "limit", "connections",
             "Connections and requests refused by the limits of one address or person."),
    labelled("limited_requests_total", &Counters::limited_requests_total, "limited_total", "limit", "requests", ""),
    labelled("limited_passwords_total", &Counters::limited_passwords_total, "limited_total", "limit", "passwords", ""),
    row("slow_clients_total", &Counters::slow_clients_total, kTotal,
        "Exchanges ended because the client sent its body or took its answer too slowly."),
    row("untracked_clients_total", &Counters::untracked_clients_total, kTotal,
        "Connections and persons that found no room among those counted (limits.clients), and so have no limits."),
    row("captured_total", &Counters::captured_total, kTotal, "Connections taken by redirect and tproxy listeners."),
    row("names_differ_total", &Counters::names_differ_total, kTotal,
        "Captured exchanges whose name has other addresses than the one that the client chose."),
    row("encrypted_hellos_total", &Counters::encrypted_hellos_total, kTotal,
        "Hellos that hold an encrypted one: the name they show may be a cover."),
    row("other_server_names_total", &Counters::other_server_names_total, kTotal,
        "Tunnels whose TLS hello names another host than their CONNECT; the categories of both count."),
    row("safe_names_total", &Counters::safe_names_total, kTotal,
        "Exchanges whose origin was reached by the name under which it offers safe results."),
    row("silent_clients_total", &Counters::silent_clients_total, kTotal,
        "Captured connections on which the client said nothing for proxy.first_bytes_timeout."),
    labelled("from_client_bytes_total", &Counters::from_client_bytes_total, "bytes_total", "direction", "from_client",
             "Payload carried: bodies and what passes tunnels, heads not counted."),
    labelled("to_client_bytes_total", &Counters::to_client_bytes_total, "bytes_total", "direction", "to_client", ""),
    labelled("accept_pauses_total", &Counters::accept_pauses_total, "accept_pauses_total", "reason", "connections",
             "How often accepting paused, and why: proxy.connections reached, gateway.memory_bytes reached, no "
             "descriptor left."),
    labelled("memory_pauses_total", &Counters::memory_pauses_total, "accept_pauses_total", "reason", "memory", ""),
    labelled("descriptor_pauses_total", &Counters::descriptor_pauses_total, "accept_pauses_total", "reason",
             "descriptors", ""),
    row("local_answers_total", &Counters::local_answers_total, kTotal,
        "Files that the gateway serves itself (proxy.pac, wpad.dat); they leave no record."),
    row("portal_requests_total", &Counters::portal_requests_total, kTotal,
        "Requests and tunnels that were led to the portal, the gateway's own pages; they leave no record."),
    labelled("tls_full_handshakes_total", &Counters::tls_full_handshakes_total, "tls_handshakes_total", "result",
             "full", "Handshakes of clients that speak TLS to the gateway."),
    labelled("tls_resumed_handshakes_total", &Counters::tls_resumed_handshakes_total, "tls_handshakes_total", "result",
             "resumed", ""),
    labelled("tls_failed_handshakes_total", &Counters::tls_failed_handshakes_total, "tls_handshakes_total", "result",
             "failed", ""),
    labelled("proxy_headers_total", &Counters::proxy_headers_total, "proxy_headers_total", "result", "read",
             "PROXY protocol headers of load balancers, and connections refused for want of a good one."),
    labelled("proxy_headers_refused_total", &Counters::proxy_headers_refused_total, "proxy_headers_total", "result",
             "refused", ""),
};

constexpr HistogramRow kHistogramRows[] = {
    {"decision_seconds", &Counters::decision,
     "From a whole request head to its verdict, a password's verification included; of one exchange in 64."},
    {"dns_seconds", &Counters::dns, "Wait for addresses that were not at hand."},
    {"origin_connect_seconds", &Counters::origin_connect, "From dialling an origin to the connection."},
    {"origin_first_byte_seconds", &Counters::origin_first_byte,
     "From the first byte of a request to the head of its answer."},
    {"exchange_seconds", &Counters::exchange, "A whole exchange, head to last byte; tunnels apart."},
    {"tunnel_seconds", &Counters::tunnel, "A whole CONNECT, whatever became of it."},
};

}  // namespace

std::span<const CounterRow> counter_rows() { return kCounterRows; }
std::span<const HistogramRow> histogram_rows() { return kHistogramRows; }

CounterValues Counters::values() const {
  CounterValues out;
  out.reserve(std::size(kCounterRows));
  for (const CounterRow& row : kCounterRows) out.emplace_back(row.name, (this->*row.counter).get());
  return out;
}

}  // namespace citygate::proxy
