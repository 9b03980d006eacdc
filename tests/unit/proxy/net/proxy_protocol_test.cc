#include "proxy/net/proxy_protocol.h"

#include <gtest/gtest.h>

#include <string>

namespace citygate::proxy {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using Command = ProxyHeader::Command;

constexpr std::string_view kRequest = "GET http://a.test/ HTTP/1.1\r\n";

// Reads `bytes` from every prefix on: needs more until the last byte of the header, and asks for no byte behind it.
Result<ProxyHeader> read_every_cut(const std::string& bytes) {
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const std::string_view part = std::string_view(bytes).substr(0, size);
    const auto read = read_proxy_header(part);
    const std::size_t lacks = proxy_header_lacks(part);
    if (!read) return std::unexpected(read.error());
    if (*read) {
      EXPECT_EQ((*read)->bytes, size) << "complete only with its last byte";
      EXPECT_EQ(lacks, 0U);
      const std::string followed = bytes + std::string(kRequest);
      const auto again = read_proxy_header(followed);
      EXPECT_TRUE(again && *again && (*again)->bytes == size) << "what stands behind changes nothing";
      return (*read)->header;
    }
    EXPECT_GT(lacks, 0U) << "at " << size;
    EXPECT_LE(lacks, bytes.size() - size) << "at " << size << ": would read what is the client's";
  }
  return fail(Error::Kind::Malformed, "never complete");
}

std::string be16(std::size_t value) { return {static_cast<char>(value >> 8), static_cast<char>(value)}; }
std::string be32(std::uint32_t value) { return be16(value >> 16) + be16(value & 0xffff); }

std::string binary(int version_command, int family, const std::string& rest) {
  return "\r\n\r\n\0\r\nQUIT\n"s + static_cast<char>(version_command) + static_cast<char>(family) + be16(rest.size()) +
         rest;
}
std::string tlv(int type, const std::string& value) { return static_cast<char>(type) + be16(value.size()) + value; }

const std::string kInet = "\xc0\x00\x02\x07\xc6\x33\x64\x01"s + be16(56324) + be16(3128);
const std::string kInet6 = "\x20\x01\x0d\xb8"s + std::string(11, '\0') + "\x07" + "\x20\x01\x0d\xb8"s +
                           std::string(11, '\0') + "\x01" + be16(56324) + be16(3128);

TEST(ProxyProtocol, version_1_names_the_client) {
  const auto v4 = read_every_cut("PROXY TCP4 192.0.2.7 198.51.100.1 56324 3128\r\n");
  ASSERT_TRUE(v4 && v4->endpoints);
  EXPECT_EQ(v4->endpoints->source.to_string(), "192.0.2.7:56324");
  EXPECT_EQ(v4->endpoints->destination.to_string(), "198.51.100.1:3128");
  const auto v6 = read_every_cut("PROXY TCP6 2001:db8::7 2001:db8::1 1 65535\r\n");
  ASSERT_TRUE(v6 && v6->endpoints);
  EXPECT_EQ(v6->endpoints->source.to_string(), "[2001:db8::7]:1");
  EXPECT_EQ(v6->endpoints->destination.port, 65535);
}

TEST(ProxyProtocol, version_1_unknown_leaves_the_addresses_as_they_are) {
  for (const char* line :
       {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", "PROXY UNKNOWN what ever\r\n"}) {
    const auto header = read_every_cut(line);
    ASSERT_TRUE(header) << line;
    EXPECT_EQ(header->command, Command::Proxy);
    EXPECT_FALSE(header->endpoints);
  }
}

TEST(ProxyProtocol, version_1_that_could_be_read_in_two_ways_is_refused) {
  for (const char* line :
       {"PROXY TCP4 192.0.2.7 198.51.100.1 56324 3128\n", "PROXY TCP4 192.0.2.7 198.51.100.1 56324\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 56324 3128 \r\n", "PROXY TCP4  192.0.2.7 198.51.100.1 56324 3128\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 56324 03128\r\n", "PROXY TCP4 192.0.2.7 198.51.100.1 56324 65536\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 -1 3128\r\n", "PROXY TCP4 192.0.2.7 198.51.100.1 +1 3128\r\n",
        "PROXY TCP4 192.0.2.07 198.51.100.1 1 2\r\n", "PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n",
        "PROXY TCP4 192.0.2.7 198.51.100.1 1 2 3\r\n", "PROXY TCP5 192.0.2.7 198.51.100.1 1 2\r\n",
        "PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n", "PROXY TCP4\t192.0.2.7 198.51.100.1 1 2\r\n", "PROXY \r\n",
        "PROXY\r\n", "proxy TCP4 192.0.2.7 198.51.100.1 1 2\r\n", "PROXY TCP4 1.1.1.1 1.1.1.1 1 2\r\r\n"}) {
    const auto read = read_proxy_header(line);
    ASSERT_FALSE(read) << line;
    EXPECT_EQ(read.error().kind, Error::Kind::Malformed);
  }
}

TEST(ProxyProtocol, version_1_is_bounded) {
  const std::string longest = "PROXY UNKNOWN " + std::string(107 - 16, 'x') + "\r\n";
  ASSERT_EQ(longest.size(), 107U);
  EXPECT_TRUE(read_every_cut(longest));
  EXPECT_FALSE(read_proxy_header("PROXY UNKNOWN " + std::string(107 - 15, 'x') + "\r\n"));
  EXPECT_FALSE(read_proxy_header("PROXY UNKNOWN " + std::string(200, 'x')));
}

TEST(ProxyProtocol, version_2_names_the_client) {
  const auto v4 = read_every_cut(binary(0x21, 0x11, kInet));
  ASSERT_TRUE(v4 && v4->endpoints);
  EXPECT_EQ(v4->endpoints->source.to_string(), "192.0.2.7:56324");
  EXPECT_EQ(v4->endpoints->destination.to_string(), "198.51.100.1:3128");
  const auto v6 = read_every_cut(binary(0x21, 0x21, kInet6));
  ASSERT_TRUE(v6 && v6->endpoints);
  EXPECT_EQ(v6->endpoints->source.to_string(), "[2001:db8::7]:56324");
  EXPECT_EQ(v6->endpoints->destination.to_string(), "[2001:db8::1]:3128");
}

TEST(ProxyProtocol, version_2_local_and_other_families_leave_the_addresses_as_they_are) {
  for (const auto& [bytes, command] :
       {std::pair{binary(0x20, 0x00, ""), Command::Local}, std::pair{binary(0x20, 0x11, kInet), Command::Local},
        std::pair{binary(0x20, 0x11, "short"), Command::Local}, std::pair{binary(0x21, 0x00, ""), Command::Proxy},
        std::pair{binary(0x21, 0x00, tlv(1, "h2")), Command::Proxy},
        std::pair{binary(0x21, 0x31, std::string(216, '/')), Command::Proxy},
        std::pair{binary(0x21, 0x32, std::string(216, '/')), Command::Proxy}}) {
    const auto header = read_every_cut(bytes);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->command, command);
    EXPECT_FALSE(header->endpoints);
  }
}

