#include "proxy/counters.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

namespace citygate::proxy {
namespace {

using std::chrono::nanoseconds;

std::uint64_t count(const HistogramValues& values) {
  std::uint64_t sum = 0;
  for (const auto bucket : values.buckets) sum += bucket;
  return sum;
}

TEST(Histogram, BoundsAreInclusiveAndDouble) {
  Histogram histogram(7);
  for (const int ns : {0, 1, 127, 128}) histogram.observe(nanoseconds(ns));
  for (const int ns : {129, 256}) histogram.observe(nanoseconds(ns));
  histogram.observe(nanoseconds(257));
  const auto values = histogram.values();
  EXPECT_EQ(values.buckets[0], 4U);
  EXPECT_EQ(values.buckets[1], 2U);
  EXPECT_EQ(values.buckets[2], 1U);
  EXPECT_EQ(values.sum_ns, 0U + 1 + 127 + 128 + 129 + 256 + 257);
  EXPECT_DOUBLE_EQ(values.bound_seconds(0), 128e-9);
  EXPECT_DOUBLE_EQ(values.bound_seconds(1), 256e-9);
}

TEST(Histogram, WhatIsBeyondTheLastBoundIsCountedThere) {
  Histogram histogram(7);
  const auto last = nanoseconds(std::int64_t{1} << (7 + kHistogramBounds - 1));
  histogram.observe(last);
  histogram.observe(last + nanoseconds(1));
  histogram.observe(nanoseconds(std::numeric_limits<std::int64_t>::max()));
  const auto values = histogram.values();
  EXPECT_EQ(values.buckets[kHistogramBounds - 1], 1U);
  EXPECT_EQ(values.buckets[kHistogramBounds], 2U);
}

TEST(Histogram, AClockThatWentBackIsNoTime) {
  Histogram histogram(7);
  histogram.observe(nanoseconds(-5));
  EXPECT_EQ(histogram.values().buckets[0], 1U);
  EXPECT_EQ(histogram.values().sum_ns, 0U);
}

TEST(Histogram, EveryBucketIsTheOneItsBoundsSay) {
  for (const unsigned power : {7U, 13U, 20U}) {
    for (std::uint64_t ns = 1; ns < std::uint64_t{1} << 40; ns = ns * 3 + 1) {
      Histogram histogram(power);
      histogram.observe(nanoseconds(ns));
      const auto values = histogram.values();
      std::size_t wanted = 0;
      while (wanted < kHistogramBounds && ns > std::uint64_t{1} << (power + wanted)) ++wanted;
      EXPECT_EQ(values.buckets[wanted], 1U) << ns;
      EXPECT_EQ(count(values), 1U) << ns;
    }
  }
}

TEST(Counters, NamesAreToldApart) {
  std::set<std::string> names, series;
  for (const auto& row : counter_rows()) {
    EXPECT_TRUE(names.emplace(row.name).second) << row.name;
    EXPECT_TRUE(series.emplace(std::string(row.family) + "{" + std::string(row.label_value) + "}").second) << row.name;
    EXPECT_EQ(row.label.empty(), row.label_value.empty()) << row.name;
    EXPECT_EQ(row.kind == CounterRow::Kind::Total, row.family.ends_with("_total")) << row.name;
  }
  for (const auto& row : histogram_rows()) {
    EXPECT_TRUE(row.family.ends_with("_seconds")) << row.family;
    EXPECT_FALSE(row.help.empty()) << row.family;
  }
}

// A family is shown under one heading, whose text is its first row's.
TEST(Counters, RowsOfOneFamilyStandTogether) {
  std::set<std::string> seen;
  std::string_view before;
  for (const auto& row : counter_rows()) {
    if (row.family == before) {
      EXPECT_FALSE(row.label.empty()) << row.name;
      continue;
    }
    EXPECT_TRUE(seen.emplace(row.family).second) << row.family;
    EXPECT_FALSE(row.help.empty()) << row.name;
    before = row.family;
  }
}

TEST(Counters, EachRowReadsItsOwnField) {
  Counters counters;
  for (const auto& row : counter_rows()) {
    (counters.*row.counter).add(7);
    std::uint64_t others = 0;
    for (const auto& [name, value] : counters.values()) {
      if (name == row.name)
        EXPECT_EQ(value, 7U) << row.name;
      else
        others += value;
    }
    EXPECT_EQ(others, 0U) << row.name;
    (counters.*row.counter).sub(7);
  }
}

TEST(Counters, VerdictsAreCountedByRulingAndOutcome) {
  VerdictCounters verdicts;
  verdicts.add(Ruling::Authenticate, Outcome::Failed);
  verdicts.add(Ruling::Allow, Outcome::Completed);
  verdicts.add(Ruling::Allow, Outcome::Completed);
  EXPECT_EQ(verdicts.get(Ruling::Authenticate, Outcome::Failed), 1U);
  EXPECT_EQ(verdicts.get(Ruling::Allow, Outcome::Completed), 2U);
  EXPECT_EQ(verdicts.get(Ruling::Refuse, Outcome::Refused), 0U);
}

}  // namespace
}  // namespace citygate::proxy
