#include "categories/overrides.h"

#include <gtest/gtest.h>

#include "categories/override_reach.h"
#include "categories/replaced_overrides.h"

namespace citygate::categories {
namespace {

std::uint32_t found(const OverrideIndex& index, std::string_view url) {
  Target target;
  EXPECT_TRUE(parse_url(url, target)) << url;
  std::string scratch, bare_scratch;
  const auto hit = index.find(target, scratch, bare_scratch);
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
  const OverrideIndex plain({made(1, ""), made(2, "/a/games")}, {CategoryId{1}, CategoryId{2}});
  for (const char* path : {"/a/games;x", "/a;b=c/games/live", "/;/a%3Bb/.;x/games"})
    EXPECT_EQ(found(plain, "http://example.com" + std::string(path)), 2u) << path;
  EXPECT_EQ(found(plain, "http://example.com/a;/xgames"), 1u);
}

WallTime at(int second) { return WallTime(std::chrono::seconds(second)); }

Override in_book(OverrideBook& book, std::string path, int second, WallTime ends = WallTime::max()) {
  Override out = made(static_cast<std::uint32_t>(book.all.size() + 1), std::move(path));
  out.made = at(second);
  out.ends = ends;
  end_replaced(book, out);
  book.all.push_back(out);
  return out;
}

TEST(Overrides, ANewOneEndsTheOneBeforeItThatItOutlasts) {
  OverrideBook book;
  in_book(book, "/a%2Fgames", 1, at(20));
  in_book(book, "", 2);
  in_book(book, "/press", 3, at(4));
  const Override late = in_book(book, "/a//Games/", 10, at(20));
  ASSERT_EQ(replaced_by(book, late).size(), 1U);
  EXPECT_EQ(replaced_by(book, late)[0].number, 1U);
  EXPECT_EQ(book.all[0].ends, at(10));
  EXPECT_EQ(replacement_of(book, book.all[0]), 4U);
  EXPECT_EQ(replacement_of(book, book.all[1]), 0U);
  in_book(book, "/press", 11);  // the one before had lapsed
  EXPECT_EQ(replacement_of(book, book.all[2]), 0U);
  EXPECT_EQ(book.all[2].ends, at(4));
  EXPECT_EQ(book.in_force(at(12)).size(), 3U);
  EXPECT_EQ(book.in_force(at(20)).size(), 2U);
  Override other = made(9, "");
  other.host = "example.org";
  other.made = at(10);
  EXPECT_FALSE(replaces(other, book.all[0]));
}

// Closed, and opened for three days: closed on the fourth.
TEST(Overrides, OneThatOutlastsTheNewOneStandsBehindItAndHoldsAgain) {
  OverrideBook book;
  const Override closed = in_book(book, "", 1);
  const Override opened = in_book(book, "", 10, at(20));
  EXPECT_TRUE(replaced_by(book, opened).empty());
  ASSERT_EQ(behind(book, opened, at(12)).size(), 1U);
  EXPECT_EQ(behind(book, opened, at(12))[0].number, closed.number);
  EXPECT_EQ(in_front_of(book, closed, at(12)), opened.number);
  EXPECT_EQ(in_front_of(book, opened, at(12)), 0U);
  EXPECT_EQ(in_front_of(book, closed, at(20)), 0U);
  ASSERT_EQ(book.in_force(at(20)).size(), 1U);
  EXPECT_EQ(book.in_force(at(20))[0].number, closed.number);
  const Override again = in_book(book, "", 30);
  ASSERT_EQ(replaced_by(book, again).size(), 1U);
  EXPECT_EQ(replaced_by(book, again)[0].number, closed.number);
}

class OverrideReach : public testing::Test {
 protected:
  void SetUp() override {
    Problems problems;
    auto read = Taxonomy::read(std::filesystem::path(CITYGATE_SOURCE_DIR) / "conf" / "taxonomy.toml", names_, problems);
    ASSERT_TRUE(read) << problems.to_string();
    taxonomy_ = std::move(*read);
  }
  // What is said against it; "" for nothing.
  std::string refusal(std::string host, std::string category = "news") {
    const ProtectedNames guarded({"permits.city.example", "gov"}, taxonomy_);
    Override about;
    about.host = std::move(host);
    about.category = std::move(category);
    const auto checked = check_reach(about, guarded);
    return checked ? "" : checked.error().context;
  }

  MemoryNames names_;
  Taxonomy taxonomy_;
};

TEST_F(OverrideReach, WhatManyOwnHasToBeConfirmed) {
  for (const char* host : {"co.uk", "github.io", "zip", "uk"}) {
    const std::string said = refusal(host);
    EXPECT_NE(said.find("every name that ends in '." + std::string(host) + "'"), std::string::npos) << said;
    EXPECT_NE(said.find("--confirm"), std::string::npos) << said;
  }
  for (const char* host : {"bet.example", "shop.co.uk", "somebody.github.io", "192.0.2.7", "2001:db8::1"})
    EXPECT_EQ(refusal(host), "") << host;
}

TEST_F(OverrideReach, WhatIsProtectedHasToBeConfirmedBeforeItIsClosed) {
  EXPECT_NE(refusal("www.permits.city.example", "city-blocked").find("is protected"), std::string::npos);
  EXPECT_NE(refusal("court.gov", "gambling").find("is protected"), std::string::npos);
  EXPECT_NE(refusal("city.example", "city-blocked").find("stands above a name that is protected"), std::string::npos);
  EXPECT_EQ(refusal("permits.city.example", "city-allowed"), "");
  EXPECT_EQ(refusal("permits.city.example", "news"), "");
  EXPECT_EQ(refusal("parks.city.example", "city-blocked"), "");
}

}  // namespace
}  // namespace citygate::categories
