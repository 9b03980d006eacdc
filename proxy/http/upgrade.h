// upgrade.h - which protocols a client may upgrade to, and which 101 is believed (RFC 9110 section 7.8).
//
// Upgrade concerns one connection, so the gateway offers on its own behalf what it can carry: bytes both ways, as in a
// tunnel. It offers nothing for a request with content or an expectation, where the two sides could differ on where
// HTTP ends, for HTTP/1.0, and for CONNECT. Never offered, since they would only hide HTTP from its own rules: h2c,
// other versions of HTTP, and TLS inside a connection (RFC 2817).
// Cost      nothing for requests without Upgrade; no allocation once the string has its capacity.
#pragma once

#include <string>
#include <string_view>

#include "proxy/http/message.h"

namespace citygate::proxy {

// Writes the protocols of the request's Upgrade that may go on, as its value for the origin; "" when there is none.
void read_upgrade_offer(const MessageHead& request, std::string& offer);

// Whether a 101 switches to what was offered and to nothing else.
[[nodiscard]] bool takes_up(const MessageHead& switching, std::string_view offer) noexcept;

}  // namespace citygate::proxy
