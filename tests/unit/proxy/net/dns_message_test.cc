#include "proxy/net/dns_message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;

using Bytes = std::vector<std::uint8_t>;

void put(Bytes& out, std::size_t width, std::uint32_t value) {
  for (std::size_t i = width; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
void put_name(Bytes& out, std::initializer_list<const char*> labels) {
  for (const std::string label : labels) {
    out.push_back(static_cast<std::uint8_t>(label.size()));
    out.insert(out.end(), label.begin(), label.end());
  }
  out.push_back(0);
}
void put_head(Bytes& out, std::uint32_t answers, std::uint32_t authorities) {
  put(out, 2, 7);
  put(out, 2, 0x8183);
  put(out, 2, 1);
  put(out, 2, answers);
  put(out, 2, authorities);
  put(out, 2, 0);
  put_name(out, {"www", "example"});
  put(out, 4, 0x00010001);
}
void put_soa(Bytes& out, std::uint32_t ttl, std::uint32_t minimum) {
  put(out, 2, 0xc010);  // "example"
  put(out, 4, 0x00060001);
  put(out, 4, ttl);
  Bytes data;
  put_name(data, {"ns"});
  put(data, 2, 0xc010);
  put(data, 4, 1);
  put(data, 4, 2);
  put(data, 4, 3);
  put(data, 4, 4);
  put(data, 4, minimum);
  put(out, 2, static_cast<std::uint32_t>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
}

TEST(DnsMessage, takes_the_lesser_of_ttl_and_minimum) {
  Bytes one;
  put_head(one, 0, 1);
  put_soa(one, 3600, 60);
  EXPECT_EQ(negative_ttl(one), 60s);
  Bytes two;
  put_head(two, 0, 1);
  put_soa(two, 30, 60);
  EXPECT_EQ(negative_ttl(two), 30s);
  Bytes none;
  put_head(none, 0, 1);
  put_soa(none, 0x80000000, 0xffffffff);
  EXPECT_EQ(negative_ttl(none), 0s) << "a TTL with the top bit set is none";
}

TEST(DnsMessage, finds_the_soa_behind_aliases_and_other_records) {
  Bytes out;
  put_head(out, 1, 2);
  put(out, 2, 0xc00c);  // a CNAME in the answer section
  put(out, 4, 0x00050001);
  put(out, 4, 5);
  put(out, 2, 2);
  put(out, 2, 0xc010);
  put(out, 2, 0xc010);  // an NS in the authority section
  put(out, 4, 0x00020001);
  put(out, 4, 5);
  put(out, 2, 2);
  put(out, 2, 0xc00c);
  put_soa(out, 100, 200);
  EXPECT_EQ(negative_ttl(out), 100s);
}

TEST(DnsMessage, says_nothing_without_a_soa) {
  Bytes out;
  put_head(out, 0, 0);
  EXPECT_EQ(negative_ttl(out), std::nullopt);
  EXPECT_EQ(negative_ttl({}), std::nullopt);
}

TEST(DnsMessage, a_message_cut_anywhere_says_nothing) {
  Bytes whole;
  put_head(whole, 0, 1);
  put_soa(whole, 3600, 60);
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_EQ(negative_ttl(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))), std::nullopt);
}

TEST(DnsMessage, a_name_that_points_at_itself_ends_all_the_same) {
  Bytes out;
  put_head(out, 0xffff, 0xffff);
  put(out, 2, 0xc000 | static_cast<std::uint32_t>(out.size()));
  EXPECT_EQ(negative_ttl(out), std::nullopt);
  out.back() = 0x80;  // no kind of label
  EXPECT_EQ(negative_ttl(out), std::nullopt);
}

}  // namespace
}  // namespace citygate::proxy
