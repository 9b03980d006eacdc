#include "proxy/identity/session_table.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace citygate::proxy {
namespace {

using std::chrono::hours;

const WallTime kNow = WallTime(hours(500'000));
const PersonId kAnn{7}, kBob{8};

IpAddress address(std::uint32_t last) { return IpAddress::v4(0x0a000000U + last); }

SessionTable::Session session(PersonId person, WallTime since = kNow, hours lifetime = hours(8)) {
  return {.person = person, .since = since, .until = since + lifetime};
}

TEST(SessionTable, NobodyIsSignedInAtFirst) {
  const SessionTable table;
  EXPECT_FALSE(table.find(address(1), kNow));
  EXPECT_FALSE(table.find(address(1), hash_cookie("c"), kNow));
}

TEST(SessionTable, WorkersFindByAddressThePortalByCookieToo) {
  SessionTable table;
  ASSERT_TRUE(table.open(address(1), session(kAnn), hash_cookie("cookie of ann")).done);
  ASSERT_TRUE(table.find(address(1), kNow));
  EXPECT_EQ(table.find(address(1), kNow)->person, kAnn);
  EXPECT_TRUE(table.find(address(1), hash_cookie("cookie of ann"), kNow));
  EXPECT_FALSE(table.find(address(1), hash_cookie("guessed"), kNow));
}

TEST(SessionTable, AStolenCookieIsWorthNothingFromAnotherAddress) {
  SessionTable table;
  ASSERT_TRUE(table.open(address(1), session(kAnn), hash_cookie("a")).done);
  ASSERT_TRUE(table.open(address(2), session(kBob), hash_cookie("b")).done);
  EXPECT_FALSE(table.find(address(2), hash_cookie("a"), kNow));
  EXPECT_FALSE(table.find(address(3), hash_cookie("a"), kNow));
}

TEST(SessionTable, EndsAtItsTimeToTheMicrosecond) {
  SessionTable table;
  ASSERT_TRUE(table.open(address(1), session(kAnn), hash_cookie("a")).done);
  const WallTime end = kNow + hours(8);
  EXPECT_TRUE(table.find(address(1), end - std::chrono::microseconds(1)));
  EXPECT_FALSE(table.find(address(1), end));
  EXPECT_FALSE(table.find(address(1), hash_cookie("a"), end));
  table.drop_ended(end);
  EXPECT_EQ(table.size(), 0U);
}

TEST(SessionTable, SomebodyElseAtTheSameAddressTakesThePlace) {
  SessionTable table;
  EXPECT_FALSE(table.open(address(1), session(kAnn), hash_cookie("a")).replaced);
  EXPECT_FALSE(table.open(address(1), session(kAnn), hash_cookie("a2")).replaced) << "the same person again";
  EXPECT_EQ(table.open(address(1), session(kBob), hash_cookie("b")).replaced, kAnn);
  EXPECT_EQ(table.find(address(1), kNow)->person, kBob);
  EXPECT_FALSE(table.find(address(1), hash_cookie("a2"), kNow));
  EXPECT_EQ(table.counts().replaced, 1U);
  EXPECT_EQ(table.size(), 1U);
}

TEST(SessionTable, AnEndedSessionIsReplacedWithoutAWord) {
  SessionTable table;
  ASSERT_TRUE(table.open(address(1), session(kAnn), hash_cookie("a")).done);
  EXPECT_FALSE(table.open(address(1), session(kBob, kNow + hours(9)), hash_cookie("b")).replaced);
}

TEST(SessionTable, TellsAtHowManyOtherAddressesAPersonIs) {
  SessionTable table;
  EXPECT_EQ(table.open(address(1), session(kAnn), hash_cookie("1")).others, 0U);
  EXPECT_EQ(table.open(address(2), session(kAnn), hash_cookie("2")).others, 1U);
  EXPECT_EQ(table.open(address(2), session(kAnn), hash_cookie("3")).others, 1U);
}

TEST(SessionTable, ThePersonsOldestSessionMakesRoom) {
  SessionTable table;
  for (std::uint32_t i = 0; i < SessionTable::kPerPerson + 3; ++i)
    ASSERT_TRUE(table.open(address(i), session(kAnn, kNow + std::chrono::seconds(i)), hash_cookie("c")).done);
  EXPECT_EQ(table.size(), SessionTable::kPerPerson);
  EXPECT_FALSE(table.find(address(0), kNow + hours(1)));
  EXPECT_FALSE(table.find(address(2), kNow + hours(1)));
  EXPECT_TRUE(table.find(address(3), kNow + hours(1)));
}

TEST(SessionTable, SignsOut) {
  SessionTable table;
  ASSERT_TRUE(table.open(address(1), session(kAnn), hash_cookie("a")).done);
  EXPECT_TRUE(table.close(address(1), hash_cookie("a")));
  EXPECT_FALSE(table.close(address(1), hash_cookie("a")));
  EXPECT_FALSE(table.find(address(1), kNow));
  EXPECT_EQ(table.counts().ended, 1U);
}

TEST(SessionTable, SignsOutNobodyElseWhoHasTakenThePlaceMeanwhile) {
  SessionTable table;
  ASSERT_TRUE(table.open(address(1), session(kAnn), hash_cookie("a")).done);
  ASSERT_TRUE(table.open(address(1), session(kBob), hash_cookie("b")).done);
  EXPECT_FALSE(table.close(address(1), hash_cookie("a")));
  ASSERT_TRUE(table.find(address(1), kNow));
  EXPECT_EQ(table.find(address(1), kNow)->person, kBob);
  EXPECT_TRUE(table.close(address(1), hash_cookie("b")));
}

TEST(SessionTable, TellsWhereOneEndedBeforeItsTime) {
  SessionTable table;
  std::vector<IpAddress> ended;
  table.on_end([&](std::span<const IpAddress> addresses) {
    EXPECT_FALSE(table.find(addresses.front(), kNow) && table.find(addresses.front(), kNow)->person == kAnn);
    ended.insert(ended.end(), addresses.begin(), addresses.end());
  });
  const auto told = [&ended] { return std::exchange(ended, {}); };
  ASSERT_TRUE(table.open(address(1), session(kAnn), hash_cookie("a")).done);
  ASSERT_TRUE(table.open(address(1), session(kAnn), hash_cookie("a2")).done);
  EXPECT_EQ(told(), std::vector<IpAddress>()) << "the same person again";
  ASSERT_TRUE(table.open(address(1), session(kBob), hash_cookie("b")).done);
  EXPECT_EQ(told(), std::vector{address(1)});
  EXPECT_TRUE(table.close(address(1), hash_cookie("b")));
  EXPECT_FALSE(table.close(address(1), hash_cookie("b")));
  EXPECT_EQ(told(), std::vector{address(1)});
  for (std::uint32_t i = 0; i <= SessionTable::kPerPerson; ++i)
    ASSERT_TRUE(table.open(address(10 + i), session(kAnn, kNow + std::chrono::seconds(i)), hash_cookie("c")).done);
  EXPECT_EQ(told(), std::vector{address(10)}) << "made room";
  ASSERT_TRUE(table.open(address(1), session(kBob), hash_cookie("b")).done);
  EXPECT_EQ(table.keep_only([](const SessionTable::Session& each) { return each.person != kBob; }), 1U);
  EXPECT_EQ(told(), std::vector{address(1)});
  table.drop_ended(kNow + hours(9));
  EXPECT_EQ(told(), std::vector<IpAddress>()) << "by the clock: what ran knew when";
}

TEST(SessionTable, EndsWithWhoMayNotStay) {
  SessionTable table;
  for (std::uint32_t i = 0; i < 10; ++i)
    ASSERT_TRUE(table.open(address(i), session(i % 2 == 0 ? kAnn : kBob), hash_cookie("c")).done);
  EXPECT_EQ(table.keep_only([](const SessionTable::Session& each) { return each.person != kAnn; }), 5U);
  EXPECT_EQ(table.size(), 5U);
  EXPECT_FALSE(table.find(address(0), kNow));
  EXPECT_TRUE(table.find(address(1), kNow));
}

TEST(SessionTable, ManyThreadsAtOnce) {
  SessionTable table;
  std::vector<std::jthread> threads;
  for (std::uint32_t t = 0; t < 4; ++t)
    threads.emplace_back([&table, t] {
      for (std::uint32_t i = 0; i < 300; ++i) {
        const IpAddress where = address(t * 1'000 + i);
        const PersonId who{t * 1'000 + i + 1};
        ASSERT_TRUE(table.open(where, session(who), hash_cookie("c")).done);
        ASSERT_EQ(table.find(where, kNow)->person, who);
        if (i % 3 == 0) {
          ASSERT_TRUE(table.close(where, hash_cookie("c")));
        }
      }
    });
  threads.clear();
  EXPECT_EQ(table.size(), 4U * 200U);
}

}  // namespace
}  // namespace citygate::proxy
