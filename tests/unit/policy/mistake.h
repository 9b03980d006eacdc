// mistake.h - a policy file with one thing wrong in it, and what has to be said about it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/unit/policy/support.h"

namespace citygate::policy {

struct Mistake {
  const char* name;
  std::string text;
  int line;  // of `text`, which follows the lines of a city that are well
  const char* says;
};

inline int lines_of(std::string_view text) { return static_cast<int>(std::ranges::count(text, '\n')); }

inline void expect_told(const std::string& well, const Mistake& mistake) {
  City city;
  EXPECT_FALSE(city.load(well + mistake.text));
  ASSERT_EQ(city.problems().list().size(), 1U) << city.problems().to_string();
  const Problem& problem = city.problems().list()[0];
  EXPECT_EQ(problem.line, lines_of(well) + mistake.line) << problem.to_string();
  EXPECT_EQ(problem.file, "policy.toml");
  EXPECT_THAT(problem.text, ::testing::HasSubstr(mistake.says));
  constexpr std::string_view kRule = "[[rule]]\nname = \"";
  const auto rule = well.find(kRule) + kRule.size();
  EXPECT_FALSE(city.names().find(NameKind::Rule, well.substr(rule, well.find('"', rule) - rule)))
      << "a file with mistakes leaves no names behind";
}

}  // namespace citygate::policy
