#include "console/selectors.h"

#include <gtest/gtest.h>

#include "console/record_text.h"

namespace citygate::console {
namespace {

using std::chrono::milliseconds;

TEST(Selectors, Durations) {
  EXPECT_EQ(find_duration("90s").value(), milliseconds(90'000));
  EXPECT_EQ(find_duration("5min").value(), milliseconds(300'000));
  EXPECT_EQ(find_duration("2h30min").value(), milliseconds(9'000'000));
  EXPECT_EQ(find_duration("1d").value(), milliseconds(86'400'000));
  EXPECT_EQ(find_duration("250ms").value(), milliseconds(250));
  for (const char* text : {"", "5", "s", "-5s", "5 s", "5x", "99999999999999d", "1e3s", "400000d"})
    EXPECT_FALSE(find_duration(text)) << text;
}

TEST(Selectors, DayAloneEndsWithTheDay) {
  const auto zone = Zone::open("America/Chicago");
  ASSERT_TRUE(zone);
  const auto begin = find_time(*zone, "2026-11-23", Edge::Begin), end = find_time(*zone, "2026-11-23", Edge::End);
  ASSERT_TRUE(begin && end);
  EXPECT_EQ(format_utc(*begin), "2026-11-23T06:00:00.000000Z");
  EXPECT_EQ(*end - *begin, std::chrono::hours(24));
  const auto noon = find_time(*zone, "2026-11-23T12:00:00", Edge::End);
  ASSERT_TRUE(noon);
  EXPECT_EQ(*noon - *begin, std::chrono::hours(12));
  EXPECT_FALSE(find_time(*zone, "tomorrow", Edge::Begin));
}

TEST(Selectors, OutcomesByTheirWords) {
  EXPECT_EQ(find_outcome(to_string(Outcome::ClientGone)).value(), Outcome::ClientGone);
  const auto wrong = find_outcome("fine");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().context.find("refused"), std::string::npos) << "says which there are";
}

Record example(const MemoryNames&) {
  Record record;
  record.id = RecordId{0x0001'02'00'0000'0003};
  record.end = WallTime(std::chrono::seconds(1'795'435'200));
  record.person = PersonId{1};
  record.department = DepartmentId{1};
  record.method = Method::Get;
  record.host = "news.test";
  record.port = 80;
  record.path = "/a\x1b[31m";
  record.has_query = true;
  record.status = 200;
  record.to_client_bytes = 12;
  return record;
}

TEST(RecordText, HoldsNoQueryAndNothingATerminalWouldObey) {
  MemoryNames names;
  ASSERT_TRUE(names.intern(NameKind::Person, "carl"));
  ASSERT_TRUE(names.intern(NameKind::Department, "clerk"));
  const Record record = example(names);
  EXPECT_EQ(record_url(record), "http://news.test/a%1B[31m?...");
  const auto zone = Zone::open("UTC");
  ASSERT_TRUE(zone);
  const auto line = record_line(record, names, *zone);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_NE(line.find("carl (clerk)"), std::string::npos);
  const auto json = record_json(record, names);
  EXPECT_NE(json.find(R"("person":"carl")"), std::string::npos);
  EXPECT_NE(json.find(R"("has_query":true)"), std::string::npos);
}

TEST(RecordText, TunnelsAndAddressesInFull) {
  Record record;
  record.scheme = Scheme::Tunnel;
  record.host = "2001:db8::1";
  record.port = 443;
  EXPECT_EQ(record_url(record), "tunnel://[2001:db8::1]:443");
  record.host = "";
  EXPECT_EQ(record_url(record), "-");
}

}  // namespace
}  // namespace citygate::console
