#include <array>

#include "proxy/http/message.h"

namespace citygate::proxy {
namespace {

struct Known {
  std::string_view lower_name;
  FieldName id;
};

constexpr std::array kKnown{
    Known{"te", FieldName::Te},
    Known{"via", FieldName::Via},
    Known{"host", FieldName::Host},
    Known{"range", FieldName::Range},
    Known{"x-moz", FieldName::XMoz},
    Known{"accept", FieldName::Accept},
    // Other names for another target than the one that was asked for and decided about.
    Known{"x-host", FieldName::XForwardedHost},
    Known{"expect", FieldName::Expect},
    Known{"purpose", FieldName::Purpose},
    Known{"referer", FieldName::Referer},
    Known{"trailer", FieldName::Trailer},
    Known{"upgrade", FieldName::Upgrade},
    Known{"location", FieldName::Location},
    Known{"forwarded", FieldName::Forwarded},
    // Other names for the same: an address inside the city's network.
    Known{"x-real-ip", FieldName::XForwardedFor},
    Known{"client-ip", FieldName::XForwardedFor},
    Known{"connection", FieldName::Connection},
    Known{"keep-alive", FieldName::KeepAlive},
    Known{"sec-purpose", FieldName::SecPurpose},
    Known{"x-client-ip", FieldName::XForwardedFor},
    Known{"content-type", FieldName::ContentType},
    Known{"max-forwards", FieldName::MaxForwards},
    Known{"authorization", FieldName::Authorization},
    Known{"x-rewrite-url", FieldName::XForwardedHost},
    Known{"content-length", FieldName::ContentLength},
    Known{"true-client-ip", FieldName::XForwardedFor},
    Known{"http2-settings", FieldName::Http2Settings},
    Known{"sec-fetch-dest", FieldName::SecFetchDest},
    Known{"sec-fetch-mode", FieldName::SecFetchMode},
    Known{"sec-fetch-user", FieldName::SecFetchUser},
    Known{"x-original-url", FieldName::XForwardedHost},
    Known{"x-forwarded-for", FieldName::XForwardedFor},
    Known{"x-original-host", FieldName::XForwardedHost},
    Known{"proxy-connection", FieldName::ProxyConnection},
    Known{"www-authenticate", FieldName::WwwAuthenticate},
    Known{"x-forwarded-host", FieldName::XForwardedHost},
    Known{"x-requested-with", FieldName::XRequestedWith},
    Known{"transfer-encoding", FieldName::TransferEncoding},
    Known{"proxy-authenticate", FieldName::ProxyAuthenticate},
    Known{"content-disposition", FieldName::ContentDisposition},
    Known{"proxy-authorization", FieldName::ProxyAuthorization},
    Known{"proxy-authentication-info", FieldName::ProxyAuthenticationInfo},
    Known{"upgrade-insecure-requests", FieldName::UpgradeInsecureRequests},
};
constexpr std::size_t kLongest = 25;

// Where the names of each length begin in kKnown: few fields need more than one comparison.
constexpr auto kFirstOfLength = [] {
  std::array<std::uint8_t, kLongest + 2> first{};
  std::size_t next = 0;
  for (std::size_t length = 0; length < first.size(); ++length) {
    first[length] = static_cast<std::uint8_t>(next);
    while (next < kKnown.size() && kKnown[next].lower_name.size() == length) ++next;
  }
  return first;
}();
static_assert(kFirstOfLength[kLongest + 1] == kKnown.size(), "kKnown is sorted by length");

// Good for the characters of known names only: letters fold, '-' and digits stay themselves.
constexpr char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

bool same(std::string_view name, std::string_view lower_name) {
  for (std::size_t i = 0; i < name.size(); ++i)
    if (fold(name[i]) != lower_name[i]) return false;
  return true;
}

}  // namespace

FieldName field_name(std::string_view name) noexcept {
  if (name.size() > kLongest) return FieldName::Other;
  for (std::size_t i = kFirstOfLength[name.size()]; i < kFirstOfLength[name.size() + 1]; ++i)
    if (same(name, kKnown[i].lower_name)) return kKnown[i].id;
  return FieldName::Other;
}

}  // namespace citygate::proxy
