// listen_spec.h - one entry of gateway.listen: an address, and what the connections that come there are.
//
//   "0.0.0.0:3128"                 a proxy that clients are told about
//   "0.0.0.0:3129 tls"             the same, spoken to over TLS
//   "10.0.0.1:3132 proxy-protocol" behind a load balancer that says who the client is
//   "0.0.0.0:3130 redirect"        captured: meant for others, and turned here by nftables' redirect
//   "[::]:3131 tproxy"             the same by tproxy: the socket keeps the address that the client chose
//
// Errors    parse: Malformed, with what would be right.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/file.h"
#include "base/result.h"

namespace citygate::proxy {

struct ListenSpec {
  // How connections get here whose clients meant somebody else. Legal: without tls and proxy_protocol, since such a
  // client speaks to its own target and nothing stands between.
  enum class Capture : std::uint8_t { None, Redirect, Tproxy };

  SocketAddress address;
  bool tls = false;
  bool proxy_protocol = false;
  Capture capture = Capture::None;

  [[nodiscard]] bool captures() const { return capture != Capture::None; }

  // Words after the address, in any order, parted by spaces.
  [[nodiscard]] static Result<ListenSpec> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;  // parse() reads it back
  friend bool operator==(const ListenSpec&, const ListenSpec&) = default;
};

// A socket that listens, and what for.
struct ListeningSocket {
  UniqueFd socket;
  ListenSpec spec;
};

}  // namespace citygate::proxy
