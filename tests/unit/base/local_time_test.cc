#include "base/local_time.h"

#include <gtest/gtest.h>

namespace citygate {
namespace {

using namespace std::chrono_literals;

Zone zone(std::string_view name) {
  auto opened = Zone::open(name);
  EXPECT_TRUE(opened) << name;
  return opened ? *opened : Zone();
}
WallTime utc(std::string_view text) {
  const auto time = parse_time(text, zone("UTC"));
  EXPECT_TRUE(time) << text;
  return time.value_or(WallTime());
}
std::int32_t day(std::string_view text) { return parse_day(text).value_or(-1); }

TEST(Zone, UnknownNamesAreNotFound) {
  for (const char* name : {"America/Chikago", "", "../etc/passwd", "chicago"}) {
    const auto opened = Zone::open(name);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().kind, Error::Kind::NotFound) << name;
  }
}

TEST(Zone, LocalTimeAndWeekday) {
  const Zone chicago = zone("America/Chicago");
  // 2026-11-21 is a Saturday; Chicago is six hours behind in winter.
  EXPECT_EQ(chicago.at(utc("2026-11-21T05:59:59Z")), (LocalTime{day("2026-11-20"), 86399, 4}));
  EXPECT_EQ(chicago.at(utc("2026-11-21T06:00:00Z")), (LocalTime{day("2026-11-21"), 0, 5}));
  EXPECT_EQ(chicago.at(utc("2026-07-01T05:00:00Z")), (LocalTime{day("2026-07-01"), 0, 2}));
  EXPECT_EQ(zone("UTC").at(utc("1969-12-31T23:59:59Z")), (LocalTime{-1, 86399, 2}));
  EXPECT_EQ(zone("UTC").at(utc("1970-01-01")).weekday, 3);
  EXPECT_EQ(zone("Asia/Kathmandu").at(utc("2026-01-01T00:00:00Z")).second, 5 * 3600 + 45 * 60);
}

TEST(Zone, DaysOf23And25Hours) {
  const Zone chicago = zone("America/Chicago");
  const auto hours = [&](std::string_view text) {
    return std::chrono::duration_cast<std::chrono::hours>(chicago.start_of(day(text) + 1) -
                                                          chicago.start_of(day(text)));
  };
  EXPECT_EQ(hours("2026-03-08"), 23h);
  EXPECT_EQ(hours("2026-11-01"), 25h);
  EXPECT_EQ(hours("2026-11-02"), 24h);
}

TEST(Zone, SkippedTimesAreTheJumpAndRepeatedOnesTheFirst) {
  const Zone chicago = zone("America/Chicago");
  // 02:00 to 03:00 does not exist on 2026-03-08; the jump is at 08:00 UTC.
  EXPECT_EQ(chicago.instant(day("2026-03-08"), 2 * 3600 + 1800), utc("2026-03-08T08:00:00Z"));
  EXPECT_EQ(chicago.instant(day("2026-03-08"), 3 * 3600), utc("2026-03-08T08:00:00Z"));
  // 01:30 comes twice on 2026-11-01: first in summer time.
  EXPECT_EQ(chicago.instant(day("2026-11-01"), 3600 + 1800), utc("2026-11-01T06:30:00Z"));
  EXPECT_EQ(chicago.at(utc("2026-11-01T06:30:00Z")), chicago.at(utc("2026-11-01T07:30:00Z")));
  // A zone whose midnight is skipped: the day begins at one o'clock.
  const Zone beirut = zone("Asia/Beirut");
  EXPECT_EQ(beirut.start_of(day("2026-03-29")), utc("2026-03-28T22:00:00Z"));
  EXPECT_EQ(beirut.at(beirut.start_of(day("2026-03-29"))), (LocalTime{day("2026-03-29"), 3600, 6}));
}

TEST(Zone, OffsetsHoldWithinTheirBounds) {
  const Zone chicago = zone("America/Chicago");
  const auto offset = chicago.offset_at(utc("2026-07-01T00:00:00Z"));
  EXPECT_EQ(offset.utc_offset, -5h);
  EXPECT_EQ(offset.from, utc("2026-03-08T08:00:00Z"));
  EXPECT_EQ(offset.until, utc("2026-11-01T07:00:00Z"));
  // Zones without changes have bounds far away.
  const auto fixed = zone("UTC").offset_at(utc("2026-07-01T00:00:00Z"));
  EXPECT_LT(fixed.from, utc("1900-01-01"));
  EXPECT_GT(fixed.until, utc("2200-01-01"));
}

TEST(LocalClock, AgreesWithTheZoneAtEveryHourOfTwoYears) {
  const Zone berlin = zone("Europe/Berlin");
  LocalClock clock(berlin);
  for (WallTime time = utc("2026-01-01"); time < utc("2028-01-01"); time += 1h)
    ASSERT_EQ(clock.at(time), berlin.at(time));
  // Backwards too.
  EXPECT_EQ(clock.at(utc("2026-07-01")), berlin.at(utc("2026-07-01")));
}

TEST(Days, OnlyRealDatesInTheirOneForm) {
  EXPECT_EQ(day("1970-01-01"), 0);
  EXPECT_EQ(day("2026-11-21"), 20778);
  EXPECT_EQ(day("2024-02-29") + 1, day("2024-03-01"));
  for (const char* text : {"2026-02-29", "2026-13-01", "2026-00-10", "2026-11-00", "2026-11-31", "26-11-21", "2026-1-1",
                           "2026/11/21", "2026-11-21 ", " 2026-11-21", "2026-11-2x", "-026-11-21", "2026-+1-01", ""})
    EXPECT_FALSE(parse_day(text)) << text;
  for (const char* text : {"1969-12-31", "1970-01-01", "2000-02-29", "2026-11-21", "2199-12-31"})
    EXPECT_EQ(format_day(day(text) == -1 ? -1 : *parse_day(text)), text);
}

TEST(TimesOfDay, UpToTheEndOfTheDay) {
  EXPECT_EQ(parse_time_of_day("00:00"), 0);
  EXPECT_EQ(parse_time_of_day("08:30"), 30600);
  EXPECT_EQ(parse_time_of_day("08:30:15"), 30615);
  EXPECT_EQ(parse_time_of_day("24:00"), 86400);
  for (const char* text :
       {"24:01", "25:00", "12:60", "12:00:60", "8:30", "08:3", "0830", "08:30:", "08:30:1", "-8:30", "08:30 ", ""})
    EXPECT_FALSE(parse_time_of_day(text)) << text;
}

TEST(Times, Rfc3339AndLocal) {
  const Zone chicago = zone("America/Chicago");
  const auto noon = parse_time("2026-11-21T12:00:00Z", chicago);
  ASSERT_TRUE(noon);
  EXPECT_EQ(format_utc(*noon), "2026-11-21T12:00:00.000000Z");
  EXPECT_EQ(parse_time("2026-11-21T13:00:00+01:00", chicago), noon);
  EXPECT_EQ(parse_time("2026-11-21T06:00:00-06:00", chicago), noon);
  EXPECT_EQ(parse_time("2026-11-21T06:00:00", chicago), noon);
  EXPECT_EQ(parse_time("2026-11-21 06:00", chicago), noon);
  EXPECT_EQ(parse_time("2026-11-21", chicago), utc("2026-11-21T06:00:00Z"));
  EXPECT_EQ(parse_time("2026-11-21T12:00:00.25Z", chicago), *noon + 250ms);
  EXPECT_EQ(parse_time("2026-11-21T12:00:00.0000019Z", chicago), *noon + 1us);
  for (const char* text : {"2026-11-21T", "2026-11-21T25:00:00Z", "2026-11-21T12:00:00.Z", "2026-11-21T12:00:00+1",
                           "noon", "2026-11-21T12:00:00Zx", "2026-11-21T12:00:00+01:00x", "2026-02-30T00:00:00Z", ""})
    EXPECT_FALSE(parse_time(text, chicago)) << text;
}

TEST(Times, Written) {
  EXPECT_EQ(zone("America/Chicago").format(utc("2026-11-21T19:05:09Z")), "2026-11-21 13:05:09 CST");
  EXPECT_EQ(zone("America/Chicago").format(utc("2026-07-01T05:00:00Z")), "2026-07-01 00:00:00 CDT");
  EXPECT_EQ(format_utc(utc("2026-11-21T12:00:00Z") + 42us), "2026-11-21T12:00:00.000042Z");
  EXPECT_EQ(format_utc(WallTime(-1us)), "1969-12-31T23:59:59.999999Z");
}

}  // namespace
}  // namespace citygate
