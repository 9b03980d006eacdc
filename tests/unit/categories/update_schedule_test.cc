#include "categories/update_schedule.h"

#include <gtest/gtest.h>

#include <set>

namespace citygate::categories {
namespace {

using namespace std::chrono_literals;

class UpdateSchedule : public ::testing::Test {
 protected:
  WallTime time(std::string_view text) const { return *parse_time(text, zone_); }
  WallTime next(const UpdatePlan& plan, WallTime now) const { return next_update(plan, 1, now, zone_); }

  Zone zone_ = *Zone::open("America/Chicago");
  WallTime now_ = *parse_time("2026-06-10T12:00:00", zone_);
};

TEST_F(UpdateSchedule, AsksAtOnceWhatWasNeverAsked) {
  EXPECT_EQ(next({.name = "ut1"}, now_), now_);
  EXPECT_EQ(next({.name = "ut1", .at = 3 * 3600}, now_), now_);
}

TEST_F(UpdateSchedule, SpreadsSourcesAndGatewaysOverTheJitter) {
  UpdatePlan plan{.name = "ut1", .every = 24h, .jitter = 30min, .last_attempt = now_, .last_success = now_};
  std::set<WallTime> times;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const WallTime when = next_update(plan, seed, now_, zone_);
    EXPECT_GE(when, now_ + 24h);
    EXPECT_LT(when, now_ + 24h + 30min);
    EXPECT_EQ(when, next_update(plan, seed, now_ + 5h, zone_)) << "asking again must not move it";
    times.insert(when);
  }
  EXPECT_GT(times.size(), 95U);
  const WallTime ut1 = next(plan, now_);
  plan.name = "hagezi";
  EXPECT_NE(next(plan, now_), ut1);
  plan.jitter = 0s;
  EXPECT_EQ(next(plan, now_), now_ + 24h);
}

TEST_F(UpdateSchedule, KeepsTheTimeOfDay) {
  UpdatePlan plan{.name = "ut1", .every = 24h, .at = 3 * 3600};
  const auto after = [&](std::string_view success) {
    plan.last_success = plan.last_attempt = time(success);
    return zone_.format(next(plan, *plan.last_success));
  };
  EXPECT_EQ(after("2026-06-10T03:00:00"), "2026-06-11 03:00:00 CDT");
  EXPECT_EQ(after("2026-06-10T03:29:00"), "2026-06-11 03:00:00 CDT");
  EXPECT_EQ(after("2026-06-10T15:00:00"), "2026-06-11 03:00:00 CDT");  // by hand, in between
  EXPECT_EQ(after("2026-06-11T02:59:59"), "2026-06-11 03:00:00 CDT");
  plan.every = 72h;
  EXPECT_EQ(after("2026-06-10T03:10:00"), "2026-06-13 03:00:00 CDT");
}

TEST_F(UpdateSchedule, JitterOfAWholeDaySkipsNoDay) {
  UpdatePlan plan{.name = "ut1", .every = 24h, .jitter = 24h, .at = 3 * 3600};
  WallTime success = time("2026-06-10T03:00:00");
  for (int day = 0; day < 200; ++day) {
    plan.last_success = plan.last_attempt = success;
    const WallTime due = next(plan, success);
    EXPECT_GT(due, success);
    EXPECT_LT(due, success + 48h);
    success = due;
  }
  EXPECT_EQ(zone_.at(success - 3h).day, zone_.at(time("2026-06-10T03:00:00") + 24h * 200).day);
}

// 2026-03-08 has no 02:30 in Chicago; 2026-11-01 has two.
TEST_F(UpdateSchedule, OnceADayOnTheDaysThatClocksChange) {
  UpdatePlan plan{.name = "ut1", .every = 24h, .at = 2 * 3600 + 1800};
  const auto days_from = [&](std::string_view first, int days) {
    std::string out;
    WallTime success = time(first);
    for (int i = 0; i < days; ++i) {
      plan.last_success = plan.last_attempt = success;
      success = next(plan, success);
      out += zone_.format(success) + "\n";
    }
    return out;
  };
  EXPECT_EQ(days_from("2026-03-06T02:30:00", 4),
            "2026-03-07 02:30:00 CST\n2026-03-08 03:00:00 CDT\n2026-03-09 02:30:00 CDT\n2026-03-10 02:30:00 CDT\n");
  plan.at = 1 * 3600 + 1800;
  EXPECT_EQ(days_from("2026-10-30T01:30:00", 4),
            "2026-10-31 01:30:00 CDT\n2026-11-01 01:30:00 CDT\n2026-11-02 01:30:00 CST\n2026-11-03 01:30:00 CST\n");
}

TEST_F(UpdateSchedule, WaitsLongerAfterEachFailureUpToABound) {
  UpdatePlan plan{.name = "ut1", .every = 24h, .jitter = 30min, .last_attempt = now_, .last_success = now_ - 24h};
  const std::chrono::minutes longest[] = {5min, 10min, 20min, 40min, 80min, 160min, 320min, 360min, 360min};
  for (plan.failures = 1; plan.failures <= 9; ++plan.failures) {
    const WallTime when = next(plan, now_);
    EXPECT_GE(when, now_ + longest[plan.failures - 1] / 2) << plan.failures;
    EXPECT_LE(when, now_ + longest[plan.failures - 1]) << plan.failures;
  }
  plan.failures = 1'000'000;
  EXPECT_LE(next(plan, now_), now_ + 6h);
  plan.every = 15min;  // no source waits longer for a retry than for an update
  EXPECT_LE(next(plan, now_), now_ + 15min);
  plan.failures = 0;
  plan.last_success = now_;
  EXPECT_GE(next(plan, now_), now_ + 15min);
}

TEST_F(UpdateSchedule, AClockSetBackHoldsNothingUp) {
  UpdatePlan plan{.name = "ut1", .every = 24h, .last_attempt = now_ + 24h * 365, .last_success = now_ + 24h * 365};
  EXPECT_EQ(next(plan, now_), now_);
  plan.failures = 3;
  EXPECT_EQ(next(plan, now_), now_);
}

TEST_F(UpdateSchedule, PlansASourceByItsSettingsAndItsPast) {
  Source source;
  source.name = "ut1";
  source.every = 2h;
  source.jitter = 0s;
  FetchState state;
  EXPECT_EQ(next(plan_of(source, state), now_), now_);
  state.last_attempt = state.last_success = now_ - 1h;
  EXPECT_EQ(next(plan_of(source, state), now_), now_ + 1h);
  state.failures = 1;
  state.last_attempt = now_;
  EXPECT_LE(next(plan_of(source, state), now_), now_ + 5min);
  state.failures = 0;
  source.every = 24h;
  source.at = 3 * 3600;
  EXPECT_EQ(next(plan_of(source, state), now_), time("2026-06-11T03:00:00"));
}

TEST_F(UpdateSchedule, OrdersSourcesByWhenTheyAreDue) {
  const std::vector<UpdatePlan> plans{
      {.name = "a", .every = 24h, .last_attempt = now_, .last_success = now_},
      {.name = "b", .every = 1h, .last_attempt = now_ - 5h, .last_success = now_ - 5h},
      {.name = "c"},
      {.name = "d", .every = 1h, .last_attempt = now_, .last_success = now_ - 5h, .failures = 1}};
  std::string order;
  for (const auto& due : next_updates(plans, 1, now_, zone_)) order += plans[due.index].name;
  EXPECT_EQ(order, "bcda");
}

}  // namespace
}  // namespace citygate::categories
