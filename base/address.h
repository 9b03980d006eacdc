// address.h - IP addresses, ranges, and socket addresses as values.
//
// An IPv4 address is held as its IPv4-mapped IPv6 form, so one comparison and one range test serve both.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;
struct sockaddr_storage;

namespace citygate {

class IpAddress {
 public:
  constexpr IpAddress() = default;  // "::"
  static IpAddress v4(std::uint32_t host_order);
  static IpAddress from_bytes(const std::array<std::uint8_t, 16>& bytes);
  // "192.0.2.1" (four plain decimal parts), "2001:db8::1". No brackets, no zone, no port.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_v4() const;
  [[nodiscard]] std::uint32_t v4_host_order() const;  // only when is_v4()
  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  [[nodiscard]] std::string to_string() const;

  // Loopback, private, link-local, shared (RFC 6598), unspecified, multicast, reserved and documentation addresses are not; nor is
  // a NAT64 (RFC 6052) or 6to4 address that carries one of them. Step 2 of the order of a decision.
  [[nodiscard]] bool is_public() const;

  // The IPv4 address that an IPv6 one leads to by its bytes: NAT64 64:ff9b::/96 (RFC 6052) and 6to4 2002::/16 (RFC 3056).
  [[nodiscard]] std::optional<IpAddress> embedded_v4() const;

  friend constexpr auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

class Cidr {
 public:
  // "10.0.0.0/8", "2001:db8::/32", or a single address. Bits beyond the prefix must be zero.
  [[nodiscard]] static std::optional<Cidr> parse(std::string_view text);
  [[nodiscard]] bool contains(const IpAddress& address) const;
  [[nodiscard]] const IpAddress& base() const { return base_; }
  [[nodiscard]] int prefix_bits() const { return bits_; }  // 0..128, counted over the mapped form
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const Cidr&, const Cidr&) = default;

 private:
  IpAddress base_;
  int bits_ = 128;
};

struct SocketAddress {
  IpAddress ip;
  std::uint16_t port = 0;

  // "127.0.0.1:3128", "[::1]:3128".
  [[nodiscard]] static std::optional<SocketAddress> parse(std::string_view text);
  [[nodiscard]] static SocketAddress from_sockaddr(const sockaddr* address);
  // Returns the length to pass to bind/connect.
  unsigned to_sockaddr(sockaddr_storage& out) const;
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

}  // namespace citygate
