#include "categories/url_signs.h"

namespace citygate::categories {
namespace {

// 443, and what web consoles and hosters use for HTTPS beside it (IANA: pcsync-https 8443).
bool usual_for_tls(std::uint16_t port) { return port == 443 || port == 8443; }

}  // namespace

std::string_view category_name(UrlSign sign) {
  switch (sign) {
    case UrlSign::BareIp: return "bare-ip";
    case UrlSign::TunnelPort: return "tunnel-port";
    case UrlSign::WebFrontEnd: return "web-front-end";
    case UrlSign::WebProxy: return "proxy";
    case UrlSign::NestedUrl: return "nested-url";
  }
  return "unknown";
}

UrlSigns signs_of_carried(const InnerUrls& inner) noexcept {
  UrlSigns signs;
  if (inner.deeper()) signs.set(UrlSign::NestedUrl);
  return signs;
}

UrlSigns url_signs(const Target& target, const InnerUrls& inner) noexcept {
  UrlSigns signs = signs_of_carried(inner);
  if (target.address && target.address->is_public()) signs.set(UrlSign::BareIp);
  if (target.scheme == Scheme::Tunnel && !usual_for_tls(target.port)) signs.set(UrlSign::TunnelPort);
  if (inner.kind() == FrontEnd::Proxy)
    signs.set(UrlSign::WebProxy);
  else if (inner.kind() > FrontEnd::Delivery)
    signs.set(UrlSign::WebFrontEnd);
  return signs;
}

}  // namespace citygate::categories
