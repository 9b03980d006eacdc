// portal_config.h - settings of the gateway's own pages.
#pragma once

#include "base/config.h"

namespace citygate::console {

struct PortalConfig {
  std::string name;
  TextList listen;
  std::string certificate, key;
  std::chrono::milliseconds session_lifetime{8 * 3'600'000};
  std::int64_t threads = 2;
};

inline constexpr std::tuple kPortalFields{
    field("portal.name", &PortalConfig::name, any_value, Reload::Restart,
          "The gateway's own name, by which people reach the portal; it must lead to the gateway in the city's DNS."),
    field("portal.listen", &PortalConfig::listen, any_value, Reload::Restart,
          "Addresses on which the portal speaks HTTPS, as \"0.0.0.0:8443\"; links name the first one's port. Empty: "
          "there "
          "is no portal."),
    field("portal.certificate", &PortalConfig::certificate, any_value, Reload::Live,
          "Certificate for portal.name, in PEM form, with the chain behind it. Empty: gateway.tls_certificate, and "
          "without "
          "that a self-signed one that is made in the state directory's keys/."),
    field("portal.key", &PortalConfig::key, any_value, Reload::Live,
          "Its private key, in PEM form, without a passphrase; readable by the gateway alone."),
    field("portal.session_lifetime", &PortalConfig::session_lifetime,
          between(std::chrono::milliseconds(60'000), std::chrono::milliseconds(7 * 86'400'000)), Reload::Live,
          "How long somebody who has signed in stays signed in at that address."),
    field("portal.threads", &PortalConfig::threads, between<std::int64_t>(1, 32), Reload::Restart,
          "Threads that make the portal's pages; none of them carries traffic."),
};

}  // namespace citygate::console
