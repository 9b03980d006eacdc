#include "proxy/limits/client_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace citygate::proxy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const MonoTime kStart{std::chrono::hours(1)};
const IpAddress kDesk = *IpAddress::parse("10.0.0.7");

TEST(ClientTable, TwoReferencesCountTogether) {
  ClientTable table(64);
  auto one = table.acquire(kDesk, 128, kStart), two = table.acquire(kDesk, 128, kStart);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(table.in_use(), 1u);
  EXPECT_TRUE(one.add_connection(2));
  EXPECT_TRUE(two.add_connection(2));
  EXPECT_FALSE(one.add_connection(2));
  EXPECT_FALSE(two.add_connection(2)) << "a refused one must not have been counted";
  two.remove_connection();
  EXPECT_TRUE(one.add_connection(2));
  for (int i = 0; i < 2; ++i) one.remove_connection();
}

TEST(ClientTable, ZeroIsNoLimit) {
  ClientTable table(64);
  auto ref = table.acquire(kDesk, 128, kStart);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(ref.add_running(0));
  for (int i = 0; i < 5; ++i) ref.remove_running();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ref.take_token(BucketRate::per_second(0, 1), kStart).count(), 0);
}

TEST(ClientTable, BucketGivesBurstThenRate) {
  ClientTable table(64);
  auto ref = table.acquire(kDesk, 128, kStart);
  const auto rate = BucketRate::per_second(10, 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ref.take_token(rate, kStart).count(), 0);
  EXPECT_EQ(ref.take_token(rate, kStart), milliseconds(100));
  EXPECT_EQ(ref.take_token(rate, kStart + milliseconds(60)), milliseconds(40));
  EXPECT_EQ(ref.take_token(rate, kStart + milliseconds(100)).count(), 0);
  EXPECT_EQ(ref.take_token(rate, kStart + milliseconds(100)), milliseconds(100));
  // However long nobody asks, no more than the burst collects.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ref.take_token(rate, kStart + seconds(60)).count(), 0);
  EXPECT_GT(ref.take_token(rate, kStart + seconds(60)).count(), 0);
}

TEST(ClientTable, Ipv6CountsByPrefix) {
  ClientTable table(64);
  auto one = table.acquire(*IpAddress::parse("2001:db8::1"), 64, kStart);
  auto two = table.acquire(*IpAddress::parse("2001:db8::ffff:2"), 64, kStart);
  EXPECT_EQ(table.in_use(), 1u);
  auto three = table.acquire(*IpAddress::parse("2001:db8:0:1::1"), 64, kStart);
  EXPECT_EQ(table.in_use(), 2u);
  auto four = table.acquire(*IpAddress::parse("2001:db8::2"), 128, kStart);
  EXPECT_EQ(table.in_use(), 3u);
  auto five = table.acquire(*IpAddress::parse("10.0.0.1"), 32, kStart);
  auto six = table.acquire(*IpAddress::parse("10.0.0.2"), 32, kStart);
  EXPECT_EQ(table.in_use(), 5u) << "the prefix is none of IPv4's";
}

TEST(ClientTable, FullOneSaysSoAndGoesOnWhenClientsLeave) {
  ClientTable table(64);
  std::vector<ClientTable::Ref> held;
  std::uint32_t host = 0;
  while (held.size() < 40) {
    ASSERT_LT(host, 10'000u);
    if (auto ref = table.acquire(IpAddress::v4(++host), 128, kStart)) held.push_back(std::move(ref));
  }
  const auto free_for_new = [&] {
    std::size_t count = 0;
    for (std::uint32_t other = 100'000; other < 100'200; ++other)
      count += table.acquire(IpAddress::v4(other), 128, kStart) ? 1 : 0;
    return count;
  };
  while (held.size() < table.slots()) {
    auto ref = table.acquire(IpAddress::v4(++host), 128, kStart);
    if (ref) held.push_back(std::move(ref));
  }
  EXPECT_EQ(free_for_new(), 0u) << "a slot in use is given to nobody";
  held.clear();
  EXPECT_EQ(table.in_use(), 0u);
  EXPECT_EQ(free_for_new(), 200u);
}

TEST(ClientTable, EmptyBucketOutlivesTheConnection) {
  ClientTable table(8);  // one group: everybody meets
  const auto rate = BucketRate::per_second(1, 1);
  EXPECT_EQ(table.acquire(kDesk, 128, kStart).take_token(rate, kStart).count(), 0);
  // Others come and go; who comes back finds what was left.
  for (std::uint32_t other = 1; other < 100; ++other)
    static_cast<void>(table.acquire(IpAddress::v4(other), 128, kStart));
  EXPECT_EQ(table.acquire(kDesk, 128, kStart).take_token(rate, kStart), seconds(1));
}

TEST(ClientTable, WorkersTogetherKeepTheLimit) {
  ClientTable table(64);
  constexpr std::size_t kMost = 5;
  std::atomic<int> inside{0}, worst{0};
  const auto work = [&] {
    for (int i = 0; i < 20'000; ++i) {
      auto ref = table.acquire(kDesk, 128, kStart);
      ASSERT_TRUE(ref);
      if (!ref.add_running(kMost)) continue;
      const int now = ++inside;
      int seen = worst.load();
      while (now > seen && !worst.compare_exchange_weak(seen, now)) {
      }
      --inside;
      ref.remove_running();
    }
  };
  auto keeper = table.acquire(kDesk, 128, kStart);  // so that the slot stays the same one
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work);
  for (auto& thread : threads) thread.join();
  EXPECT_LE(worst.load(), static_cast<int>(kMost));
  EXPECT_EQ(table.in_use(), 1u);
  for (std::size_t i = 0; i < kMost; ++i) EXPECT_TRUE(keeper.add_running(kMost)) << "all counts were given back";
  for (std::size_t i = 0; i < kMost; ++i) keeper.remove_running();
}

TEST(ClientTable, WorkersThatMeetInOneGroupLoseNoCount) {
  ClientTable table(8);
  const auto work = [&table](std::uint32_t seed) {
    for (std::uint32_t i = 0; i < 20'000; ++i) {
      auto ref = table.acquire(IpAddress::v4((i * 7 + seed) % 12), 128, kStart);
      if (!ref) continue;
      EXPECT_TRUE(ref.add_connection(4)) << "a slot handed over with somebody else's counts in it";
      ref.remove_connection();
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(table.in_use(), 0u);
}

TEST(ClientTable, TokensAreTakenOnceOverAllWorkers) {
  ClientTable table(64);
  const auto rate = BucketRate::per_second(1'000, 1'000);
  std::atomic<int> taken{0};
  auto keeper = table.acquire(PersonId{7}, kStart);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      auto ref = table.acquire(PersonId{7}, kStart);
      for (int n = 0; n < 1'000; ++n) taken += ref.take_token(rate, kStart).count() == 0 ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, 1'000);
}

}  // namespace
}  // namespace citygate::proxy
