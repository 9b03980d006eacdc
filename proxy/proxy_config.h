// proxy_config.h - settings of the data path: bounds, deadlines, names.
#pragma once

#include "base/config.h"
#include "proxy/limits/limits_config.h"
#include "proxy/pac_config.h"

namespace citygate::proxy {

struct ProxyConfig {
  std::chrono::milliseconds header_timeout{15'000};
  std::chrono::milliseconds first_bytes_timeout{3'000};
  std::chrono::milliseconds keep_alive_timeout{60'000};
  std::chrono::milliseconds body_timeout{60'000};
  std::chrono::milliseconds connect_timeout{15'000};
  std::chrono::milliseconds response_timeout{120'000};
  std::chrono::milliseconds client_write_timeout{60'000};
  std::chrono::milliseconds tunnel_idle_timeout{3'600'000};
  std::chrono::milliseconds tunnel_lifetime{86'400'000};
  std::chrono::milliseconds origin_idle_timeout{55'000};
  std::chrono::milliseconds close_timeout{2'000};
  std::chrono::milliseconds slice_interval{60'000};
  std::chrono::milliseconds drain_timeout{10'000};
  std::chrono::milliseconds hand_over_timeout{86'400'000};
  std::size_t head_bytes = 32 * 1024;
  std::size_t target_bytes = 16 * 1024;
  std::size_t header_fields = 200;
  std::chrono::milliseconds attempt_delay{250};
  std::size_t origin_idle_per_host = 64;
  std::size_t origin_idle = 4096;
  std::size_t origin_connections_per_host = 1000;
  std::size_t origin_queue_per_host = 1000;
  std::size_t connections = 20'000;
  std::string name = "citygate";
  std::string realm = "City network";
  std::chrono::milliseconds credential_cache{3'600'000};
  std::size_t password_threads = 0;
  std::chrono::milliseconds same_person_window{600'000};

  PacConfig pac;        // its fields: kPacFields
  LimitsConfig limits;  // its fields: kLimitsFields

  TextList dns_servers;
  std::chrono::milliseconds dns_timeout{5'000};
  std::chrono::milliseconds dns_negative_ttl{300'000};
  std::size_t dns_cache_entries = 20'000;

  TextTable hosts;
  TextTable parents, routes;

  TextList proxy_protocol_from;
};

namespace config_bounds {
using std::chrono::milliseconds;
inline constexpr Between<milliseconds> kPhase{milliseconds(10), milliseconds(3'600'000)};
inline constexpr Between<milliseconds> kLong{milliseconds(10), milliseconds(7 * 86'400'000)};
}  // namespace config_bounds

inline constexpr std::tuple kProxyFields{
    field("proxy.header_timeout", &ProxyConfig::header_timeout, config_bounds::kPhase, Reload::Live,
          "Longest time a client may take to send its request head, from the head's first byte."),
    field("proxy.first_bytes_timeout", &ProxyConfig::first_bytes_timeout, config_bounds::kPhase, Reload::Live,
          "How long a tunnel, and a redirect or tproxy listener, waits for a client's first byte; who is silent so "
          "long is "
          "taken for one that waits for its server to speak, and so for no TLS."),
    field("proxy.keep_alive_timeout", &ProxyConfig::keep_alive_timeout, config_bounds::kPhase, Reload::Live,
          "How long a client connection without a request stays open."),
    field("proxy.body_timeout", &ProxyConfig::body_timeout, config_bounds::kPhase, Reload::Live,
          "Longest silence of either side in the middle of a body."),
    field("proxy.connect_timeout", &ProxyConfig::connect_timeout, config_bounds::kPhase, Reload::Live,
          "Longest time to find and reach an origin, over all its addresses."),
    field("proxy.response_timeout", &ProxyConfig::response_timeout, config_bounds::kPhase, Reload::Live,
          "Longest wait for an answer's head after the request was sent."),
    field("proxy.client_write_timeout", &ProxyConfig::client_write_timeout, config_bounds::kPhase, Reload::Live,
          "Longest time in which a client may take none of the bytes that wait for it."),
    field("proxy.tunnel_idle_timeout", &ProxyConfig::tunnel_idle_timeout, config_bounds::kLong, Reload::Live,
          "How long a tunnel stays open in which nothing moves."),
    field("proxy.tunnel_lifetime", &ProxyConfig::tunnel_lifetime, config_bounds::kLong, Reload::Live,
          "How long a tunnel may stay open, whatever moves in it; also one that an Upgrade made. Counted from its "
          "request."),
    field("proxy.origin_idle_timeout", &ProxyConfig::origin_idle_timeout, config_bounds::kPhase, Reload::Live,
          "How long an origin connection is kept for the next request."),
    field("proxy.close_timeout", &ProxyConfig::close_timeout, config_bounds::kPhase, Reload::Live,
          "How long a client is given to read the rest after our side of the connection is finished."),
    field("proxy.slice_interval", &ProxyConfig::slice_interval, config_bounds::kPhase, Reload::Live,
          "A long exchange is charged, recorded and decided again this often."),
    field("proxy.drain_timeout", &ProxyConfig::drain_timeout, config_bounds::kPhase, Reload::Live,
          "How long running exchanges may go on after SIGTERM."),
    field("proxy.hand_over_timeout", &ProxyConfig::hand_over_timeout, config_bounds::kLong, Reload::Live,
          "How long connections of the process before an upgrade may go on."),
    field("proxy.head_bytes", &ProxyConfig::head_bytes, between<std::size_t>(1024, 32 * 1024), Reload::Live,
          "Largest head of a message, request or answer."),
    field("proxy.target_bytes", &ProxyConfig::target_bytes, between<std::size_t>(256, 32 * 1024), Reload::Live,
          "Longest request target; a longer one is answered with 414."),
    field("proxy.header_fields", &ProxyConfig::header_fields, between<std::size_t>(16, 1000), Reload::Live,
          "Most header fields in one head; more are answered with 431."),
    field("proxy.origin_idle_per_host", &ProxyConfig::origin_idle_per_host, between<std::size_t>(0, 10'000),
          Reload::Live, "Idle connections kept per origin and worker."),
    field("proxy.origin_idle", &ProxyConfig::origin_idle, between<std::size_t>(0, 1'000'000), Reload::Live,
          "Idle connections kept per worker, over all origins; the longest idle one goes first."),
    field("proxy.origin_connections_per_host", &ProxyConfig::origin_connections_per_host,
          between<std::size_t>(1, 1'000'000), Reload::Live,
          "Most connections of a worker to one origin, in use and idle; tunnels are not counted. Further requests wait "
          "for one, as long as connect_timeout, and are then answered with 503."),
    field("proxy.origin_queue_per_host", &ProxyConfig::origin_queue_per_host, between<std::size_t>(0, 1'000'000),
          Reload::Live, "Most requests of a worker that wait for a connection to one origin; further ones get 503."),
    field("proxy.attempt_delay", &ProxyConfig::attempt_delay,
          Between<std::chrono::milliseconds>{std::chrono::milliseconds(10), std::chrono::milliseconds(2'000)},
          Reload::Live, "How long one address of an origin may be silent before the next is tried beside it."),
    field("proxy.connections", &ProxyConfig::connections, between<std::size_t>(16, 1'000'000), Reload::Live,
          "Most client connections per worker; further ones wait in the kernel's queue."),
    field("proxy.name", &ProxyConfig::name, any_value, Reload::Live,
          "What the gateway calls itself in Via and Proxy-Status; letters, digits, '-', '.'."),
    field("proxy.realm", &ProxyConfig::realm, any_value, Reload::Live, "What the browser's password prompt shows."),
    field("proxy.credential_cache", &ProxyConfig::credential_cache, config_bounds::kPhase, Reload::Live,
          "A verified password need not be verified again as long as it is used at least this often."),
    field(
        "proxy.password_threads", &ProxyConfig::password_threads, between<std::size_t>(0, 64), Reload::Restart,
        "Passwords that are verified at a time, each on a thread of its own that takes a core and 64 MiB meanwhile; 0: "
        "one for two cores, at most four."),
    field(
        "proxy.same_person_window", &ProxyConfig::same_person_window,
        between(std::chrono::milliseconds(0), std::chrono::milliseconds(86'400'000)), Reload::Live,
        "A person known by password or sign-in who comes to an address within this time of being active at another one "
        "is recorded as being at two (`citygate records search --elsewhere`); 0: nobody is."),
    field("dns.servers", &ProxyConfig::dns_servers, any_value, Reload::Live,
          "Name servers, as \"192.0.2.53\" or \"[2001:db8::53]:5353\"; empty: those of /etc/resolv.conf."),
    field("dns.timeout", &ProxyConfig::dns_timeout, config_bounds::kPhase, Reload::Live,
          "Longest time of one look-up."),
    field("dns.negative_ttl", &ProxyConfig::dns_negative_ttl, config_bounds::kPhase, Reload::Live,
          "Longest time that a name without an address is remembered as such; less where its zone says so."),
    field("dns.cache_entries", &ProxyConfig::dns_cache_entries, between<std::size_t>(16, 10'000'000), Reload::Live,
          "Names remembered per worker."),
    field("gateway.proxy_protocol_from", &ProxyConfig::proxy_protocol_from, any_value, Reload::Live,
          "Addresses and ranges of the load balancers whose PROXY protocol headers are believed, as \"10.0.0.4\" or "
          "\"10.0.0.0/28\"; a listener with the word proxy-protocol takes connections from nobody else."),
    field("parents", &ProxyConfig::parents, any_value, Reload::Live,
          "Proxies that names may be reached through: name = \"host:port\", or a list that goes on with \"credentials "
          "FILE\" (one line name:password) and \"proxy-protocol v1\" or \"v2\"."),
    field(
        "routes", &ProxyConfig::routes, any_value, Reload::Live,
        "Which parents lead to which names: name, \"*.name\" or \"default\" = a parent or a list of them, tried in "
        "order; \"direct\" goes around them. Without a route a name is reached directly. The parent looks the name up "
        "itself."),
    field("hosts", &ProxyConfig::hosts, any_value, Reload::Live,
          "Names answered without DNS: name = \"address\" or a list of them; \"*.name\" stands for all names below. A "
          "private "
          "address given here may be reached."),
};

}  // namespace citygate::proxy
