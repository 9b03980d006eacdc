// pac_config.h - what browsers are told by the proxy auto-configuration file.
#pragma once

#include "base/config.h"

namespace citygate::proxy {

struct PacConfig {
  TextList proxies;
  TextList direct;
  bool plain_names_direct = true;
  bool private_direct = true;
  bool fallback_direct = false;
  std::chrono::milliseconds max_age{3'600'000};
};

inline constexpr std::tuple kPacFields{
    field("pac.proxies", &PacConfig::proxies, any_value, Reload::Live,
          "Gateways that browsers use, in this order, as \"proxy.city.example:3128\", or with the word tls behind it "
          "where "
          "the listener speaks TLS; empty: the address that the browser fetched the file from."),
    field("pac.direct", &PacConfig::direct, any_value, Reload::Live,
          "What browsers reach without the gateway: names with all below them, addresses and ranges."),
    field("pac.plain_names_direct", &PacConfig::plain_names_direct, any_value, Reload::Live,
          "Whether names without a dot are reached directly."),
    field("pac.private_direct", &PacConfig::private_direct, any_value, Reload::Live,
          "Whether private, loopback and link-local addresses are reached directly."),
    field("pac.fallback_direct", &PacConfig::fallback_direct, any_value, Reload::Live,
          "Whether browsers go around the gateway while none of the proxies answers."),
    field("pac.max_age", &PacConfig::max_age,
          between(std::chrono::milliseconds(0), std::chrono::milliseconds(7 * 86'400'000)), Reload::Live,
          "How long browsers may keep the file."),
};

}  // namespace citygate::proxy
