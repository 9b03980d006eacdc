// What is refused, in which words, and that no expression holds a thread.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>

#include "matcher/pattern_cost.h"
#include "matcher/pattern_effort.h"
#include "tests/unit/matcher/pattern_support.h"

namespace citygate::matcher {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using tests::ids_of;
using tests::set_of;

std::string refusal(std::string_view expression) {
  const auto plan = plan_pattern(expression);
  return plan ? std::string() : plan.error().context;
}

TEST(PatternBounds, AMistakeIsNamedWithItsPlace) {
  EXPECT_EQ(refusal("casino(poker"), "is no regular expression: missing closing parenthesis at character 13");
  EXPECT_THAT(refusal("a[z-a]"), HasSubstr("at character 5"));
  EXPECT_THAT(refusal("*.example.com"), HasSubstr("quantifier does not follow a repeatable item at character 1"));
  EXPECT_THAT(refusal("zebra(?#no)"), HasSubstr("at character 8"));
  EXPECT_EQ(refusal(""), "is empty");
  EXPECT_EQ(refusal(std::string_view("a\0b", 3)), "holds a NUL byte");
  EXPECT_EQ(plan_pattern("(").error().kind, Error::Kind::Malformed);
}

TEST(PatternBounds, WhatMatchesNothingOrEverythingIsRefused) {
  for (const auto* expression : {"a*", "^", "$", "x?", "(casino|)", ".*", "^(?!x)", "(?=.*)"})
    EXPECT_EQ(refusal(expression), "matches the empty text, and so every URL") << expression;
  for (const auto* expression :
       {".", "/", "^http", "https?://", "\\b", "[a-z]+", ".+", "^[^/]+://[^/]+", "\\w\\.", "(?=h)", "casino|//"})
    EXPECT_EQ(refusal(expression), "matches every URL") << expression;
  for (const auto* expression : {"^https://", "\\.com", "[0-9]", "^http://[0-9.]+/", "e"})
    EXPECT_EQ(refusal(expression), "") << expression;
}

TEST(PatternBounds, WhatIsTooLargeIsRefused) {
  EXPECT_THAT(refusal(std::string(kMaxExpressionBytes + 1, 'x')), HasSubstr("is 8193 bytes long"));
  EXPECT_EQ(refusal(std::string(kMaxExpressionBytes, 'x')), "");
  EXPECT_THAT(refusal("([a-z]{1,200}[0-9]){1,200}"), HasSubstr("once its repeats are written out"));
  EXPECT_THAT(refusal(std::string(70, '(') + "x" + std::string(70, ')')), HasSubstr("at character"));
  EXPECT_NE(refusal("(((x{1,99}){1,99}){1,99}){1,99}"), "");
  EXPECT_NE(refusal("a{40000}b"), "");
  // Large, and with a word that is looked for instead.
  const auto plan = plan_pattern("zebra([a-z]{1,200}[0-9]){1,200}");
  ASSERT_TRUE(plan.has_value()) << plan.error().context;
  EXPECT_THAT(plan->core, HasSubstr("zebra"));
}

// Hyperscan cannot be stopped: one line of a list would hold up all changes of all lists.
TEST(PatternBounds, WhatTakesTooLongToCompileIsNotCompiledWhole) {
  std::string run, words;
  for (int i = 0; i < 700; ++i) {
    const char letter = static_cast<char>('a' + i % 26), other = static_cast<char>('a' + i / 26 % 26);
    run += {letter, '?'};
    words += {i == 0 ? '(' : '|', letter, other, 'e'};
  }
  words += ")";
  const auto endless = [](const std::string& expression) { return takes_long_to_compile(*parse_pattern(expression)); };
  EXPECT_FALSE(endless("/" + run.substr(0, 2 * kMaxOptionalRun) + "[0-9]"));
  EXPECT_TRUE(endless("/" + run.substr(0, 2 * kMaxOptionalRun + 2) + "[0-9]"));
  for (const auto* expression : {"x(a?b?c?){40}y", "(a?|b)(a?b?c?d?|e){13}", "(xa?b?){1,99}(a?b?c?){17}"})
    EXPECT_TRUE(endless(expression)) << expression;
  EXPECT_FALSE(endless("(xa?b?){1,99}"));
  // These are looked for by a part.
  for (const auto& expression : {"zebra" + run + "quagga", "[0-9]{3}" + run + "[0-9]", "/[0-9]" + words + "+"}) {
    const auto plan = plan_pattern(expression);
    ASSERT_TRUE(plan.has_value()) << plan.error().context;
    EXPECT_EQ(plan->way, PatternPlan::Way::Core);
  }
  for (const auto& expression :
       {"/" + words + "s?[0-9]", std::string("/x(a?b?c?){4}[0-9]"), std::string("/q[a-z]{0,300}[0-9]")})
    EXPECT_EQ(refusal(expression), "");
}

TEST(PatternBounds, WhatNothingCanLookForIsRefusedInWords) {
  for (const auto* expression : {"(?<=/)(?=[0-9])(?!7)", "(?=[a-z]*0)|^ftp:"})
    EXPECT_THAT(refusal(expression), HasSubstr("cannot be looked for: ")) << expression;
}

// (a|aa)+(a|aa)+ cuts a row of letters into pieces in every way there is, before it sees that the end is wrong.
TEST(PatternBounds, AnExpressionThatExplodesIsDecidedAsItSays) {
  const std::string explosive = "zebra(?:a|aa)+(?:a|aa)+$";
  const std::string url = "http://h.example/zebra" + std::string(100, 'a') + ".";
  const PatternSet set =
      set_of({{explosive, 1, Undecided::Matches}, {explosive, 2, Undecided::Misses}, {"zebra", 3, Undecided::Matches}});
  PatternScratch scratch;
  EXPECT_THAT(ids_of(set, url, scratch), testing::UnorderedElementsAre(1 | kUndecidedId, 3));
  EXPECT_EQ(set.size(), 3U);
  EXPECT_EQ(set.counts(0).undecided, 1U);
  EXPECT_EQ(set.counts(0).hits, 1U);
  EXPECT_EQ(set.counts(1).undecided, 1U);
  EXPECT_EQ(set.counts(1).hits, 0U);
  EXPECT_THAT(ids_of(set, "http://h.example/zebraaaa", scratch), testing::UnorderedElementsAre(1, 2, 3));
  EXPECT_EQ(set.counts(0).undecided, 1U);
}

// Forty explosions share the steps of one URL, and what takes few is answered whatever they took.
TEST(PatternBounds, ExplosionsOfOneListLeaveTheExpressionsOfOthersTheirAnswers) {
  std::vector<tests::Line> lines;
  for (std::uint32_t i = 0; i < 40; ++i)
    lines.push_back({"zebra(?:a|aa)+(?:a|aa)+x{0," + std::to_string(i) + "}$", i, Undecided::Matches});
  lines.push_back({"^https?://([^/]+\\.)?(h|k)\\.example/zebra", 40});
  lines.push_back({"^https?://([^/]+\\.)?(h|k)\\.example/zebra[b-z]", 41});
  const PatternSet set = set_of(lines);
  PatternScratch scratch;
  const auto ids = ids_of(set, "http://h.example/zebra" + std::string(100, 'a') + ".", scratch);
  EXPECT_EQ(std::ranges::count_if(ids, [](std::uint32_t id) { return id >= kUndecidedId; }), 40);
  EXPECT_EQ(std::ranges::count(ids, 40U), 1);
  EXPECT_EQ(ids.size(), 41U);
  std::uint64_t undecided = 0;
  for (std::size_t i = 0; i < set.size(); ++i) undecided += set.counts(i).undecided;
  EXPECT_EQ(undecided, 40U);
}

// Each would take a second to a minute if PCRE2 alone counted its steps.
TEST(PatternBounds, NoExpressionHidesItsStepsInOneItem) {
  const std::string letters = "http://h.example/zebra" + std::string(8000, 'a') + "q.";
  Asker asker;
  for (const auto* expression :
       {"(.*)\\1\\1[0-9]", "(?=.*9)(?:a|b)", "(?:.*q)x?$", "(?:[^9]{3000}z|.)*q$", "(?:[^9]{3000}z|a)+q?$",
        "(?:(a+)\\1z|.)*q$", "(a+)\\1+z|q$", "(?:[^9]*+z|.)*q$", "(?=[^9]*z)", "zebra(?:a|aa)+(?:a|aa)+$"}) {
    const auto compiled = Expression::compile(expression);
    ASSERT_TRUE(compiled.has_value()) << expression;
    std::timespec before{}, after{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    static_cast<void>(compiled->ask(letters, asker));
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    const double ms = static_cast<double>(after.tv_sec - before.tv_sec) * 1e3 +
                      static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e6;
    EXPECT_LT(ms, 100) << expression;  // some 3 ms; the rest is for machines that check addresses or are busy
  }
}

// Two ".*" on an address of two thousand letters are ordinary: ten thousand steps ran out on them, and it was closed.
TEST(PatternBounds, TwoGapsSettleOnALongUrl) {
  std::string url = "http://track.example/a/b/c/d/e/f?";
  while (url.size() < 2000) url += "name=value&";
  const PatternSet set = set_of({{"^https?:\\/\\/[^\\/]*track[^\\/]*\\/.*\\/.*[0-9]{4}$", 1}});
  PatternScratch scratch;
  EXPECT_THAT(ids_of(set, url, scratch), IsEmpty());
  EXPECT_EQ(set.counts(0).undecided, 0U);
  EXPECT_THAT(ids_of(set, url + "1234", scratch), testing::ElementsAre(1));
}

// The limit is for explosions: what lists really hold gets its answer on the longest URLs too.
TEST(PatternBounds, OrdinaryExpressionsSettleOnLongUrls) {
  std::string url = "https://a.b-c.example/";
  while (url.size() < 4000) url += "sex-pictures.of/a_zebra.html?q=x&foo" + std::string(300, 'z') + "/utm.source=1%20";
  Asker asker;
  for (const auto* expression :
       {"^https?://([^/]+\\.)?(casino|poker)[^/]*/", "(sex|nude)+.*(\\.jpg|\\.gif)$", "(?:[a-z0-9]+[-_.])*jackpot",
        "(^|[?+=&/])(.*\\.google\\..*/.*\\?.*safe=off)([?+=&/]|$)", "^[^?]*\\.css($|\\?)", "(?:[a-z]+[./]?)+!",
        "(foo|bar)[a-z]*(zebra|sex).*nothing", "^https?://[0-9.]+/.*[?&]id=[0-9]+"}) {
    const auto compiled = Expression::compile(expression);
    ASSERT_TRUE(compiled.has_value()) << expression;
    EXPECT_EQ(compiled->ask(url, asker), Expression::Answer::No) << expression;
  }
}

TEST(PatternBounds, DeepRecursionEndsUndecidedToo) {
  const PatternSet set = set_of({{"zebra(\\((?1)*\\))+!", 1, Undecided::Misses}});
  PatternScratch scratch;
  EXPECT_THAT(ids_of(set, "zebra" + std::string(20'000, '(') + "!", scratch), IsEmpty());
  EXPECT_EQ(ids_of(set, "zebra(()(()))!", scratch).size(), 1U);
}

TEST(PatternBounds, CostsFollowTheOrderOfThePatterns) {
  const PatternSet set = set_of({{"zebra", 1}, {"^https?://([^/]+\\.)?(casino|poker)", 2}});
  const std::vector<std::string_view> urls(200, "http://www.casino.example/x");
  const auto costs = measure_pattern_costs(set, urls);
  ASSERT_EQ(costs.size(), 2U);
  EXPECT_EQ(costs[0].confirm_ns, 0);
  EXPECT_GT(costs[1].confirm_ns, 0);
  EXPECT_GE(costs[0].scan_ns, 0);
  EXPECT_EQ(set.counts(1).asked, 0U);  // measuring is not traffic
  EXPECT_EQ(measure_pattern_costs(set, {}).size(), 2U);
}

}  // namespace
}  // namespace citygate::matcher
