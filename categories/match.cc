#include "categories/match.h"

#include "categories/url_signs.h"

namespace citygate::categories {

std::string_view describe_sign(std::uint32_t number) {
  if (number == 0 || number > kUrlSigns) return {};
  switch (static_cast<UrlSign>(number - 1)) {
    case UrlSign::BareIp: return "a public address stands in place of a name";
    case UrlSign::TunnelPort: return "a tunnel to a port that TLS does not usually stand on";
    case UrlSign::WebFrontEnd: return "another site's page is asked for through this one";
    case UrlSign::WebProxy: return "another site's page is asked for through a web proxy";
    case UrlSign::NestedUrl:
      return "pages are asked for through more sites in a row, or more of them in one URL, than are looked at";
  }
  return {};
}

}  // namespace citygate::categories
