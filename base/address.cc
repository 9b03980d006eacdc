#include "base/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace citygate {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct V4Range {
  std::uint32_t base;
  int bits;
};
// IANA IPv4 special-purpose registry, everything not globally reachable, and multicast.
constexpr V4Range kSpecialV4[] = {
    {0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10}, {0x7f000000, 8},  {0xa9fe0000, 16},
    {0xac100000, 12}, {0xc0000000, 24}, {0xc0000200, 24}, {0xc0a80000, 16}, {0xc6120000, 15},
    {0xc6336400, 24}, {0xcb007100, 24}, {0xe0000000, 4},  {0xf0000000, 4},
};

bool public_v4(std::uint32_t address) {
  return std::ranges::none_of(kSpecialV4, [address](const V4Range& range) {
    return ((address ^ range.base) >> (32 - range.bits)) == 0;
  });
}

template <class Int>
bool parse_int(std::string_view text, Int& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) {
  IpAddress out;
  std::ranges::copy(kMappedPrefix, out.bytes_.begin());
  for (int i = 0; i < 4; ++i)
    out.bytes_[12 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  return out;
}

IpAddress IpAddress::from_bytes(const std::array<std::uint8_t, 16>& bytes) {
  IpAddress out;
  out.bytes_ = bytes;
  return out;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  char copy[INET6_ADDRSTRLEN + 1];
  // inet_pton reads to the first NUL, which must not be one inside the text.
  if (text.empty() || text.size() >= sizeof copy || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  in_addr four{};
  if (inet_pton(AF_INET, copy, &four) == 1) return v4(ntohl(four.s_addr));
  IpAddress six;
  if (inet_pton(AF_INET6, copy, six.bytes_.data()) == 1) return six;
  return std::nullopt;
}

bool IpAddress::is_v4() const { return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes_.begin()); }

std::uint32_t IpAddress::v4_host_order() const {
  return std::uint32_t{bytes_[12]} << 24 | std::uint32_t{bytes_[13]} << 16 | std::uint32_t{bytes_[14]} << 8 |
         std::uint32_t{bytes_[15]};
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN];
  if (is_v4())
    inet_ntop(AF_INET, bytes_.data() + 12, text, sizeof text);
  else
    inet_ntop(AF_INET6, bytes_.data(), text, sizeof text);
  return text;
}

std::optional<IpAddress> IpAddress::embedded_v4() const {
  constexpr std::array<std::uint8_t, 12> kNat64{0x00, 0x64, 0xff, 0x9b};
  const auto& b = bytes_;
  const bool nat64 = std::equal(kNat64.begin(), kNat64.end(), b.begin());
  if (!nat64 && (b[0] != 0x20 || b[1] != 0x02)) return std::nullopt;
  const std::size_t at = nat64 ? 12 : 2;
  return v4(std::uint32_t{b[at]} << 24 | std::uint32_t{b[at + 1]} << 16 | std::uint32_t{b[at + 2]} << 8 |
            std::uint32_t{b[at + 3]});
}

bool IpAddress::is_public() const {
  if (is_v4()) return public_v4(v4_host_order());
  if (const auto embedded = embedded_v4()) return public_v4(embedded->v4_host_order());
  const auto& b = bytes_;
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] < 0x02) return false;                                // 2001::/23, Teredo too
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8) return false;               // documentation
  if (b[0] == 0x3f && b[1] == 0xff && b[2] < 0x10) return false;                                // the same (RFC 9637)
  return (b[0] & 0xe0) == 0x20;  // only 2000::/3 is global unicast
}

std::optional<Cidr> Cidr::parse(std::string_view text) {
  const auto slash = text.find('/');
  auto ip = IpAddress::parse(text.substr(0, slash));
  if (!ip) return std::nullopt;
  Cidr out;
  out.base_ = *ip;
  if (slash == std::string_view::npos) return out;
  int bits = -1;
  if (!parse_int(text.substr(slash + 1), bits) || bits < 0 || bits > (ip->is_v4() ? 32 : 128)) return std::nullopt;
  out.bits_ = ip->is_v4() ? bits + 96 : bits;
  for (int i = out.bits_; i < 128; ++i)
    if (ip->bytes()[static_cast<std::size_t>(i / 8)] & (0x80 >> (i % 8))) return std::nullopt;
  return out;
}

bool Cidr::contains(const IpAddress& address) const {
  const auto whole = static_cast<std::size_t>(bits_ / 8);
  if (!std::equal(base_.bytes().begin(), base_.bytes().begin() + static_cast<std::ptrdiff_t>(whole),
                  address.bytes().begin()))
    return false;
  const int rest = bits_ % 8;
  return rest == 0 || ((base_.bytes()[whole] ^ address.bytes()[whole]) >> (8 - rest)) == 0;
}

std::string Cidr::to_string() const {
  return base_.to_string() + "/" + std::to_string(base_.is_v4() && bits_ >= 96 ? bits_ - 96 : bits_);
}

std::optional<SocketAddress> SocketAddress::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  SocketAddress out;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  auto ip = IpAddress::parse(host);
  if (!ip || bracketed == ip->is_v4() || !parse_int(text.substr(colon + 1), out.port)) return std::nullopt;
  out.ip = *ip;
  return out;
}

SocketAddress SocketAddress::from_sockaddr(const sockaddr* address) {
  SocketAddress out;
  if (address->sa_family == AF_INET) {
    sockaddr_in four;
    std::memcpy(&four, address, sizeof four);
    out.ip = IpAddress::v4(ntohl(four.sin_addr.s_addr));
    out.port = ntohs(four.sin_port);
  } else if (address->sa_family == AF_INET6) {
    sockaddr_in6 six;
    std::memcpy(&six, address, sizeof six);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    out.ip = IpAddress::from_bytes(bytes);
    out.port = ntohs(six.sin6_port);
  }
  return out;
}

unsigned SocketAddress::to_sockaddr(sockaddr_storage& out) const {
  std::memset(&out, 0, sizeof out);
  if (ip.is_v4()) {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port);
    four.sin_addr.s_addr = htonl(ip.v4_host_order());
    std::memcpy(&out, &four, sizeof four);
    return sizeof four;
  }
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  std::memcpy(&six.sin6_addr, ip.bytes().data(), 16);
  std::memcpy(&out, &six, sizeof six);
  return sizeof six;
}

std::string SocketAddress::to_string() const {
  return (ip.is_v4() ? ip.to_string() : "[" + ip.to_string() + "]") + ":" + std::to_string(port);
}

}  // namespace citygate
