#include "proxy/net/address_order.h"

#include <gmock/gmock.h>

#include "proxy/net/answer_cache.h"
#include "proxy/net/listener.h"

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const IpAddress kFour1 = *IpAddress::parse("192.0.2.1"), kFour2 = *IpAddress::parse("192.0.2.2");
const IpAddress kSix1 = *IpAddress::parse("2001:db8::1"), kSix2 = *IpAddress::parse("2001:db8::2");

TEST(AddressOrder, takes_the_families_in_turn_where_ipv6_works) {
  const std::vector six{kSix1, kSix2}, four{kFour1};
  EXPECT_THAT(in_order(six, four, Preferred::V6), ElementsAre(kSix1, kFour1, kSix2));
  EXPECT_THAT(in_order({}, four, Preferred::V6), ElementsAre(kFour1));
  EXPECT_THAT(in_order({}, {}, Preferred::V6), IsEmpty());
}

TEST(AddressOrder, puts_ipv6_last_where_it_has_no_route) {
  const std::vector six{kSix1, kSix2}, four{kFour1, kFour2};
  EXPECT_THAT(in_order(six, four, Preferred::V4), ElementsAre(kFour1, kFour2, kSix1, kSix2));
}

TEST(AddressOrder, ipv6_is_preferred_where_the_kernel_has_a_route) {
  const IpAddress loopback = *IpAddress::parse("::1");
  const bool has_ipv6 = listen_sockets({loopback, 0}, 1, 1).has_value();
  EXPECT_EQ(preferred_family(loopback), has_ipv6 ? Preferred::V6 : Preferred::V4);
}

DnsAnswer answer(const IpAddress& address) {
  return {.addresses = std::make_shared<const Addresses>(Addresses{.list = {address}})};
}

TEST(AnswerCache, keeps_an_answer_until_it_expires) {
  AnswerCache cache(10);
  const MonoTime now{1h};
  cache.put("a.example", answer(kFour1), now + 5s);
  cache.put("b.example", {.addresses = nullptr, .failure = Error::Kind::Timeout}, now + 1s);
  ASSERT_NE(cache.find("a.example", now), nullptr);
  EXPECT_EQ(cache.find("b.example", now)->failure, Error::Kind::Timeout);
  EXPECT_EQ(cache.find("c.example", now), nullptr);
  EXPECT_EQ(cache.find("b.example", now + 1s), nullptr);
  EXPECT_EQ(cache.size(), 1u) << "what expired is dropped when found";
  cache.put("a.example", answer(kFour2), now + 20s);
  EXPECT_THAT(cache.find("a.example", now + 10s)->addresses->list, ElementsAre(kFour2));
}

TEST(AnswerCache, drops_the_longest_unused_first) {
  AnswerCache cache(3);
  const MonoTime now{1h};
  for (const char* name : {"a", "b", "c"}) cache.put(name, answer(kFour1), now + 1h);
  EXPECT_NE(cache.find("a", now), nullptr);
  cache.put("d", answer(kFour1), now + 1h);
  EXPECT_EQ(cache.size(), 3u);
  EXPECT_EQ(cache.find("b", now), nullptr);
  EXPECT_NE(cache.find("a", now), nullptr);
  AnswerCache none(0);
  none.put("a", answer(kFour1), now + 1h);
  EXPECT_EQ(none.find("a", now), nullptr);
}

}  // namespace
}  // namespace citygate::proxy
