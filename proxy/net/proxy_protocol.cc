#include "proxy/net/proxy_protocol.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace citygate::proxy {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kSignature1 = "PROXY ";
constexpr std::size_t kMaxLine = 107;  // with its CRLF
constexpr std::size_t kMinLine = "PROXY UNKNOWN\r\n"sv.size();
constexpr std::string_view kSignature2 = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t kFixed2 = 16;                          // signature, version and command, family, length
constexpr std::size_t kInet = 12, kInet6 = 36, kUnix = 216;  // bytes of addresses
constexpr std::uint8_t kTlvCrc32c = 0x03;

std::unexpected<Error> malformed(std::string text) {
  return fail(Error::Kind::Malformed, "PROXY protocol: " + std::move(text), Error::Side::Client);
}

std::uint8_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); }
std::uint16_t number_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(byte_at(bytes, at) << 8 | byte_at(bytes, at + 1));
}

// Whether what has come of a signature agrees with it.
bool may_begin(std::string_view bytes, std::string_view signature) {
  const std::size_t both = std::min(bytes.size(), signature.size());
  return bytes.substr(0, both) == signature.substr(0, both);
}

// --- version 1

// Plain decimal, 0 to 65535, no sign and no leading zero.
std::optional<std::uint16_t> read_port(std::string_view text) {
  std::uint16_t port = 0;
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

// Takes one word and the single space or the end behind it.
std::string_view take_word(std::string_view& rest) {
  const std::size_t space = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, space);
  rest.remove_prefix(std::min(space + 1, rest.size()));
  return word;
}

Result<ProxyHeader> read_line(std::string_view line) {
  std::string_view rest = line.substr(kSignature1.size());
  const std::string_view protocol = take_word(rest);
  ProxyHeader header{.command = ProxyHeader::Command::Proxy, .endpoints = {}};
  if (protocol == "UNKNOWN") return header;  // whatever follows is to be ignored
  if (protocol != "TCP4" && protocol != "TCP6") return malformed("neither TCP4, TCP6 nor UNKNOWN");
  if (line.ends_with(' ')) return malformed("a space before the end of the line");
  const auto source = IpAddress::parse(take_word(rest)), destination = IpAddress::parse(take_word(rest));
  const auto source_port = read_port(take_word(rest)), destination_port = read_port(take_word(rest));
  if (!source || !destination) return malformed("an address that is none");
  if (!source_port || !destination_port) return malformed("a port that is none");
  if (!rest.empty()) return malformed("words behind the ports");
  if (protocol == "TCP4" && !(source->is_v4() && destination->is_v4()))
    return malformed("IPv6 addresses in a TCP4 line");
  header.endpoints = {.source = {*source, *source_port}, .destination = {*destination, *destination_port}};
  return header;
}

Result<std::optional<ProxyHeaderRead>> read_version_1(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, kMaxLine).find('\n');
  if (end == std::string_view::npos) {
    if (bytes.size() >= kMaxLine) return malformed("a line without an end");
    return std::nullopt;
  }
  if (end == 0 || bytes[end - 1] != '\r') return malformed("a line that ends without CR");
  if (end < kSignature1.size()) return malformed("a line that breaks off");
  CG_TRY(header, read_line(bytes.substr(0, end - 1)));
  return ProxyHeaderRead{header, end + 1};
}

// --- version 2

SocketAddress inet(std::string_view bytes, std::size_t address, std::size_t port) {
  const std::uint32_t ip = std::uint32_t{number_at(bytes, address)} << 16 | number_at(bytes, address + 2);
  return {IpAddress::v4(ip), number_at(bytes, port)};
}

SocketAddress inet6(std::string_view bytes, std::size_t address, std::size_t port) {
  std::array<std::uint8_t, 16> ip;
  for (std::size_t i = 0; i < ip.size(); ++i) ip[i] = byte_at(bytes, address + i);
  return {IpAddress::from_bytes(ip), number_at(bytes, port)};
}

// Walks the TLVs of a whole header from `at` on. Types that are not known here are passed over, as section 2.2 wants.
Result<void> check_tlvs(std::string_view header, std::size_t at) {
  while (at < header.size()) {
    if (header.size() - at < 3) return malformed("a TLV that breaks off");
    const std::uint8_t type = byte_at(header, at);
    const std::size_t length = number_at(header, at + 1);
    at += 3;
    if (length > header.size() - at) return malformed("a TLV longer than the header");
    if (type == kTlvCrc32c) {
      if (length != 4) return malformed("a checksum that is not of four bytes");
      const std::uint32_t said = std::uint32_t{number_at(header, at)} << 16 | number_at(header, at + 2);
      const std::uint32_t head = crc32c(header.substr(0, at));
      if (crc32c(header.substr(at + 4), crc32c("\0\0\0\0"sv, head)) != said) return malformed("a wrong checksum");
    }
    at += length;
  }
  return {};
}

