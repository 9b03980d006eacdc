#include "review/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/unit/review/support.h"

namespace citygate::review {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kLunch = "2026-11-20T12:10:00", kAfternoon = "2026-11-20T14:00:00";  // a Friday

void expect_readable(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 96U) << line;
    EXPECT_FALSE(line.ends_with(' ')) << line;
  }
}

TEST(Explain, RefusalDownToTheLineAndTheClause) {
  const Explanation it = World().ask("pat", "http://casino.example/deep?x=1", kLunch);
  EXPECT_EQ(it.verdict.ruling, Ruling::Refuse);
  EXPECT_EQ(it.verdict.reason, Reason::Prohibited);
  EXPECT_EQ(it.what, "http://casino.example/deep");
  EXPECT_EQ(it.rule_name, "no-gambling");
  EXPECT_EQ(it.clause, "S1-h");
  EXPECT_EQ(it.decisive_category, "Gambling");
  EXPECT_EQ(it.department_title, "City Clerk's Office");
  EXPECT_THAT(it.known_by, ElementsAre("address 10.0.0.1: likely", "address 10.0.3.0/24: likely"));
  ASSERT_EQ(it.categories.size(), 1U);
  ASSERT_TRUE(it.categories[0].evidence);
  EXPECT_EQ(it.categories[0].evidence->line, 1U);
  EXPECT_EQ(it.lists_generation, "0000000000000abc");
  EXPECT_EQ(it.opens_at, "");

  EXPECT_EQ(render(it).substr(0, render(it).find("  under")), R"(http://casino.example/deep
  asked at     2026-11-20 12:10:00 CST, Friday
  by           Pat Reed (pat), City Clerk's Office
  known by     address 10.0.0.1: likely, address 10.0.3.0/24: likely
  rules of     the city's rules

Categories
  gambling     Gambling: prohibit
               list ut1, version 2026-11-01, some/domains, line 1:
               casino.example

Considered, in this order
  1.           Who is asking: known.
  2.           Destination: address and port are allowed.
  3.           prohibit: "Gambling sites are prohibited" (no-gambling, S1-h) for Gambling
               alone: refuse. This kind of site is prohibited at all times.

Verdict: refuse
  why          This kind of site is prohibited at all times.
  rule         Gambling sites are prohibited (no-gambling)
  clause       S1-h
  category     Gambling
  charged      nothing
  would change No hour, quota, permission or override opens what is prohibited; only a sealed
               law-enforcement grant does.
               If the lists are wrong about this site and it were in none of these categories,
               it would be allowed.
  questions to IT help desk, 555-0100
)");
  expect_readable(render(it));
}

TEST(Explain, RulesStandStrictestFirstEachWithItsOwnWord) {
  World world;
  const auto pot = *world.names.find(NameKind::Quota, "volume");
  world.usage.today[QuotaId{pot}].streaming_bytes = 500'000'000;
  const Explanation it = world.ask("pat", "friends.example", kLunch);
  ASSERT_EQ(it.considered.size(), 2U);
  EXPECT_EQ(it.considered[0].name, "social") << "personal before streaming, though later in the file";
  EXPECT_EQ(it.considered[0].alone.ruling, Ruling::Allow);
  EXPECT_THAT(it.considered[0].windows, ElementsAre("lunch (Mon-Fri 12:00-13:00)"));
  EXPECT_EQ(it.considered[0].quota, "Personal use");
  EXPECT_EQ(it.considered[1].alone.reason, Reason::BytesUsedUp);
  EXPECT_EQ(it.verdict.reason, Reason::BytesUsedUp);
  EXPECT_EQ(it.opens_at, "2026-11-23 12:00:00 CST, Monday") << "refilled on Saturday, but the window is on weekdays";
  const std::string text = render(it);
  EXPECT_THAT(text, HasSubstr("used today   500 of 500 megabytes"));
  EXPECT_THAT(text, HasSubstr("opens at     2026-11-23 12:00:00 CST, Monday"));
  expect_readable(text);
}

