// url_signs.h - what a target gives away about ways around the gateway, whatever the lists say of its host.
//
//   bare-ip         a literal public address: nobody browses by number but to slip past a list of names
//   tunnel-port     CONNECT to a port that TLS does not usually stand on
//   web-front-end   a translator, archive or reader was asked for another site's page (inner_url.h)
//   proxy           so was a web proxy
//   nested-url      a page is asked for deeper than is looked at, or is one of more than that
//
// Each is the name of a category (conf/taxonomy.toml), so that a policy can speak about it.
//
// Thread    any; pure. Cost some nanoseconds.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/target.h"
#include "categories/inner_url.h"

namespace citygate::categories {

enum class UrlSign : std::uint8_t { BareIp, TunnelPort, WebFrontEnd, WebProxy, NestedUrl };
inline constexpr std::size_t kUrlSigns = 5;

[[nodiscard]] std::string_view category_name(UrlSign sign);

class UrlSigns {
 public:
  [[nodiscard]] constexpr bool has(UrlSign sign) const { return (bits_ >> static_cast<unsigned>(sign) & 1) != 0; }
  constexpr void set(UrlSign sign) { bits_ = static_cast<std::uint8_t>(bits_ | 1U << static_cast<unsigned>(sign)); }
  [[nodiscard]] constexpr bool none() const { return bits_ == 0; }
  friend constexpr bool operator==(UrlSigns, UrlSigns) = default;

 private:
  std::uint8_t bits_ = 0;
};

// That more is carried than was looked at, and nothing else.
[[nodiscard]] UrlSigns signs_of_carried(const InnerUrls& inner) noexcept;
// `inner` has just looked at `target`.
[[nodiscard]] UrlSigns url_signs(const Target& target, const InnerUrls& inner) noexcept;

}  // namespace citygate::categories
