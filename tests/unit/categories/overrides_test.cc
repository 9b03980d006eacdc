#include "categories/overrides.h"

#include <gtest/gtest.h>

namespace citygate::categories {
namespace {

std::uint32_t found(const OverrideIndex& index, std::string_view url) {
  Target target;
  EXPECT_TRUE(parse_url(url, target)) << url;
  std::string scratch;
  const auto hit = index.find(target, scratch);
  return hit ? hit->number : 0;
}

Override made(std::uint32_t number, std::string path) {
  Override out;
  out.number = number;
  out.host = "example.com";
  out.path = std::move(path);
  return out;
}

TEST(Overrides, TheMostSpecificWins) {
  const OverrideIndex index({made(1, ""), made(2, "/games")}, {CategoryId{1}, CategoryId{2}});
  EXPECT_EQ(found(index, "http://www.example.com/"), 1u);
  EXPECT_EQ(found(index, "http://example.com/Games/x"), 2u);
  EXPECT_EQ(found(index, "http://example.com/gamesome"), 1u);
  EXPECT_EQ(found(index, "http://example.org/games"), 0u);
}

TEST(Overrides, NoSpellingOfAPathWalksAroundOne) {
  const OverrideIndex index({made(1, "/a%2Fgames;x")}, {CategoryId{1}});
  for (const char* path : {"/a/games;x", "//a//games;x/y", "/a%2fgames%3Bx", "/a\\games;x", "/a%5C./games;x"})
    EXPECT_EQ(found(index, "http://example.com" + std::string(path)), 1u) << path;
  EXPECT_EQ(found(index, "http://example.com/a%252Fgames;x"), 0u);
}

}  // namespace
}  // namespace citygate::categories
