// One URL written in many ways: tests/support/spellings.h. The fuzz target looks further; this is the part that always
// runs.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "tests/support/spelling_checks.h"

namespace citygate::tests {
namespace {

TEST(Spelling, EverySpellingOfAUrlGetsItsVerdict) {
  const auto lists = spelling_lists();
  std::mt19937 random(4);
  int refused = 0, folded = 0;
  constexpr int kRounds = 100'000;
  for (int round = 0; round < kRounds; ++round) {
    std::array<std::uint8_t, 96> choices{};
    const std::size_t size = random() % choices.size();  // short ones change little
    for (std::size_t i = 0; i < size; ++i) choices[i] = static_cast<std::uint8_t>(random());
    const KnownUrl& known = known_urls()[random() % known_urls().size()];
    const Spelling spelling = spell(known, choices);
    ASSERT_EQ(check_spelling(*lists, known, spelling), "") << spelling.url << " in round " << round;
    Target target;
    refused += !parse_url(spelling.url, target);
    folded += spelling.folded;
  }
  EXPECT_LT(refused, kRounds / 4) << "most spellings must be read, or nothing was compared";
  EXPECT_GT(folded, kRounds / 20);
}

// The other side: a server that decodes once, as they do, serves something else there.
TEST(Spelling, WhatIsEncodedTwiceIsAnotherPath) {
  const auto lists = spelling_lists();
  Target target;
  categories::Workspace workspace;
  categories::Classification out;
  for (const char* path : {"/games/%2563asino", "/games/c%2561sino", "/games%252Fcasino", "/games/%25%363asino"}) {
    ASSERT_TRUE(parse_url("http://www.city.example" + std::string(path), target)) << path;
    lists->classify(target, workspace, out);
    EXPECT_TRUE(out.categories.empty()) << path << " as " << target.path;
  }
}

}  // namespace
}  // namespace citygate::tests
