#include "proxy/net/turn_watch.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "proxy/net/event_loop.h"

namespace citygate::proxy {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

std::uint64_t slow(const TurnWatch& watch) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kActivities; ++i) sum += watch.slow_turns(static_cast<Activity>(i));
  return sum;
}

// One turn of parts, each so long and with so many callbacks of a kind.
struct Part {
  Activity activity;
  int callbacks;
  microseconds took;
};
void turn(TurnWatch& watch, const std::vector<Part>& parts) {
  MonoTime now{milliseconds(1'000)};
  watch.woke(now);
  for (const Part& part : parts) {
    for (int i = 0; i < part.callbacks; ++i) watch.doing(part.activity);
    watch.part_ended(now += part.took);
  }
  watch.ended(now);
}

TEST(TurnWatch, AShortTurnIsNoneOfTheSlowOnes) {
  TurnWatch watch;
  turn(watch, {{Activity::Client, 200, microseconds(4'999)}});
  EXPECT_EQ(slow(watch), 0U);
  EXPECT_EQ(watch.turns(), 1U);
  EXPECT_EQ(watch.durations().sum_ns, 4'999'000U);
}

TEST(TurnWatch, ASlowTurnIsPutDownToItsLongestPart) {
  TurnWatch watch;
  turn(watch, {{Activity::Client, 200, microseconds(2'000)}, {Activity::Task, 1, microseconds(3'000)}});
  EXPECT_EQ(watch.slow_turns(Activity::Task), 1U);
  turn(watch, {{Activity::Client, 200, microseconds(4'000)}, {Activity::Task, 9, microseconds(3'000)}});
  EXPECT_EQ(watch.slow_turns(Activity::Client), 1U);
  EXPECT_EQ(slow(watch), 2U);
}

TEST(TurnWatch, AmongEventsToWhatMostWere) {
  TurnWatch watch;
  const MonoTime start{milliseconds(1'000)};
  watch.woke(start);
  for (int i = 0; i < 3; ++i) watch.doing(Activity::Client);
  for (int i = 0; i < 5; ++i) watch.doing(Activity::Origin);
  watch.doing(Activity::Accept);
  EXPECT_EQ(watch.activity(), Activity::Accept);
  watch.ended(start + milliseconds(6));
  EXPECT_EQ(watch.slow_turns(Activity::Origin), 1U);
}

TEST(TurnWatch, NothingIsCarriedIntoTheNextTurn) {
  TurnWatch watch;
  turn(watch, {{Activity::Task, 1, milliseconds(50)}});
  turn(watch, {{Activity::Accept, 1, milliseconds(6)}});
  EXPECT_EQ(watch.slow_turns(Activity::Task), 1U);
  EXPECT_EQ(watch.slow_turns(Activity::Accept), 1U);
}

TEST(TurnWatch, TheLoopSaysWhatItDoes) {
  auto loop = std::move(*EventLoop::create());
  EXPECT_EQ(loop->turns().thread(), 0);
  EXPECT_EQ(loop->turns().began(), MonoTime{});
  std::thread runner([&] { loop->run(); });
  std::atomic<bool> inside{false}, go_on{false};
  loop->post([&] {
    inside = true;
    while (!go_on) std::this_thread::sleep_for(milliseconds(1));
  });
  while (!inside) std::this_thread::yield();
  EXPECT_NE(loop->turns().began(), MonoTime{});
  EXPECT_EQ(loop->turns().activity(), Activity::Task);
  EXPECT_NE(loop->turns().thread(), 0);
  // Slow by then, however fast the machine is.
  while (std::chrono::steady_clock::now() - loop->turns().began() < 2 * TurnWatch::kSlow)
    std::this_thread::sleep_for(milliseconds(1));
  go_on = true;
  loop->stop();
  runner.join();
  EXPECT_EQ(loop->turns().slow_turns(Activity::Task), 1U);
  EXPECT_EQ(loop->turns().began(), MonoTime{});
  EXPECT_EQ(loop->turns().thread(), 0);
}

}  // namespace
}  // namespace citygate::proxy
