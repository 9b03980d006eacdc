#include "meter/usage_board.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

namespace citygate::meter {
namespace {

using namespace std::chrono_literals;

constexpr std::int32_t kDay = 20'778;
const WallTime kNow = WallTime(std::chrono::hours(24) * kDay + 15h);
constexpr QuotaId kNews{1}, kVideo{2};

TEST(UsageBoard, a_running_visit_counts_up_to_its_tail) {
  UsageBoard board{VisitRules{}};
  PersonMeter& ada = board.person({1});
  EXPECT_EQ(ada.used(kNews, kDay, kNow), Usage{});
  ada.publish(kNews, kDay, 10min, kNow);
  EXPECT_EQ(ada.used(kNews, kDay, kNow).attended, 10min);
  EXPECT_EQ(ada.used(kNews, kDay, kNow + 25s).attended, 10min + 25s);
  EXPECT_EQ(ada.used(kNews, kDay, kNow + 8h).attended, 11min);
  EXPECT_EQ(ada.used(kNews, kDay, kNow - 5s).attended, 10min) << "a clock that was set back takes nothing away";
  EXPECT_EQ(ada.used(kNews, kDay + 1, kNow + 24h), Usage{});
  EXPECT_EQ(ada.used(kVideo, kDay, kNow), Usage{});
  ada.publish(kNews, kDay + 1, 1min, kNow + 24h);
  ada.publish(kNews, kDay, 50min, kNow);  // too late
  EXPECT_EQ(ada.used(kNews, kDay + 1, kNow + 24h).attended, 1min);
}

TEST(UsageBoard, one_meter_per_person) {
  UsageBoard board{VisitRules{}};
  EXPECT_EQ(&board.person({7}), &board.person({7}));
  EXPECT_NE(&board.person({7}), &board.person({7 + (1 << 14)}));
  for (std::uint32_t quota = 1; quota <= 40; ++quota) board.person({7}).publish({quota}, kDay, quota * 1s, kNow);
  for (std::uint32_t quota = 1; quota <= 40; ++quota)
    EXPECT_EQ(board.person({7}).used({quota}, kDay, kNow).attended, quota * 1s);
}

TEST(UsageBoard, leases_end_at_the_limit) {
  UsageBoard board{VisitRules{}};
  PersonMeter& ada = board.person({1});
  ada.seed_bytes(kVideo, kDay, 1000);
  EXPECT_EQ(ada.lease(kVideo, kDay, 10'000, 8000), 8000u);
  EXPECT_EQ(ada.lease(kVideo, kDay, 10'000, 8000), 1000u);
  EXPECT_EQ(ada.lease(kVideo, kDay, 10'000, 8000), 0u);
  ada.give_back(kVideo, kDay, 500);
  ada.give_back(kVideo, kDay + 1, 500);
  ada.give_back(kVideo, kDay - 1, 500);
  EXPECT_EQ(ada.used(kVideo, kDay, kNow).streaming_bytes, 9500u);
  EXPECT_EQ(ada.lease(kVideo, kDay, 0, 8000), 8000u) << "not limited, yet counted";
  EXPECT_EQ(ada.used(kVideo, kDay, kNow).streaming_bytes, 17'500u);
  EXPECT_EQ(ada.lease(kVideo, kDay + 1, 10'000, 20'000), 10'000u) << "a new day";
  EXPECT_EQ(ada.lease(kVideo, kDay, 10'000, 1), 0u) << "a worker still in yesterday meets today's limit";
  ada.give_back(kVideo, kDay, 10'000);
  EXPECT_EQ(ada.used(kVideo, kDay + 1, kNow).streaming_bytes, 10'000u);
  EXPECT_EQ(ada.used(kVideo, kDay, kNow).streaming_bytes, 0u);
}

UniqueFd copy_of(const UniqueFd& memory) { return UniqueFd(::dup(memory.get())); }

TEST(UsageBoard, two_boards_on_one_memory_show_and_lease_the_same) {
  UsageBoard old_board{VisitRules{}};
  PersonMeter& before = old_board.person({1});
  before.publish(kNews, kDay, 10min, kNow);
  EXPECT_EQ(before.lease(kVideo, kDay, 10'000, 6000), 6000u);
  auto memory = BoardMemory::map(copy_of(old_board.memory()));
  ASSERT_TRUE(memory);
  UsageBoard new_board{VisitRules{}, *std::move(memory)};
  PersonMeter& after = new_board.person({1});
  EXPECT_EQ(after.used(kNews, kDay, kNow).attended, 10min);
  after.seed_bytes(kVideo, kDay, 2000);  // the ledger has not seen what is leased
  EXPECT_EQ(after.lease(kVideo, kDay, 10'000, 6000), 4000u);
  EXPECT_EQ(before.lease(kVideo, kDay, 10'000, 1), 0u);
  after.seed_bytes(kVideo, kDay + 1, 500);
  EXPECT_EQ(before.used(kVideo, kDay + 1, kNow).streaming_bytes, 500u);
  // Whoever is met first by either, and beyond one chunk of quotas.
  for (std::uint32_t quota = 1; quota <= 9; ++quota) new_board.person({2}).publish({quota}, kDay, quota * 1s, kNow);
  for (std::uint32_t quota = 1; quota <= 9; ++quota)
    EXPECT_EQ(old_board.person({2}).used({quota}, kDay, kNow).attended, quota * 1s);
}

TEST(UsageBoard, two_processes_together_get_the_limit_to_the_byte) {
  constexpr std::uint64_t kLimit = 3'000'001;
  UsageBoard board{VisitRules{}};
  int granted[2];
  ASSERT_EQ(::pipe(granted), 0);
  const auto take = [](UsageBoard& from) {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0;; ++i) {
      const auto got = from.person({1}).lease(kVideo, kDay, kLimit, 100 + i % 300);
      static_cast<void>(from.person({i % 50}).used(kNews, kDay, kNow));  // both add people
      if (got == 0) return sum;
      sum += got;
    }
  };
  const pid_t child = ::fork();
  if (child == 0) {
    auto memory = BoardMemory::map(copy_of(board.memory()));
    if (!memory) ::_exit(1);
    UsageBoard other{VisitRules{}, *std::move(memory)};
    const std::uint64_t sum = take(other);
    ::_exit(::write(granted[1], &sum, sizeof sum) == sizeof sum ? 0 : 1);
  }
  ASSERT_GT(child, 0);
  const std::uint64_t mine = take(board);
  std::uint64_t theirs = 0;
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  ASSERT_EQ(::read(granted[0], &theirs, sizeof theirs), static_cast<ssize_t>(sizeof theirs));
  EXPECT_EQ(mine + theirs, kLimit);
  ::close(granted[0]);
  ::close(granted[1]);
}

TEST(UsageBoard, memory_of_another_kind_is_refused) {
  UniqueFd small(::memfd_create("test", MFD_CLOEXEC));
  EXPECT_FALSE(BoardMemory::map(std::move(small)));
  UniqueFd zeroes(::memfd_create("test", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(zeroes.get(), BoardMemory::kMostBytes), 0);
  const auto mapped = BoardMemory::map(std::move(zeroes));
  ASSERT_FALSE(mapped);
  EXPECT_EQ(mapped.error().kind, Error::Kind::Malformed);
}

TEST(UsageBoard, many_threads_together_get_the_limit_to_the_byte) {
  UsageBoard board{VisitRules{}};
  constexpr std::uint64_t kLimit = 3'000'017;
  std::vector<std::uint64_t> spent(4, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < spent.size(); ++t)
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<unsigned>(t));
      PersonMeter& ada = board.person({1});
      for (;;) {
        const std::uint64_t got = ada.lease(kVideo, kDay, kLimit, 1 + random() % 4096);
        if (got == 0) return;
        const std::uint64_t kept = random() % 3 == 0 ? got / 2 : got;
        ada.give_back(kVideo, kDay, got - kept);
        spent[t] += kept;
      }
    });
  for (auto& thread : threads) thread.join();
  const auto total = std::accumulate(spent.begin(), spent.end(), std::uint64_t{0});
  // What was given back after the others had stopped may be left; together it is the limit.
  EXPECT_EQ(total, board.person({1}).used(kVideo, kDay, kNow).streaming_bytes);
  EXPECT_EQ(total + board.person({1}).lease(kVideo, kDay, kLimit, kLimit), kLimit);
}

TEST(UsageBoard, readers_never_see_half_a_publication) {
  UsageBoard board{VisitRules{.pause = 180s, .tail = 0s}};
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    while (!stop) {
      // Attended time and last action move together: with a tail of nothing only whole values show.
      const auto seen = board.person({1}).used(kNews, kDay, kNow).attended.count();
      EXPECT_EQ(seen % 1000, 0);
      EXPECT_EQ(board.person({static_cast<std::uint32_t>(2 + seen / 1000)}).used(kNews, kDay, kNow), Usage{});
    }
  });
  for (int i = 0; i < 20'000; ++i) board.person({1}).publish(kNews, kDay, i * 1s, kNow + i * 1ms);
  stop = true;
  reader.join();
}

}  // namespace
}  // namespace citygate::meter
