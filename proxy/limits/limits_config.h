// limits_config.h - how much one client or one person may ask of the gateway at a time.
#pragma once

#include "base/config.h"
#include "proxy/identity/failure_table.h"

namespace citygate::proxy {

// 0 stands for "no limit" everywhere here.
struct LimitsConfig {
  TextList exempt{"127.0.0.0/8", "::1"};
  std::size_t ipv6_prefix = 128;
  std::size_t connections_per_address = 1'000;
  std::size_t connections_per_person = 1'000;
  std::size_t requests_per_address = 1'000;
  std::size_t requests_per_person = 1'000;
  std::size_t request_rate_per_address = 500;
  std::size_t request_rate_per_person = 500;
  std::size_t request_burst = 5'000;
  std::size_t clients = 65'536;
  std::size_t wrong_passwords = 5;
  std::chrono::milliseconds wrong_password_delay{60'000};
  std::size_t client_rate_bytes = 100;
  std::chrono::milliseconds client_rate_window{30'000};

  [[nodiscard]] FailureTable::Rule password_rule() const {
    return {static_cast<std::uint32_t>(wrong_passwords), std::chrono::ceil<std::chrono::seconds>(wrong_password_delay)};
  }
};

inline constexpr std::tuple kLimitsFields{
    field("limits.exempt", &LimitsConfig::exempt, any_value, Reload::Live,
          "Addresses and ranges that the limits of one address do not hold for: a reverse proxy, a NAT, a terminal "
          "server, a health check. Who signs in from there has the limits of one person; who is known by such an "
          "address has none."),
    field("limits.ipv6_prefix", &LimitsConfig::ipv6_prefix, between<std::size_t>(32, 128), Reload::Live,
          "Bits of an IPv6 address that make one client: 128 where many share a /64, 64 where each has its own."),
    field("limits.connections_per_address", &LimitsConfig::connections_per_address, between<std::size_t>(0, 1'000'000),
          Reload::Live,
          "Most connections of one client address, over all workers; 0: no limit. Further ones are answered with 429."),
    field(
        "limits.connections_per_person", &LimitsConfig::connections_per_person, between<std::size_t>(0, 1'000'000),
        Reload::Live,
        "Most connections on which one person has asked for something, from all addresses; 0: no limit. A request on a "
        "further one is answered with 429."),
    field("limits.requests_per_address", &LimitsConfig::requests_per_address, between<std::size_t>(0, 1'000'000),
          Reload::Live,
          "Most requests and tunnels of one client address that run at a time; 0: no limit. Further ones are answered "
          "with 429."),
    field("limits.requests_per_person", &LimitsConfig::requests_per_person, between<std::size_t>(0, 1'000'000),
          Reload::Live, "The same for one person, from all addresses."),
    field("limits.request_rate_per_address", &LimitsConfig::request_rate_per_address,
          between<std::size_t>(0, 1'000'000), Reload::Live,
          "Requests a second that one client address may make in the long run; 0: no limit. Further ones are answered "
          "with 429 and when to come back."),
    field("limits.request_rate_per_person", &LimitsConfig::request_rate_per_person, between<std::size_t>(0, 1'000'000),
          Reload::Live, "The same for one person, from all addresses."),
    field("limits.request_burst", &LimitsConfig::request_burst, between<std::size_t>(1, 10'000'000), Reload::Live,
          "Requests that may come at once before the rates count."),
    field("limits.clients", &LimitsConfig::clients, between<std::size_t>(64, 16'777'216), Reload::Restart,
          "Addresses, and persons, that are counted at a time, at 64 bytes each. When all are in use, who is not known "
          "and not counted is answered with 503."),
    field("limits.wrong_passwords", &LimitsConfig::wrong_passwords, between<std::size_t>(0, 1'000), Reload::Live,
          "Wrong passwords from one address before the next one has to wait, first a second, then twice as long each "
          "time; 0: none ever waits. Four times as many for one name over all addresses but those from which it has "
          "signed in. What comes too early is answered with 429 without being looked at."),
    field("limits.wrong_password_delay", &LimitsConfig::wrong_password_delay,
          between(std::chrono::milliseconds(1'000), std::chrono::milliseconds(900'000)), Reload::Live,
          "Longest such wait."),
    field("limits.client_rate_bytes", &LimitsConfig::client_rate_bytes, between<std::size_t>(0, 1'000'000'000),
          Reload::Live,
          "Bytes a second, on average over client_rate_window, that a client must send of a body, or take of an "
          "answer, while the gateway waits for it; 0: no limit. A slower body is answered with 408, a slower reader "
          "is cut off."),
    field("limits.client_rate_window", &LimitsConfig::client_rate_window,
          between(std::chrono::milliseconds(10), std::chrono::milliseconds(3'600'000)), Reload::Live,
          "How long a client has to show that rate, again and again."),
};

}  // namespace citygate::proxy
