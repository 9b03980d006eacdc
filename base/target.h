// target.h - what a request is for, in the one canonical form that every later step uses and the record keeps.
//
//   http://User@WWW.Example.COM.:80/a/../b%7e?q=1
//   └scheme┘     └─── host ───┘ └port └─ path ┘ └ query
//   Http        www.example.com  80   /b~        q=1        (credentials are dropped, the fragment too)
//
// Host      lower-case A-labels, no trailing dot; or an address, then `address` holds it and `host` its usual text.
//           Numeric IPv4 in its decimal, octal and hexadecimal spellings is read as WHATWG URL section 3.5 does.
// Path      dot segments removed, percent-encoded unreserved characters decoded (RFC 3986 section 6.2.2), what browsers
//           encode encoded, a stray "%" written "%25", else as sent: it means the same to every server. What only some
//           servers take for the same ("%2F" and "/") is folded for matching alone, see base/matching_form.h; a ".." that
//           they resolve differently is malformed, and so is "%u0041", an 'A' to http.sys alone. Canonical forms are fixed
//           points: parsing to_string() gives the same target. The reasons stand in docs/canonical_form.md.
// Cost      parsing into a Target that was used before allocates nothing unless a part is longer than any before it.
// The bytes forwarded to the origin are the client's own, not this form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace citygate {

enum class Scheme : std::uint8_t { Http, Https, Tunnel };  // Tunnel: named by CONNECT, contents unknown

[[nodiscard]] std::string_view to_string(Scheme scheme);  // "http", "https", "tunnel"

struct Target {
  Scheme scheme = Scheme::Http;
  std::string host;
  std::optional<IpAddress> address;  // set when the host is a literal address
  std::uint16_t port = 0;
  std::string path;   // begins with '/'; empty for a tunnel
  std::string query;  // without '?'; not kept in the clear by anybody
  // The path as it was sent, where a ".." took a segment away; else empty. A front end is sent it and may read a URL there
  // (categories/inner_url.h). to_string() does not say it: what is parsed from a record has none.
  std::string before_dots;

  void clear();
  [[nodiscard]] std::string to_string() const;  // "http://host/path", no query; "tunnel://host:443"
};

inline constexpr std::size_t kMaxHostBytes = 253;

// Brings `host` (as in a URL: name, IPv4, or IPv6 in brackets) to its canonical form, into `out`; `address` is set
// for literals. Malformed: empty labels, forbidden characters, over 253 bytes, an IPv4-like name that is no address.
[[nodiscard]] Result<void> canonical_host(std::string_view host, std::string& out, std::optional<IpAddress>& address);

// For lists and command lines. "" where the name is not one.
[[nodiscard]] std::string canonical_host(std::string_view host);

// "http://host[:port]/path?query" (also https). On failure `out` is unspecified.
[[nodiscard]] Result<void> parse_url(std::string_view url, Target& out);

// "/path?query" of a request in origin form, and the Host field that goes with it: "host[:port]".
[[nodiscard]] Result<void> parse_origin_form(std::string_view host_field, std::string_view path_and_query, Target& out);

// "host:port" of CONNECT. A missing port is malformed (RFC 9110 section 9.3.6).
[[nodiscard]] Result<void> parse_authority(std::string_view authority, Target& out);

// "host[:port]" of a Host field, canonical, `default_port` where none is given.
[[nodiscard]] Result<void> parse_host_port(std::string_view text, std::uint16_t default_port, std::string& host,
                                           std::optional<IpAddress>& address, std::uint16_t& port);

}  // namespace citygate
