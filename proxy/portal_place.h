// portal_place.h - where the gateway's own pages are, for who leads people there: workers, and the portal itself.
//
//   CONNECT name:443 ─▶ worker ─▶ 127.0.0.1:inner │ PROXY v2: client's address, secret │ ─▶ portal's TLS
//
// The portal listens for clients on addresses of its own, and for workers on an inner one of this machine. There a
// connection says whom it is for, and proves that it is a worker's by a secret of this process: without it anybody on
// this machine could pose as any client.
// A link to the portal may say where the person was going. It is signed, for the client's address and an hour: else
// anybody could have the city's own page lead people to a place of his choice.
// Owner     app; constant once made. Thread: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/clock.h"
#include "proxy/identity/signing_key.h"

namespace citygate::proxy {

class PortalPlace {
 public:
  // `name` is canonical; `port` is that of the first address it listens on.
  PortalPlace(std::string name, std::uint16_t port, SocketAddress inner);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] const std::string& url() const { return url_; }  // "https://name:port/", 443 not said
  // A TLS connection to there is the portal's.
  [[nodiscard]] bool serves(std::string_view host, std::uint16_t port) const noexcept {
    return host == name_ && (port == port_ || port == 443);
  }
  // A plain request to there was meant for the portal.
  [[nodiscard]] bool redirects(std::string_view host, std::uint16_t port) const noexcept {
    return host == name_ && (port == 80 || port == 443 || port == port_);
  }

  [[nodiscard]] const SocketAddress& inner() const { return inner_; }
  // What a worker sends first on a connection to inner().
  [[nodiscard]] std::string header_for(const SocketAddress& client, const SocketAddress& local) const;
  // Whose connection it is that begins with this whole header; nobody's: it is no worker's.
  [[nodiscard]] std::optional<SocketAddress> client_of(std::string_view header) const;

  // The portal, and on to `url` once what is to be done there is done; without it where `url` is too long for a link.
  [[nodiscard]] std::string link_back(std::string_view going_to, const IpAddress& client, WallTime now) const;
  // The same to the page on which a program that was held can be asked for.
  [[nodiscard]] std::string link_to_held(std::string_view url, const IpAddress& client, WallTime now) const;
  // The fields "to", "until" and "key" of such a link, as they came: where the person was going. Nothing: not ours.
  [[nodiscard]] std::optional<std::string> going_to(std::string_view to, std::string_view until, std::string_view key,
                                                    const IpAddress& client, WallTime now) const;

 private:
  [[nodiscard]] std::string link(std::string_view page, std::string_view to, const IpAddress& client,
                                 WallTime now) const;

  std::string name_;
  std::uint16_t port_;
  SocketAddress inner_;
  std::string url_;
  const std::string secret_ = random_hex(32);
  SigningKey links_;
};

}  // namespace citygate::proxy
