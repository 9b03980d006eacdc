#include "proxy/limits/pace.h"

#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const MonoTime kStart{std::chrono::hours(1)};
constexpr Pace::Rule kRule{100, seconds(10)};

TEST(Pace, DripIsTooSlowAfterAWindow) {
  Pace pace;
  MonoTime now = kStart;
  ASSERT_TRUE(pace.moved(1, now, kRule));
  for (int second = 1; second <= 10; ++second) {
    pace.wait(now);
    now += seconds(1);
    EXPECT_EQ(pace.moved(10, now, kRule), second < 10) << second;
  }
}

TEST(Pace, OnlyWaitingCounts) {
  Pace pace;
  MonoTime now = kStart;
  ASSERT_TRUE(pace.moved(1, now, kRule));
  for (int i = 0; i < 100; ++i) {
    pace.wait(now);
    now += milliseconds(10);
    EXPECT_TRUE(pace.moved(1, now, kRule));
    now += seconds(60);  // somebody else's fault
  }
}

TEST(Pace, EveryWindowIsLookedAtAnew) {
  Pace pace;
  MonoTime now = kStart;
  // Much at first buys no right to drip later.
  ASSERT_TRUE(pace.moved(100'000'000, now, kRule));
  pace.wait(now);
  now += seconds(10);
  EXPECT_TRUE(pace.moved(1, now, kRule));
  pace.wait(now);
  now += seconds(10);
  EXPECT_FALSE(pace.moved(1, now, kRule));
}

TEST(Pace, BeforeItsFirstByteThereIsNone) {
  Pace pace;
  pace.wait(kStart);
  EXPECT_TRUE(pace.moved(1, kStart + seconds(50), kRule));
}

TEST(Pace, WaitingIsCountedFromItsBeginning) {
  Pace pace;
  ASSERT_TRUE(pace.moved(1, kStart, kRule));
  pace.wait(kStart);
  pace.wait(kStart + seconds(9));  // the same wait
  EXPECT_FALSE(pace.moved(1, kStart + seconds(10), kRule));
}

TEST(Pace, NoRuleNoPace) {
  Pace pace;
  ASSERT_TRUE(pace.moved(1, kStart, {}));
  pace.wait(kStart);
  EXPECT_TRUE(pace.moved(1, kStart + seconds(1000), {}));
}

}  // namespace
}  // namespace citygate::proxy
