// pattern_support.h - pattern sets for tests, in one line.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "matcher/pattern_set_builder.h"

namespace citygate::tests {

inline constexpr std::uint64_t kKey = 0x0123456789abcdefU;

struct Line {
  std::string expression;
  std::uint32_t id = 0;
  matcher::Undecided undecided = matcher::Undecided::Matches;
};

inline std::vector<std::byte> bytes_of(matcher::PatternSetBuilder& builder) {
  auto built = builder.build();
  EXPECT_TRUE(built.has_value()) << built.error().context;
  EXPECT_TRUE(built->refused.empty());
  return std::move(built->bytes);
}

inline matcher::PatternSet finish(matcher::PatternSetBuilder& builder) {
  auto set = matcher::PatternSet::from_bytes(bytes_of(builder), "test");
  EXPECT_TRUE(set.has_value()) << set.error().context;
  return std::move(*set);
}

inline std::vector<std::byte> bytes_of(const std::vector<Line>& lines) {
  matcher::PatternSetBuilder builder(kKey);
  for (const auto& line : lines) {
    const auto plan = builder.add({line.expression, line.id, line.undecided});
    EXPECT_TRUE(plan.has_value()) << line.expression << " " << plan.error().context;
  }
  return bytes_of(builder);
}

inline matcher::PatternSet set_of(const std::vector<Line>& lines) {
  auto set = matcher::PatternSet::from_bytes(bytes_of(lines), "test");
  EXPECT_TRUE(set.has_value()) << set.error().context;
  return std::move(*set);
}

inline std::vector<std::uint32_t> ids_of(const matcher::PatternSet& set, std::string_view url,
                                         matcher::PatternScratch& scratch) {
  std::vector<std::uint32_t> ids(set.id_count());
  ids.resize(set.match(url, scratch, ids));
  return ids;
}

}  // namespace citygate::tests
