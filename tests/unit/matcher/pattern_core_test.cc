// Which part of an expression is looked for, and that it is never more than the expression asks for.
#include "matcher/pattern_core.h"

#include <gtest/gtest.h>

#include "matcher/pattern_confirm.h"
#include "tests/support/pattern_samples.h"

namespace citygate::matcher {
namespace {

std::string core(std::string_view expression) {
  EXPECT_TRUE(Expression::compile(expression).has_value()) << expression;
  const auto tree = parse_pattern(expression);
  if (!tree) return "not read: " + tree.error().context;
  return core_of(*tree).value_or("");
}

TEST(PatternCore, WordsAtLabelBordersLoseWhatStandsBeforeThem) {
  EXPECT_EQ(core("^https?://([^/]+\\.)?(casino|poker)[^/]*/"), "[./](?:casino|poker)");
  EXPECT_EQ(core("(^https?://([^/]+\\.)?(casino|poker))"), "[./](?:casino|poker)");
  EXPECT_EQ(core("^https?://[^/]*(casino|poker)"), "(?:casino|poker)");
  EXPECT_EQ(core("^https?://(www\\.|m\\.)?(casino|poker)(room)?[0-9]*\\.com"), "[./](?:casino|poker)");
  EXPECT_EQ(core("^[a-z]+://([^/?#]*\\.)?bad\\.example([^\\w.%-]|$)"), "[./]bad\\.example");
}

TEST(PatternCore, TheRarestPartIsTaken) {
  EXPECT_EQ(core("\\.com/.*xyzzy.*index\\.html"), "xyzzy");
  EXPECT_EQ(core("(cat|dog)+.*(giraffe|elephant)"), "(?:giraffe|elephant)");
  EXPECT_EQ(core("/banner[0-9]+\\.swf"), "/banner[0-9]");
  EXPECT_EQ(core("wxyz[0-9]{3,}q"), "wxyz(?:[0-9]){3,3}");
  EXPECT_EQ(core("(foo.*zebra|quux[^/]*)x"), "(?:zebra|quux)");
}

TEST(PatternCore, WhatIsInNearlyEveryUrlIsNoCore) {
  EXPECT_EQ(core("^https?://www\\.[^/]+\\.com/"), "");
  EXPECT_EQ(core("[0-9]+/[a-z]*"), "");
  EXPECT_EQ(core("casino|.*"), "");
  EXPECT_EQ(core("(casino)?[0-9]+"), "");
  EXPECT_EQ(core("(casino)*x+"), "");
}

TEST(PatternCore, WhatHasNoWidthAndWhatDependsOnOthersIsNotLookedFor) {
  EXPECT_EQ(core("(?<!my)casino(?!land)"), "casino");
  EXPECT_EQ(core("(?=.*elephant)(poker|bingo)[^/]*"), "(?:poker|bingo)");
  EXPECT_EQ(core("(zebra)x*\\1yak"), "zebra");
  EXPECT_EQ(core("(?(?=a)zebra|yak).*xylophone"), "xylophone");
  EXPECT_EQ(core("(?<kind>zebra).*(?&kind)"), "zebra");
  EXPECT_EQ(core("\\bzebra\\b.*"), "zebra");
}

// "b[^zq]+ab" was looked for as "b[^zq]ab": before the last of several copies stands another copy.
TEST(PatternCore, WhatStandsBeforeARepeatDoesNotStandBeforeItsLastCopy) {
  EXPECT_EQ(core("x(?:zebra|yak)+quux"), "[akx](?:zebra|yak)quux");
  EXPECT_EQ(core("[./][0-9]+zebra"), "[0-9]zebra");
  EXPECT_EQ(core("/k{2,}zebra"), "[/k](?:k){2,2}zebra");
}

TEST(PatternCore, ClassesEscapesAndBracesAreReadAsPcreReadsThem) {
  EXPECT_EQ(core("[]x]zebra.*"), "[\\x5dx]zebra");
  EXPECT_EQ(core("zebra{,5}.*"), "zebra\\x7b,5\\x7d");
  EXPECT_EQ(core("zeb\\x72a[[:digit:]].*"), "zebra");
  EXPECT_EQ(core("[^]a]*zebra[a-c].*"), "zebra[a-c]");
  EXPECT_EQ(core("ZEBRA.*"), "zebra");
}

TEST(PatternCore, WhatChangesHowTheRestIsReadIsRefusedByPlace) {
  for (const auto* expression : {"(?x)ze bra.*", "(*LIMIT_MATCH=1)zebra.*", "zebra(?#no)+", "\\Qzebra\\E.*",
                                 "(?C1)zebra", "zebra\\o{101}", "(?^:zebra)"})
    EXPECT_NE(core(expression).find("not read: "), std::string::npos) << expression;
  EXPECT_EQ(core("zebra(?#no)"),
            "not read: the comment \"(?#\" at character 8 is not supported in expressions of lists; write it without");
}

// The law that everything rests on: what matches an expression matches its core.
TEST(PatternCore, NoMatchDoesWithoutItsCore) {
  tests::PatternSamples samples(4);
  Asker asker;
  std::size_t cores = 0, matches = 0;
  for (int i = 0; i < 1500; ++i) {
    const std::string expression = i % 3 == 0 ? samples.odd_expression() : samples.expression();
    const auto tree = parse_pattern(expression);
    ASSERT_TRUE(tree.has_value()) << expression << ": " << tree.error().context;
    const auto core = core_of(*tree);
    if (!core) continue;
    ++cores;
    const auto whole = Expression::compile(expression), part = Expression::compile(*core);
    ASSERT_TRUE(part.has_value()) << expression << " " << *core;
    for (int k = 0; k < 400; ++k) {
      const std::string url = k % 2 == 0 ? samples.url() : samples.mutated(samples.url());
      if (whole->ask(url, asker) != Expression::Answer::Yes) continue;
      ++matches;
      ASSERT_EQ(part->ask(url, asker), Expression::Answer::Yes) << expression << " " << *core << " " << url;
    }
  }
  EXPECT_GT(cores, 700U);
  EXPECT_GT(matches, 500U);
}

TEST(PatternCore, OnlyWhatIsSlowAsWrittenNeedsOne) {
  for (const auto* slow : {"^https?://(www\\.)?casino", "casino.*", "http://casino", "casino[0-9]{17}"})
    EXPECT_TRUE(is_slow_as_written(*parse_pattern(slow))) << slow;
  for (const auto* quick : {"casino", "(^|[-./])(hot|cold)(el)?[0-9]{0,4}", "httq", "h.tp", "\\bhotel"})
    EXPECT_FALSE(is_slow_as_written(*parse_pattern(quick))) << quick;
}

TEST(PatternSyntax, SizeOnceRepeatsAreWrittenOut) {
  EXPECT_EQ(written_out(*parse_pattern("(a[bc]{10}){100}d")), 1101U);
  EXPECT_EQ(written_out(*parse_pattern("(a{1000}){1000}")), 1000000U);
  EXPECT_EQ(written_out(*parse_pattern("(((a{9999}){9999}){9999}){9999}")), std::uint64_t{1} << 40);
  EXPECT_TRUE(is_bounded(*parse_pattern("a{0,16}(b|c)?")));
  EXPECT_FALSE(is_bounded(*parse_pattern("a{0,17}")));
  EXPECT_FALSE(is_bounded(*parse_pattern("(a|b*)")));
}

}  // namespace
}  // namespace citygate::matcher
