// What a pattern set answers, to whom, and that asking allocates nothing.
#include "matcher/pattern_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <thread>

#include "tests/support/counting_new.h"
#include "tests/support/pattern_samples.h"
#include "tests/unit/matcher/pattern_support.h"

namespace citygate::matcher {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using tests::ids_of;
using tests::set_of;

using Way = PatternPlan::Way;

TEST(PatternSet, MatchesAnywhereAndIgnoresLetterCase) {
  const PatternSet set = set_of({{"casino", 1}, {"^http://a\\.", 2}, {"\\.PNG$", 3}});
  PatternScratch scratch;
  EXPECT_THAT(ids_of(set, "http://a.example/CaSiNo/x.png", scratch), UnorderedElementsAre(1, 2, 3));
  EXPECT_THAT(ids_of(set, "http://b.example/x.png?casin", scratch), IsEmpty());
  EXPECT_THAT(ids_of(set, "", scratch), IsEmpty());
  EXPECT_THAT(ids_of(set, {}, scratch), IsEmpty());
}

TEST(PatternSet, ALabelOfAHostIsMatchedOnlyWhereTheExpressionSaysSo) {
  PatternSetBuilder builder(1);
  const auto plan = builder.add({"^https?://([^/]+\\.)?(casino|poker)[^/]*/", 5});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->way, Way::Core);
  EXPECT_EQ(plan->core, "[./](?:casino|poker)");
  const PatternSet set = tests::finish(builder);
  PatternScratch scratch;
  EXPECT_THAT(ids_of(set, "http://casino.example/", scratch), ElementsAre(5));
  EXPECT_THAT(ids_of(set, "https://www.poker-room.example/", scratch), ElementsAre(5));
  EXPECT_THAT(ids_of(set, "http://mycasino.example/", scratch), IsEmpty());
  EXPECT_THAT(ids_of(set, "http://news.example/casino/", scratch), IsEmpty());
  EXPECT_THAT(ids_of(set, "http://news.example/?u=x.casino/", scratch), IsEmpty());
  EXPECT_EQ(set.counts(0).hits, 2U);
  EXPECT_EQ(set.counts(0).asked, 4U);  // "mycasino" has no border before it: not even asked about
  EXPECT_EQ(set.counts(0).undecided, 0U);
}

TEST(PatternSet, WhatHyperscanRefusesIsConfirmed) {
  PatternSetBuilder builder(1);
  EXPECT_EQ(builder.add({"(?<!my)casino(?!-royale)", 1})->way, Way::Core);
  EXPECT_EQ(builder.add({"/(ab|cd)/\\1/", 2})->way, Way::Core);
  EXPECT_EQ(builder.add({"(?>zebra|zebrafish)s", 3})->way, Way::Core);
  EXPECT_EQ(builder.add({"[a-z]++[0-9]", 4})->way, Way::Approximate);
  EXPECT_EQ(builder.add({"([0-9a-f])\\1{3}", 5})->way, Way::Approximate);
  EXPECT_EQ(builder.add({"^http://[a-z]+:", 6})->way, Way::AsWritten);
  const PatternSet set = tests::finish(builder);
  EXPECT_FALSE(set.recompiled());
  PatternScratch scratch;
  EXPECT_THAT(ids_of(set, "http://casino.example/", scratch), ElementsAre(1));
  EXPECT_THAT(ids_of(set, "http://mycasino.example/casino-royale", scratch), IsEmpty());
  EXPECT_THAT(ids_of(set, "http://h.example/cd/cd/", scratch), ElementsAre(2));
  EXPECT_THAT(ids_of(set, "http://h.example/cd/ab/", scratch), IsEmpty());
  EXPECT_THAT(ids_of(set, "http://h.example/zebras", scratch), ElementsAre(3));
  EXPECT_THAT(ids_of(set, "http://h.example/zebrafishs", scratch), IsEmpty());  // atomic: "zebra" is kept
  EXPECT_THAT(ids_of(set, "http://intranet:8080/x2", scratch), UnorderedElementsAre(4, 6));
  EXPECT_THAT(ids_of(set, "http://h.example/deAddddbeef", scratch), ElementsAre(5));
}

TEST(PatternSet, EqualExpressionsAreLookedForOnceAndGiveAllTheirIds) {
  const PatternSet set = set_of({{"casino", 10}, {"poker", 20}, {"casino", 30}, {"casino", 10}});
  PatternScratch scratch;
  EXPECT_EQ(set.size(), 2U);
  EXPECT_EQ(set.id_count(), 4U);
  EXPECT_THAT(ids_of(set, "http://casino.example/", scratch), ElementsAre(10, 30, 10));
  EXPECT_EQ(set.counts(0).hits, 1U);
  EXPECT_THAT(set.pattern(0).ids, ElementsAre(10, 30, 10));
  EXPECT_EQ(set.pattern(1).expression, "poker");
}

// Each expression is good; together they are more than is compiled, which the caller must not take for one bad line.
TEST(PatternSet, AFullSetSaysSo) {
  PatternSetBuilder builder(1);
  EXPECT_EQ(builder.add({std::string(9000, 'x'), 1}).error().kind, Error::Kind::Malformed);
  for (std::uint32_t id = 0; id < kMaxPatternIds; ++id) ASSERT_TRUE(builder.add({"zebra", id}));
  EXPECT_EQ(builder.add({"zebra", 1}).error().kind, Error::Kind::TooLarge);
}