TEST(ProxyProtocol, version_2_passes_over_what_it_does_not_know) {
  const auto header =
      read_every_cut(binary(0x21, 0x11, kInet + tlv(1, "http/1.1") + tlv(4, "") + tlv(0xee, std::string(300, 'x'))));
  EXPECT_TRUE(header && header->endpoints);
}

TEST(ProxyProtocol, version_2_that_contradicts_itself_is_refused) {
  for (const auto& bytes :
       {binary(0x11, 0x11, kInet), binary(0x31, 0x11, kInet), binary(0x22, 0x11, kInet), binary(0x21, 0x41, kInet),
        binary(0x21, 0x13, kInet), binary(0x21, 0x12, kInet), binary(0x21, 0x11, kInet.substr(1)),
        binary(0x21, 0x21, kInet), binary(0x21, 0x31, kInet6), binary(0x21, 0x11, kInet + "\x01"),
        binary(0x21, 0x11, kInet + "\x01\x00"s), binary(0x21, 0x11, kInet + "\x01\x00\x05"s + "four")}) {
    const auto read = read_proxy_header(bytes);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, Error::Kind::Malformed);
  }
}

TEST(ProxyProtocol, version_2_is_bounded_before_its_bytes_have_come) {
  EXPECT_TRUE(read_proxy_header(binary(0x21, 0x11, kInet + tlv(4, std::string(4096 - 16 - 12 - 3, 'x')))));
  const auto read = read_proxy_header("\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"s);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, Error::Kind::TooLarge);
}

TEST(ProxyProtocol, a_checksum_is_checked_wherever_it_stands) {
  for (const std::string& behind : {""s, tlv(4, "padding"), tlv(0xe0, "x") + tlv(0xe1, "")}) {
    std::string bytes = binary(0x21, 0x11, kInet + tlv(1, "h2") + tlv(3, "\0\0\0\0"s) + behind);
    const std::size_t at = bytes.size() - behind.size() - 4;
    bytes.replace(at, 4, be32(crc32c(bytes)));
    EXPECT_TRUE(read_every_cut(bytes));
    bytes[17] ^= 1;  // another client
    EXPECT_FALSE(read_proxy_header(bytes));
  }
  EXPECT_FALSE(read_proxy_header(binary(0x21, 0x11, kInet + tlv(3, "\0\0\0"s))));
}

TEST(ProxyProtocol, crc32c_is_the_one_of_rfc_3720) {
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  EXPECT_EQ(crc32c("6789", crc32c("12345")), crc32c("123456789"));
}

TEST(ProxyProtocol, a_connection_without_a_header_is_refused_by_its_first_byte) {
  for (const std::string_view bytes :
       {"GET http://a.test/ HTTP/1.1\r\n\r\n"sv, "C"sv, "\x16\x03\x01"sv, "\r\nGET"sv, "\n"sv})
    EXPECT_FALSE(read_proxy_header(bytes));
}

TEST(ProxyProtocol, what_is_written_reads_the_same) {
  for (const auto version : {ProxyHeader::Version::One, ProxyHeader::Version::Two})
    for (const auto& [source, destination] : {std::pair{"192.0.2.1:56324", "198.51.100.1:3128"},
                                              {"[2001:db8::1]:1", "[2001:db8::2]:65535"},
                                              {"192.0.2.1:56324", "[2001:db8::2]:3128"}}) {
      const ProxyHeader::Endpoints ends{*SocketAddress::parse(source), *SocketAddress::parse(destination)};
      std::string bytes;
      append_proxy_header(version, ends, bytes);
      const auto read = read_proxy_header(bytes + "GET");
      ASSERT_TRUE(read.has_value() && read->has_value()) << source;
      EXPECT_EQ((*read)->bytes, bytes.size());
      ASSERT_TRUE((*read)->header.endpoints.has_value());
      EXPECT_EQ((*read)->header.endpoints->source, ends.source);
      EXPECT_EQ((*read)->header.endpoints->destination, ends.destination);
    }
}

}  // namespace
}  // namespace citygate::proxy
