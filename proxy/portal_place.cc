#include "proxy/portal_place.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <charconv>

#include "base/percent_encoding.h"
#include "proxy/net/proxy_protocol.h"

namespace citygate::proxy {
namespace {

// Of the types that the protocol leaves to everybody (section 2.2.7).
constexpr std::uint8_t kSecretType = 0xe7;
constexpr std::chrono::hours kLinkHolds{1};
constexpr std::size_t kLongestUrl = 2'000;  // what goes into a link; browsers take more

std::string signed_text(std::string_view to, std::string_view until, const IpAddress& client) {
  return fmt::format("{}\n{}\n{}", until, client.to_string(), to);
}

}  // namespace

PortalPlace::PortalPlace(std::string name, std::uint16_t port, SocketAddress inner)
    : name_(std::move(name)), port_(port), inner_(inner) {
  const bool six = name_.find(':') != std::string::npos;
  url_ = fmt::format("https://{}{}{}{}/", six ? "[" : "", name_, six ? "]" : "",
                     port == 443 ? std::string() : fmt::format(":{}", port));
}

std::string PortalPlace::header_for(const SocketAddress& client, const SocketAddress& local) const {
  std::string out;
  append_proxy_header(ProxyHeader::Version::Two, {.source = client, .destination = local}, out);
  append_proxy_value(kSecretType, secret_, out);
  return out;
}

std::optional<SocketAddress> PortalPlace::client_of(std::string_view header) const {
  const auto read = read_proxy_header(header);
  if (!read || !*read || (*read)->bytes != header.size() || !(*read)->header.endpoints) return std::nullopt;
  const std::string_view said = proxy_header_value(header, kSecretType);
  if (said.size() != secret_.size() || CRYPTO_memcmp(said.data(), secret_.data(), said.size()) != 0)
    return std::nullopt;
  return (*read)->header.endpoints->source;
}

std::string PortalPlace::link_back(std::string_view to, const IpAddress& client, WallTime now) const {
  return link("", to, client, now);
}

std::string PortalPlace::link_to_held(std::string_view url, const IpAddress& client, WallTime now) const {
  return link("downloads", url, client, now);
}

std::string PortalPlace::link(std::string_view page, std::string_view to, const IpAddress& client, WallTime now) const {
  if (to.empty() || to.size() > kLongestUrl) return fmt::format("{}{}", url_, page);
  const auto until = std::chrono::floor<std::chrono::seconds>(now + kLinkHolds).time_since_epoch().count();
  const std::string text = std::to_string(until);
  return fmt::format("{}{}?to={}&until={}&key={}", url_, page, percent_encoded(to, "/:"), text,
                     links_.sign(signed_text(to, text, client)));
}

std::optional<std::string> PortalPlace::going_to(std::string_view to, std::string_view until, std::string_view key,
                                                 const IpAddress& client, WallTime now) const {
  // Nothing else is ever signed; a scheme of scripts would be one more reason to doubt the signature.
  if (!to.starts_with("http://") && !to.starts_with("https://")) return std::nullopt;
  for (const char c : to)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) return std::nullopt;
  if (!links_.has_signed(signed_text(to, until, client), key)) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(until.data(), until.data() + until.size(), seconds);
  if (error != std::errc() || end != until.data() + until.size()) return std::nullopt;
  if (now >= WallTime(std::chrono::seconds(seconds))) return std::nullopt;
  return std::string(to);
}

}  // namespace citygate::proxy
