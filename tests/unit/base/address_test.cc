#include "base/address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace citygate {
namespace {

IpAddress ip(std::string_view text) {
  auto parsed = IpAddress::parse(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(IpAddress());
}

TEST(IpAddress, ReadsAndWritesTheUsualForms) {
  for (const char* text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1", "fe80::1:2"})
    EXPECT_EQ(ip(text).to_string(), text);
  EXPECT_EQ(ip("2001:DB8:0:0::1").to_string(), "2001:db8::1");
}

TEST(IpAddress, RefusesEverythingElse) {
  for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "0x1.2.3.4", " 1.2.3.4", "1.2.3.4 ",
                           "1.2.3.4:80", "[::1]", "fe80::1%eth0", ":::", "1::2::3", "12345::", "localhost"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  EXPECT_FALSE(IpAddress::parse(std::string(200, '1')));
  EXPECT_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(IpAddress, MappedIpv4IsIpv4) {
  EXPECT_EQ(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
  EXPECT_TRUE(ip("::ffff:c000:201").is_v4());
  EXPECT_EQ(ip("192.0.2.1").v4_host_order(), 0xc0000201u);
  EXPECT_EQ(IpAddress::v4(0xc0000201).to_string(), "192.0.2.1");
  EXPECT_FALSE(ip("::192.0.2.1").is_v4());
  EXPECT_EQ(IpAddress::from_bytes(ip("2001:db8::1").bytes()), ip("2001:db8::1"));
}

TEST(IpAddress, OnlyGloballyReachableOnesArePublic) {
  for (const char* text :
       {"1.1.1.1", "8.8.8.8", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.0.1", "172.32.0.1", "192.0.1.0",
        "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2a00::1", "2001:200::1", "3fff:1000::1",
        "64:ff9b::808:808", "2002:808:808::1"})
    EXPECT_TRUE(ip(text).is_public()) << text;
  for (const char* text : {"0.0.0.0",
                           "0.1.2.3",
                           "10.0.0.1",
                           "10.255.255.255",
                           "100.64.0.1",
                           "100.127.255.255",
                           "127.0.0.1",
                           "127.255.255.255",
                           "169.254.169.254",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.0.0.8",
                           "192.0.2.1",
                           "192.168.0.1",
                           "198.18.0.1",
                           "198.19.255.255",
                           "198.51.100.1",
                           "203.0.113.1",
                           "224.0.0.1",
                           "239.255.255.255",
                           "240.0.0.1",
                           "255.255.255.255",
                           "::",
                           "::1",
                           "::ffff:10.0.0.1",
                           "::ffff:127.0.0.1",
                           "::127.0.0.1",
                           "fe80::1",
                           "fec0::1",
                           "fc00::1",
                           "fd12::1",
                           "ff02::1",
                           "2001:db8::1",
                           "3fff::1",
                           "3fff:fff:ffff::1",
                           "2001::1",
                           "2001:1ff::1",
                           "100::1",
                           "64:ff9b::a00:1",
                           "64:ff9b::7f00:1",
                           "64:ff9b:1::a00:1",
                           "2002:a00:1::1",
                           "2002:7f00:1::"})
    EXPECT_FALSE(ip(text).is_public()) << text;
}

TEST(Cidr, ContainsItsRangeAndNoMore) {
  struct Case {
    const char *range, *first, *last, *before, *after;
  };
  const Case cases[] = {
      {"10.0.0.0/8", "10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"},
      {"10.1.2.0/23", "10.1.2.0", "10.1.3.255", "10.1.1.255", "10.1.4.0"},
      {"192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.6", "192.0.2.8"},
      {"192.0.2.7/32", "192.0.2.7", "192.0.2.7", "192.0.2.6", "192.0.2.8"},
      {"2001:db8::/33", "2001:db8::", "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff", "2001:db7::", "2001:db8:8000::"},
      {"::1", "::1", "::1", "::", "::2"},
  };
  for (const Case& one : cases) {
    const auto range = Cidr::parse(one.range);
    ASSERT_TRUE(range) << one.range;
    EXPECT_TRUE(range->contains(ip(one.first))) << one.range;
    EXPECT_TRUE(range->contains(ip(one.last))) << one.range;
    EXPECT_FALSE(range->contains(ip(one.before))) << one.range;
    EXPECT_FALSE(range->contains(ip(one.after))) << one.range;
  }
}

TEST(Cidr, EverythingInOneFamilyIsNotEverythingInTheOther) {
  const auto four = Cidr::parse("0.0.0.0/0");
  const auto all = Cidr::parse("::/0");
  ASSERT_TRUE(four && all);
  EXPECT_TRUE(four->contains(ip("203.0.113.9")));
  EXPECT_FALSE(four->contains(ip("2001:db8::1")));
  EXPECT_TRUE(all->contains(ip("2001:db8::1")));
  EXPECT_EQ(four->to_string(), "0.0.0.0/0");
}

TEST(Cidr, RefusesHostBitsAndBadPrefixes) {
  for (const char* text : {"10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "/8",
                           "2001:db8::1/32", "2001:db8::/129", "10.0.0.0/8/8", "", "10.0.0/8"})
    EXPECT_FALSE(Cidr::parse(text)) << text;
  EXPECT_EQ(Cidr::parse("10.0.0.0/8")->to_string(), "10.0.0.0/8");
  EXPECT_EQ(Cidr::parse("2001:db8::/32")->to_string(), "2001:db8::/32");
  EXPECT_EQ(Cidr::parse("192.0.2.7")->to_string(), "192.0.2.7/32");
}

TEST(SocketAddress, ReadsAndWrites) {
  for (const char* text : {"127.0.0.1:3128", "[::1]:3128", "[2001:db8::1]:65535", "0.0.0.0:0"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->to_string(), text);
  }
  for (const char* text : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:3128", "[127.0.0.1]:80",
                           "[::1]", "[::1]80", ":80", "a.test:80", ""})
    EXPECT_FALSE(SocketAddress::parse(text)) << text;
}

TEST(SocketAddress, ThroughTheKernelsForm) {
  for (const char* text : {"192.0.2.1:80", "[2001:db8::1]:443"}) {
    const auto address = *SocketAddress::parse(text);
    sockaddr_storage storage;
    const unsigned length = address.to_sockaddr(storage);
    EXPECT_EQ(length, address.ip.is_v4() ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    EXPECT_EQ(SocketAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&storage)), address);
  }
  sockaddr_storage unknown{};
  unknown.ss_family = AF_UNIX;
  EXPECT_EQ(SocketAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&unknown)), SocketAddress());
}

}  // namespace
}  // namespace citygate