Result<ProxyHeader> read_binary(std::string_view bytes) {
  const std::uint8_t command = byte_at(bytes, 12) & 0x0f;
  const std::uint8_t family = byte_at(bytes, 13) >> 4, transport = byte_at(bytes, 13) & 0x0f;
  if (command > 1) return malformed("neither LOCAL nor PROXY");
  if (family > 3 || transport > 2) return malformed("an address family that is none");
  constexpr std::array<std::size_t, 4> kAddressBytes{0, kInet, kInet6, kUnix};
  const std::size_t addresses = kAddressBytes[family];
  const bool whole = bytes.size() >= kFixed2 + addresses;
  if (command == 0) {
    // Its addresses are to be ignored, and so they may even be missing.
    if (whole) CG_TRY_VOID(check_tlvs(bytes, kFixed2 + addresses));
    return ProxyHeader{};
  }
  if (!whole) return malformed("addresses that break off");
  CG_TRY_VOID(check_tlvs(bytes, kFixed2 + addresses));
  ProxyHeader header{.command = ProxyHeader::Command::Proxy, .endpoints = {}};
  const bool internet = family == 1 || family == 2;
  if (internet && transport == 2) return malformed("datagrams, on a TCP connection");
  if (family == 1 && transport == 1)
    header.endpoints = {.source = inet(bytes, 16, 24), .destination = inet(bytes, 20, 26)};
  if (family == 2 && transport == 1)
    header.endpoints = {.source = inet6(bytes, 16, 48), .destination = inet6(bytes, 32, 50)};
  return header;
}

Result<std::optional<ProxyHeaderRead>> read_version_2(std::string_view bytes) {
  if (bytes.size() > 12 && byte_at(bytes, 12) >> 4 != 2) return malformed("a version other than 2");
  if (bytes.size() < kFixed2) return std::nullopt;
  const std::size_t whole = kFixed2 + number_at(bytes, 14);
  if (whole > ProxyHeader::kMaxBytes)
    return fail(Error::Kind::TooLarge, "PROXY protocol: a header beyond 4096 bytes", Error::Side::Client);
  if (bytes.size() < whole) return std::nullopt;
  CG_TRY(header, read_binary(bytes.substr(0, whole)));
  return ProxyHeaderRead{header, whole};
}

constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1) != 0 ? 0x82f63b78U : 0U);
    table[i] = value;
  }
  return table;
}();

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
  std::uint32_t value = ~before;
  for (const char c : bytes) value = value >> 8 ^ kCrcTable[(value ^ static_cast<std::uint8_t>(c)) & 0xff];
  return ~value;
}

Result<std::optional<ProxyHeaderRead>> read_proxy_header(std::string_view bytes) {
  if (bytes.empty()) return std::nullopt;
  const bool second = may_begin(bytes, kSignature2);
  if (!second && !may_begin(bytes, kSignature1)) return malformed("a connection that begins without its header");
  if (second) return read_version_2(bytes);
  return read_version_1(bytes);
}

std::size_t proxy_header_lacks(std::string_view bytes) {
  const auto read = read_proxy_header(bytes);
  if (!read || *read) return 0;
  if (bytes.empty() || !may_begin(bytes, kSignature2)) {
    if (bytes.size() < kMinLine) return kMinLine - bytes.size();  // no header of either version is shorter
    return bytes.back() == '\r' ? 1 : 2;
  }
  if (bytes.size() < kFixed2) return kFixed2 - bytes.size();
  return kFixed2 + number_at(bytes, 14) - bytes.size();
}

namespace {

std::string in_family(const IpAddress& address, bool v4) {
  return address.is_v4() && !v4 ? "::ffff:" + address.to_string() : address.to_string();
}

void append_number16(std::uint16_t number, std::string& out) {
  out.push_back(static_cast<char>(number >> 8));
  out.push_back(static_cast<char>(number & 0xff));
}

}  // namespace

void append_proxy_header(ProxyHeader::Version version, const ProxyHeader::Endpoints& endpoints, std::string& out) {
  const auto& [source, destination] = endpoints;
  const bool v4 = source.ip.is_v4() && destination.ip.is_v4();
  if (version == ProxyHeader::Version::One) {
    out.append(v4 ? "PROXY TCP4 " : "PROXY TCP6 ");
    out.append(in_family(source.ip, v4)).append(" ").append(in_family(destination.ip, v4)).append(" ");
    out.append(std::to_string(source.port)).append(" ").append(std::to_string(destination.port)).append("\r\n");
    return;
  }
  constexpr char kProxyCommand = 0x21, kTcp4 = 0x11, kTcp6 = 0x21;
  out.append(kSignature2);
  out.push_back(kProxyCommand);
  out.push_back(v4 ? kTcp4 : kTcp6);
  const std::size_t skip = v4 ? 12 : 0;  // an IPv4 address is held in its mapped form
  append_number16(static_cast<std::uint16_t>(2 * (16 - skip) + 4), out);
  for (const IpAddress* ip : {&source.ip, &destination.ip})
    out.append(reinterpret_cast<const char*>(ip->bytes().data()) + skip, ip->bytes().size() - skip);
  append_number16(source.port, out);
  append_number16(destination.port, out);
}

void append_proxy_value(std::uint8_t type, std::string_view value, std::string& out) {
  const std::size_t length = number_at(out, 14) + 3 + value.size();
  out[14] = static_cast<char>(length >> 8);
  out[15] = static_cast<char>(length & 0xff);
  out.push_back(static_cast<char>(type));
  append_number16(static_cast<std::uint16_t>(value.size()), out);
  out.append(value);
}

std::string_view proxy_header_value(std::string_view header, std::uint8_t type) {
  if (header.size() < kFixed2 || !header.starts_with(kSignature2)) return {};
  const std::size_t addresses = std::array<std::size_t, 4>{0, kInet, kInet6, kUnix}[byte_at(header, 13) >> 4 & 3];
  for (std::size_t at = kFixed2 + addresses; at + 3 <= header.size();) {
    const std::size_t length = number_at(header, at + 1);
    if (length > header.size() - at - 3) return {};
    if (byte_at(header, at) == type) return header.substr(at + 3, length);
    at += 3 + length;
  }
  return {};
}

}  // namespace citygate::proxy
