#include "console/report_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/local_time.h"

namespace citygate::console {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

records::DepartmentReport example() {
  const std::int32_t day = *parse_day("2026-11-23");
  records::DepartmentReport report;
  report.department = DepartmentId{1};
  report.from_day = day;
  report.to_day = day + 1;
  report.sealed_exchanges = 1;
  report.rows = {
      {day,
       CategoryId{},
       {.people = 1, .requests = 2, .from_client_bytes = 3, .to_client_bytes = 4, .attended = milliseconds(0)}},
      {day + 1,
       CategoryId{7},
       {.people = 2,
        .requests = 1'234,
        .to_client_bytes = 5'000'000,
        .streaming_bytes = 3'000'000,
        .attempts = 6,
        .attended = milliseconds(363'000),
        .attended_estimated = milliseconds(57'000)}}};
  report.total = report.rows[1].totals;
  report.total.requests += 2;
  return report;
}

const ReportNames kNames{
    .department = "police",
    .title = "Police, \"Springfield\"",
    .time_zone = "America/Chicago",
    .category = [](CategoryId id) { return id == CategoryId{7} ? std::string("news") : std::string(); }};

TEST(ReportText, TableIsAlignedWithMinutesToATenth) {
  const auto lines = report_lines(example(), kNames, Format::Table);
  EXPECT_THAT(lines,
              ElementsAre("Department        Police, \"Springfield\" (police)",
                          "Days              2026-11-23 to 2026-11-24, America/Chicago", "Sealed exchanges  1", "",
                          "day         category       people  requests  bytes sent  bytes received  attended min  "
                          "(estimated)  streaming bytes  "
                          "blocked attempts",
                          "2026-11-23  uncategorised       1         2           3               4           0.0       "
                          "   0.0                0  "
                          "               0",
                          "2026-11-24  news                2     1,234           0       5,000,000           6.0       "
                          "   0.9        3,000,000  "
                          "               6",
                          "total                           2     1,236           0       5,000,000           6.0       "
                          "   0.9        3,000,000  "
                          "               6"));
}

TEST(ReportText, WhatIsExcessiveIsCountedWhereThePolicySaysWhatThatIs) {
  records::DepartmentReport report = example();
  EXPECT_THAT(report_lines(report, kNames, Format::Table)[3], "");
  EXPECT_THAT(report_lines(report, kNames, Format::Json)[0], testing::Not(HasSubstr("excessive")));
  report.threshold = std::chrono::minutes(45);
  report.people_above = 1;
  report.days_above = 2;
  ReportNames names = kNames;
  names.excessive_clause = "S1(i)";
  EXPECT_EQ(report_lines(report, names, Format::Table)[3],
            "Excessive use     more than 45.0 attended minutes a day (S1(i)): 1 person, on 2 days in all");
  EXPECT_THAT(report_lines(report, names, Format::Json)[0], HasSubstr("\"minutes_per_day\": 45"));
}

TEST(ReportText, CsvHasBareNumbers) {
  const auto lines = report_lines(example(), kNames, Format::Csv);
  EXPECT_THAT(lines,
              ElementsAre("department,day,category,people,requests,from_client_bytes,to_client_bytes,attended_minutes,"
                          "attended_estimated_minutes,streaming_bytes,blocked_attempts,sealed_exchanges",
                          "police,2026-11-23,uncategorised,1,2,3,4,0.0,0.0,0,0,",
                          "police,2026-11-24,news,2,1234,0,5000000,6.0,0.9,3000000,6,",
                          "police,total,,2,1236,0,5000000,6.0,0.9,3000000,6,1"));
}

TEST(ReportText, JsonHoldsExactMilliseconds) {
  const auto lines = report_lines(example(), kNames, Format::Json);
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_THAT(lines[0], HasSubstr(R"("attended_ms": 363000)"));
  EXPECT_THAT(lines[0], HasSubstr(R"("attended_estimated_ms": 57000)"));
  EXPECT_THAT(lines[0], HasSubstr(R"("sealed_exchanges": 1)"));
  EXPECT_THAT(lines[0], HasSubstr(R"("title": "Police, \"Springfield\"")"));
}

TEST(TextTable, CsvCellsAreQuotedWhereTheyMust) {
  EXPECT_EQ(csv_cell("plain"), "plain");
  EXPECT_EQ(csv_cell("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_cell("say \"x\"\n"), "\"say \"\"x\"\"\n\"");
}

TEST(TextTable, WideLettersCountAsOneColumn) {
  TextTable table({{"name"}, {"n", TextTable::Align::Right}});
  table.add({"M\xc3\xbcller", "1"});
  table.add({"Miller", "10"});
  EXPECT_THAT(table.lines(), ElementsAre("name     n", "M\xc3\xbcller   1", "Miller  10"));
}

TEST(TextTable, Commas) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'000), "1,000");
  EXPECT_EQ(with_commas(18'446'744'073'709'551'615U), "18,446,744,073,709,551,615");
}

}  // namespace
}  // namespace citygate::console