TEST(Explain, WhatIsChargedAndLeft) {
  World world;
  world.usage.today[QuotaId{*world.names.find(NameKind::Quota, "volume")}].streaming_bytes = 1'234'567;
  const Explanation it = world.ask("pat", "http://friends.example/", kLunch);
  const std::string text = render(it);
  EXPECT_THAT(text, HasSubstr("Verdict: allow"));
  EXPECT_THAT(text, HasSubstr("charged      minutes of attention and bytes received, on \"Video and audio\""));
  EXPECT_THAT(text, HasSubstr("used today   1.234567 of 500 megabytes"));
  EXPECT_THAT(text, HasSubstr("holds until  2026-11-20 13:00:00 CST, Friday"));
  EXPECT_THAT(text, Not(HasSubstr("questions to")));
}

TEST(Explain, OutsideTheWindow) {
  const Explanation it = World().ask("pat", "http://friends.example/", kAfternoon);
  EXPECT_EQ(it.verdict.reason, Reason::OutsideWindow);
  EXPECT_THAT(render(it), HasSubstr("opens at     2026-11-23 12:00:00 CST, Monday"));
}

TEST(Explain, SealedGrantWithoutItsCase) {
  const Explanation it = World().ask("mia", "http://casino.example/", kLunch);
  EXPECT_EQ(it.verdict.ruling, Ruling::Allow);
  const std::string text = render(it);
  EXPECT_THAT(text, HasSubstr("A sealed law-enforcement grant applies"));
  EXPECT_THAT(text, Not(HasSubstr("2026-0417")));
  EXPECT_THAT(text, HasSubstr("known by     password: sure"));
  expect_readable(text);
}

TEST(Explain, HttpsIsSeenAsATunnel) {
  const Explanation it = World().ask("pat", "https://casino.example/table?q", kLunch);
  EXPECT_EQ(it.what, "tunnel://casino.example:443");
  EXPECT_THAT(it.note, HasSubstr("tunnel"));
  EXPECT_EQ(World().ask("pat", "casino.example:443", kLunch).what, it.what);
}

TEST(Explain, DestinationIsAskedApart) {
  const Explanation it = World().ask("pat", "http://127.0.0.1/", kLunch);
  EXPECT_EQ(it.verdict.reason, Reason::UnsafeDestination);
  EXPECT_THAT(render(it), HasSubstr("Destination: The address is inside the city's own network"));
  EXPECT_THAT(render(it), HasSubstr("No list names this site."));
}

TEST(Explain, CategoriesThatNoRuleNames) {
  const Explanation it = World().ask("pat", "http://play.example/", kLunch);
  EXPECT_EQ(it.rule_name, "");
  EXPECT_THAT(render(it), HasSubstr("personal, as the taxonomy groups it; no rule names Games"));
  EXPECT_THAT(render(it), HasSubstr("charged      minutes of attention, for reports alone"));
  EXPECT_EQ(World().ask("pat", "tunnel.example:443", kLunch).verdict.reason, Reason::Circumvention);
}

TEST(Explain, NobodyKnown) {
  const Explanation it = World().ask("", "http://casino.example/", kLunch);
  EXPECT_EQ(it.verdict.ruling, Ruling::Authenticate);
  EXPECT_THAT(render(it), HasSubstr("by           nobody known"));
  EXPECT_THAT(render(it), HasSubstr("the gateway asks first"));
}

TEST(Explain, WhatCannotBeExplained) {
  World world;
  Question question;
  question.person = "pst";
  question.what = "http://casino.example/";
  auto out = explain(world.sources(), question);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind, Error::Kind::NotFound);
  EXPECT_THAT(out.error().context, HasSubstr("did you mean 'pat'"));
  question.person = "pat";
  question.what = "ftp://casino.example/";
  out = explain(world.sources(), question);
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().kind, Error::Kind::Malformed);
}

}  // namespace
}  // namespace citygate::review
