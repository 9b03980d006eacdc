// proxy_protocol.h - the header by which a load balancer in front of the gateway says whom a connection comes from.
//
//   version 1   PROXY TCP4 192.0.2.7 198.51.100.1 56324 3128\r\n            one line, at most 107 bytes
//   version 2   |signature 12|ver, cmd|family|length 2|addresses|TLVs ...|   16 + length bytes
//
// Source    "The PROXY protocol, versions 1 & 2" (HAProxy project), sections 2.1, 2.2 and 2.2.3 (CRC32c).
// Thread    any; pure functions. Cost: no allocation unless a header is refused.
// Errors    Malformed: not such a header, or one that contradicts itself; TooLarge: a header beyond kMaxBytes.
//           A header that cannot be read ends the connection: whoever went on would take the balancer for the client.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace citygate::proxy {

struct ProxyHeader {
  enum class Command : std::uint8_t {
    Local,  // the balancer speaks for itself (a health check); the connection's own addresses stand
    Proxy,
  };
  Command command = Command::Local;
  // Set for TCP over IPv4 and IPv6. Without (UNKNOWN, UNSPEC, Unix sockets) nobody says who the client is, and the
  // connection's own addresses stand (section 2.2: "the receiver must use the real connection endpoints").
  struct Endpoints {
    SocketAddress source, destination;
  };
  std::optional<Endpoints> endpoints;

  enum class Version : std::uint8_t { One, Two };
  static constexpr std::size_t kMaxBytes = 4096;
};

struct ProxyHeaderRead {
  ProxyHeader header;
  std::size_t bytes = 0;  // that the header takes; what stands behind them is the client's
};

// Reads a header from the beginning of what has come. nullopt: all is well so far, and more is needed.
[[nodiscard]] Result<std::optional<ProxyHeaderRead>> read_proxy_header(std::string_view bytes);

// At least so many bytes are still missing from a header that begins with `bytes`; 0 when it is complete or none. Who
// reads no more than that reads nothing that belongs to the client.
[[nodiscard]] std::size_t proxy_header_lacks(std::string_view bytes);

// The header for a connection that we make for someone else. IPv4 beside IPv6 is written in its mapped form.
void append_proxy_header(ProxyHeader::Version version, const ProxyHeader::Endpoints& endpoints, std::string& out);

// Adds a value of a type of our own (0xe0 to 0xef, section 2.2.7) to a header of version 2 that `out` is, and ends with.
void append_proxy_value(std::uint8_t type, std::string_view value, std::string& out);
// The first value of that type in a whole header of version 2 that read_proxy_header() has read; "" where there is none.
[[nodiscard]] std::string_view proxy_header_value(std::string_view header, std::uint8_t type);

// Of version 2 (RFC 3720 section 12.1), over several pieces: pass the value of the piece before.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace citygate::proxy
