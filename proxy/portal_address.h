// portal_address.h - where people are sent who have something to do first: the gateway's own pages.
//
//   exchange ─ 302 https://gate.city.example/?to=http%3A%2F%2F...&signature=9f..─▶ portal ─ opens(to, signature) ─▶ back to it
//
// Where somebody was going stands in the link, signed with a key of this process: a portal that led to whatever a link
// says would lend its name to anybody's page. Nothing of it is kept here.
// Owner     app makes it from the portal's configuration; part of a Generation, shared by workers and portal.
// Thread    any. Cost: one HMAC a link.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace citygate::proxy {

struct PortalAddress {
  using Key = std::array<unsigned char, 32>;
  static constexpr std::string_view kTo = "to", kSignature = "signature";  // of the query
  // What is longer, once it is encoded, is left out: people then begin at the portal's first page.
  static constexpr std::size_t kLongestTo = 4'096;

  std::string host;  // canonical, as the portal's certificate names it
  std::uint16_t port = 443;
  Key key{};

  [[nodiscard]] std::string origin() const;                        // "https://gate.city.example:8443"
  [[nodiscard]] std::string link_back(std::string_view to) const;  // to its first page, with where to go on to
  // Whether this process has made a link that goes on to there.
  [[nodiscard]] bool opens(std::string_view to, std::string_view signature) const;
  [[nodiscard]] static Key new_key();
};

}  // namespace citygate::proxy
