#include "policy/week.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "policy/calendar.h"

namespace citygate::policy {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kHour = 3600;

TEST(Week, NormalisedSpansAreCutAndMerged) {
  EXPECT_THAT(normalised({{10, 20}, {5, 10}, {30, 40}, {35, 36}}), ElementsAre(WeekSpan{5, 20}, WeekSpan{30, 40}));
  EXPECT_THAT(normalised({{kWeekSeconds - 10, kWeekSeconds + 5}}),
              ElementsAre(WeekSpan{0, 5}, WeekSpan{kWeekSeconds - 10, kWeekSeconds}));
  EXPECT_TRUE(normalised({}).empty());
}

TEST(Week, NightOverSundayOverlapsMondayMorning) {
  const WeekSpan night{kWeekSeconds - kHour, kWeekSeconds + kHour};
  EXPECT_TRUE(overlap(night, {0, 60}));
  EXPECT_FALSE(overlap(night, {kHour, 2 * kHour}));
}

TEST(Week, WithinAsksEverySecond) {
  const auto outer = normalised({{100, 200}, {300, 400}});
  EXPECT_TRUE(within(normalised({{100, 200}, {350, 360}}), outer));
  EXPECT_FALSE(within(normalised({{150, 350}}), outer));
  EXPECT_TRUE(within({}, outer));
}

// Two routes to one answer: the spans against a second-by-second walk (in steps that meet every edge).
TEST(Week, StateAgreesWithAWalk) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<WeekSpan> raw;
    for (unsigned i = 0, n = random() % 4; i < n; ++i) {
      const auto from = static_cast<std::int64_t>(random() % 168) * kHour;
      raw.push_back({from, from + static_cast<std::int64_t>(1 + random() % 100) * kHour});
    }
    const auto spans = normalised(raw);
    const auto inside = [&](std::int64_t second) {
      second %= kWeekSeconds;
      for (const auto& span : raw)
        for (const auto shift : {std::int64_t{0}, kWeekSeconds})
          if (span.from <= second + shift && second + shift < span.to) return true;
      return false;
    };
    for (std::int64_t second = 0; second < kWeekSeconds; second += kHour) {
      const WeekState state = state_at(spans, second);
      ASSERT_EQ(state.inside, inside(second)) << second;
      std::int64_t step = kHour;
      while (step <= kWeekSeconds && inside(second + step) == state.inside) step += kHour;
      if (step > kWeekSeconds)
        EXPECT_GT(state.until_change, kWeekSeconds);
      else
        EXPECT_EQ(state.until_change, step) << "at " << second;
    }
  }
}

// Two routes to one answer: the flat table against the time zone library, in zones with strange days: a skipped
// midnight (Beirut, Havana), an hour that comes twice around midnight (Azores), half an hour (Lord Howe), a day left
// out (Apia).
TEST(Calendar, MidnightsAgreeWithTheTimeZoneLibrary) {
  for (const auto name : {"America/Chicago", "Asia/Beirut", "America/Havana", "Atlantic/Azores", "Australia/Lord_Howe",
                          "Pacific/Apia", "UTC", "Asia/Kolkata"}) {
    const auto zone = Zone::open(name);
    ASSERT_TRUE(zone);
    const Calendar calendar(*zone);
    using std::chrono::sys_days;
    for (WallTime now = sys_days(std::chrono::year(2009) / 1 / 1); now < sys_days(std::chrono::year(2013) / 1 / 1);
         now += std::chrono::minutes(97)) {
      const LocalTime local = zone->at(now);
      const WallTime midnight = calendar.next_midnight(Moment::at(now, local)).time();
      ASSERT_GT(midnight, now) << name;
      ASSERT_GT(zone->at(midnight).day, local.day) << name << ' ' << zone->format(now);
      ASSERT_EQ(zone->at(midnight - std::chrono::seconds(1)).day, local.day) << name << ' ' << zone->format(now);
    }
  }
}

TEST(Calendar, FindsNothingInAnEmptyOrFullWeek) {
  const auto zone = Zone::open("UTC");
  const Calendar calendar(*zone);
  const std::vector<WeekSpan> full{{0, kWeekSeconds}};
  Moment moment{};
  EXPECT_FALSE(calendar.find({}, Calendar::State::Inside, moment));
  EXPECT_FALSE(calendar.find(full, Calendar::State::Outside, moment));
  EXPECT_TRUE(calendar.find(full, Calendar::State::Inside, moment));
  EXPECT_EQ(moment.utc, 0);
}

}  // namespace
}  // namespace citygate::policy
