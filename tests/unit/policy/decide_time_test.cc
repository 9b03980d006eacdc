// Windows and quotas: what is open when, how much of it, and when it opens again.
#include "tests/unit/policy/decide_fixture.h"

namespace citygate::policy {
namespace {

using std::chrono::minutes;

TEST_F(Decide, MinutesUntilTheyAreUsedUp) {
  Request request(city_, "pat", {"news"});
  const auto pot = city_.quota("time");
  request.usage.today[pot].attended = minutes(30) - std::chrono::milliseconds(1);
  Verdict verdict = of(request);
  EXPECT_EQ(verdict.reason, Reason::WithinQuota);
  EXPECT_EQ(verdict.charge, (Charge{pot, city_.category("news"), true, false}));
  EXPECT_EQ(verdict.minutes_limit, minutes(30));
  EXPECT_EQ(verdict.bytes_limit, 0U);
  EXPECT_EQ(verdict.used, request.usage.today[pot]);
  EXPECT_EQ(good(verdict), "2026-11-21 00:00:00 CST");
  EXPECT_EQ(request.usage.asked_day, request.facts.local.day);

  request.usage.today[pot].attended = minutes(30);
  verdict = of(request);
  EXPECT_EQ(verdict.ruling, Ruling::Refuse);
  EXPECT_EQ(verdict.reason, Reason::MinutesUsedUp);
  EXPECT_EQ(verdict.minutes_limit, minutes(30));
  EXPECT_EQ(opens(verdict), "2026-11-21 00:00:00 CST");
}

TEST_F(Decide, DepartmentHasItsOwnMeasure) {
  Request request(city_, "sam", {"news"});
  request.usage.today[city_.quota("time")].attended = minutes(20);
  EXPECT_EQ(of(request).reason, Reason::MinutesUsedUp);
  EXPECT_EQ(of(request).minutes_limit, minutes(20));
}

TEST_F(Decide, BytesUsedToTheLastAreUsedUp) {
  Request request(city_, "pat", {"video"});
  const auto pot = city_.quota("volume");
  request.usage.today[pot].streaming_bytes = 499'999'999;
  const Verdict verdict = of(request);
  EXPECT_EQ(verdict.reason, Reason::WithinQuota);
  EXPECT_EQ(verdict.charge, (Charge{pot, city_.category("video"), false, true}));
  EXPECT_EQ(verdict.bytes_limit, 500'000'000U);
  request.usage.today[pot].streaming_bytes = 500'000'000;
  EXPECT_EQ(of(request).reason, Reason::BytesUsedUp);
}

TEST_F(Decide, PersonalQuotaWithBytesCountsBoth) {
  Request request(city_, "pat", {"social"});
  const auto pot = city_.quota("both");
  Verdict verdict = of(request);
  EXPECT_TRUE(verdict.charge.minutes && verdict.charge.bytes);
  EXPECT_EQ(good(verdict), "2026-11-20 13:00:00 CST") << "the window's end comes before midnight";
  request.usage.today[pot].streaming_bytes = 1'000'000;
  verdict = of(request);
  EXPECT_EQ(verdict.reason, Reason::BytesUsedUp);
  EXPECT_EQ(opens(verdict), "2026-11-22 22:00:00 CST") << "refilled at midnight, but the next window is Sunday night";
}

TEST_F(Decide, OutsideTheWindow) {
  Request request(city_, "pat", {"social"}, "2026-11-20T11:59:59");
  Verdict verdict = of(request);
  EXPECT_EQ(verdict.reason, Reason::OutsideWindow);
  EXPECT_EQ(opens(verdict), "2026-11-20 12:00:00 CST");
  request.at(city_, "2026-11-20T12:00:00");
  EXPECT_EQ(of(request).ruling, Ruling::Allow);
  request.at(city_, "2026-11-20T12:59:59");
  EXPECT_EQ(of(request).ruling, Ruling::Allow);
  request.at(city_, "2026-11-20T13:00:00");
  EXPECT_EQ(of(request).reason, Reason::OutsideWindow);
  EXPECT_EQ(opens(of(request)), "2026-11-22 22:00:00 CST");
}

TEST_F(Decide, WindowPastMidnightBelongsToTheDayItStartsOn) {
  Request request(city_, "pat", {"social"}, "2026-11-22T22:00:00");  // Sunday
  EXPECT_EQ(good(of(request)), "2026-11-23 00:00:00 CST") << "the quota's day ends before the window";
  request.at(city_, "2026-11-23T05:59:59");
  EXPECT_EQ(good(of(request)), "2026-11-23 06:00:00 CST");
  request.at(city_, "2026-11-23T06:00:00");
  EXPECT_EQ(of(request).reason, Reason::OutsideWindow);
  request.at(city_, "2026-11-22T05:00:00");
  EXPECT_EQ(of(request).reason, Reason::OutsideWindow) << "Sunday's own early morning is Saturday's night";
}

TEST_F(Decide, EveryQuotaOfTheCategoriesMustBeOpen) {
  Request request(city_, "pat", {"news", "video"});
  Verdict verdict = of(request);
  EXPECT_EQ(verdict.charge, (Charge{city_.quota("volume"), city_.category("video"), true, true}))
      << "bytes can be counted nowhere else";
  request.usage.today[city_.quota("time")].attended = minutes(30);
  verdict = of(request);
  EXPECT_EQ(verdict.reason, Reason::MinutesUsedUp);
  EXPECT_EQ(city_.rule_name(verdict.rule), "news");

  Request two(city_, "pat", {"news", "social"});
  EXPECT_EQ(of(two).charge.quota, city_.quota("both")) << "of two personal rules the first in the file";
  two.usage.today[city_.quota("both")].attended = minutes(10);
  EXPECT_EQ(city_.rule_name(of(two).rule), "social");
}

TEST_F(Decide, NobodyToChargeMeansNothingUsed) {
  Request request(city_, "pat", {"news"});
  request.facts.usage = nullptr;
  EXPECT_EQ(of(request).reason, Reason::WithinQuota);
  EXPECT_EQ(of(request).used, Usage{});
}

TEST_F(Decide, LunchOnTheDaysWhenClocksChange) {
  City city;
  ASSERT_TRUE(city.load(R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
[[window]]
name = "lunch"
days = ["sun"]
from = "12:00"
to = "13:00"
[[rule]]
name = "news"
categories = ["news"]
action = "personal"
windows = ["lunch"]
)")) << city.problems().to_string();
  struct Day {
    const char *name, *noon, *one;  // in UTC
  };
  for (const auto& day : {Day{"2026-03-08", "2026-03-08T17:00:00Z", "2026-03-08T18:00:00Z"},
                          Day{"2026-11-01", "2026-11-01T18:00:00Z", "2026-11-01T19:00:00Z"}}) {
    const WallTime noon = time(city, day.noon), one = time(city, day.one);
    Request request(city, "pat", {"news"}, std::string(day.name) + "T00:30:00");
    EXPECT_EQ(city.decide(request.facts).opens_at, noon) << "asked before the clocks change";
    request.at(city, noon - std::chrono::microseconds(1));
    EXPECT_EQ(city.decide(request.facts).opens_at, noon);
    request.at(city, noon);
    EXPECT_EQ(city.decide(request.facts).ruling, Ruling::Allow);
    EXPECT_EQ(city.decide(request.facts).good_until, one);
    request.at(city, one - std::chrono::microseconds(1));
    EXPECT_EQ(city.decide(request.facts).ruling, Ruling::Allow);
    EXPECT_EQ(city.decide(request.facts).good_until, one);
    request.at(city, one);
    EXPECT_EQ(city.decide(request.facts).reason, Reason::OutsideWindow);
  }
}

TEST_F(Decide, WindowInTheHourThatIsSkippedOrComesTwice) {
  City city;
  ASSERT_TRUE(city.load(R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
[[window]]
name = "night"
days = ["sun"]
from = "01:30"
to = "02:30"
[[rule]]
name = "news"
categories = ["news"]
action = "personal"
windows = ["night"]
)"));
  // Spring: 02:00 CST is 03:00 CDT, so the window's second half does not happen.
  Request spring(city, "pat", {"news"}, "2026-03-08T01:45:00");
  EXPECT_EQ(city.decide(spring.facts).good_until, time(city, "2026-03-08T08:00:00Z"));
  // Autumn: 01:30 CDT, back to 01:00 CST at 07:00Z, 01:30 CST again.
  Request autumn(city, "pat", {"news"});
  autumn.at(city, time(city, "2026-11-01T06:45:00Z"));
  EXPECT_EQ(city.decide(autumn.facts).good_until, time(city, "2026-11-01T07:00:00Z"));
  autumn.at(city, time(city, "2026-11-01T07:00:00Z"));
  EXPECT_EQ(city.decide(autumn.facts).reason, Reason::OutsideWindow);
  EXPECT_EQ(city.decide(autumn.facts).opens_at, time(city, "2026-11-01T07:30:00Z"));
  autumn.at(city, time(city, "2026-11-01T07:30:00Z"));
  EXPECT_EQ(city.decide(autumn.facts).good_until, time(city, "2026-11-01T08:30:00Z"));
}

TEST_F(Decide, QuotasRefillAtMidnightOnLongAndShortDays) {
  Request request(city_, "pat", {"news"}, "2026-03-08T00:00:00");
  EXPECT_EQ(of(request).good_until - request.facts.now, std::chrono::hours(23));
  request.at(city_, "2026-11-01T00:00:00");
  EXPECT_EQ(of(request).good_until - request.facts.now, std::chrono::hours(25));
}

TEST(DecideWindows, TwoThatNeverMeetNeverOpen) {
  City city;
  ASSERT_TRUE(city.load(R"(
[city]
name = "X"
time_zone = "UTC"
[[window]]
name = "a"
days = ["mon"]
from = "10:00"
to = "11:00"
[[window]]
name = "b"
days = ["tue"]
from = "10:00"
to = "11:00"
[[rule]]
name = "ra"
categories = ["news"]
action = "personal"
windows = ["a"]
[[rule]]
name = "rb"
categories = ["games"]
action = "personal"
windows = ["b"]
)")) << city.problems().to_string();
  const Verdict verdict = city.decide(Request(city, "pat", {"news", "games"}).facts);
  EXPECT_EQ(verdict.reason, Reason::OutsideWindow);
  EXPECT_EQ(verdict.opens_at, WallTime::max());
}

}  // namespace
}  // namespace citygate::policy