TEST(PatternSet, WhereTheCompilerNamesNobodyTheExpressionIsFound) {
  std::vector<ScanExpression> all(101);
  for (std::size_t bad = 0; bad < all.size(); ++bad) {
    all[bad].text = "bad";
    const auto good = [](std::span<const ScanExpression> some) {
      return std::ranges::find(some, "bad", &ScanExpression::text) == some.end();
    };
    EXPECT_EQ(find_culprit(all, good), bad);
    all[bad].text = "";
  }
  const auto few = [](std::span<const ScanExpression> some) { return some.size() < 60; };
  EXPECT_EQ(find_culprit(all, few), ScanDatabase::kNotOne);
}

TEST(PatternSet, MoreMatchesThanThereIsRoomForAreCounted) {
  const PatternSet set = set_of({{"casino", 1}, {"sino", 2}, {"cas", 3}});
  PatternScratch scratch;
  std::array<std::uint32_t, 2> ids{99, 99};
  EXPECT_EQ(set.match("http://casino.example/", scratch, ids), 3U);
  EXPECT_NE(ids[1], 99U);
  EXPECT_EQ(set.match("http://casino.example/", scratch, {}), 3U);
}

TEST(PatternSet, AnEmptySetMatchesNothing) {
  const PatternSet set = set_of({});
  PatternScratch scratch;
  EXPECT_THAT(ids_of(set, "http://casino.example/", scratch), IsEmpty());
  EXPECT_THAT(ids_of(PatternSet(), "http://casino.example/", scratch), IsEmpty());
  EXPECT_EQ(set.key(), tests::kKey);
}

TEST(PatternSet, OneScratchServesANewerSet) {
  PatternScratch scratch;
  const PatternSet small = set_of({{"casino", 1}});
  EXPECT_THAT(ids_of(small, "http://casino.example/", scratch), ElementsAre(1));
  tests::PatternSamples samples(2);
  std::vector<tests::Line> lines{{"casino", 7}};
  for (std::uint32_t i = 0; i < 300; ++i) lines.push_back({samples.expression(), 100 + i});
  const PatternSet large = set_of(lines);
  EXPECT_THAT(ids_of(large, "http://casino.example/", scratch), Contains(7));
  EXPECT_THAT(ids_of(small, "http://casino.example/", scratch), ElementsAre(1));
  PatternSet moved = set_of({{"x1y2", 1}});
  moved = set_of(lines);  // in the old one's place
  EXPECT_THAT(ids_of(moved, "http://casino.example/", scratch), Contains(7));
}

TEST(PatternSet, MatchingAllocatesNothing) {
  tests::PatternSamples samples(3);
  std::vector<tests::Line> lines{{"^https?://([^/]+\\.)?(casino|poker)", 1}, {"(a+)+$", 2}};
  for (std::uint32_t i = 0; i < 400; ++i) lines.push_back({samples.expression(), 10 + i});
  for (std::uint32_t i = 0; i < 40; ++i) lines.push_back({samples.odd_expression(), 1000 + i});
  const PatternSet set = set_of(lines);
  std::vector<std::string> urls{"http://casino.example/", "http://h.example/" + std::string(60, 'a') + "!"};
  for (int i = 0; i < 2000; ++i) urls.push_back(samples.url());
  std::vector<std::uint32_t> ids(set.id_count());
  PatternScratch scratch;
  scratch.prepare(set);
  const std::size_t before = tests::allocations;
  std::size_t found = 0;
  for (const auto& url : urls) found += set.match(url, scratch, ids);
  EXPECT_EQ(tests::allocations, before);
  EXPECT_GT(found, 500U);
}

TEST(PatternSet, ThreadsWithScratchesOfTheirOwnGetTheSameAnswers) {
  tests::PatternSamples samples(5);
  std::vector<tests::Line> lines;
  for (std::uint32_t i = 0; i < 200; ++i) lines.push_back({samples.expression(), i});
  const PatternSet set = set_of(lines);
  std::vector<std::string> urls;
  for (int i = 0; i < 500; ++i) urls.push_back(samples.url());
  std::array<std::vector<std::vector<std::uint32_t>>, 2> answers;
  {
    std::array<std::jthread, 2> threads;
    for (std::size_t t = 0; t < threads.size(); ++t)
      threads[t] = std::jthread([&, t] {
        PatternScratch scratch;
        for (const auto& url : urls) answers[t].push_back(ids_of(set, url, scratch));
      });
  }
  EXPECT_EQ(answers[0], answers[1]);
  std::uint64_t hits = 0, found = 0;
  for (std::size_t i = 0; i < set.size(); ++i) hits += set.counts(i).hits * set.pattern(i).ids.size();
  for (const auto& answer : answers[0]) found += answer.size();
  EXPECT_GT(found, 100U);
  EXPECT_EQ(hits, found * 2);
}

}  // namespace
}  // namespace citygate::matcher
