// Expressions of lists in an image: those that cannot be decided, those that cannot be compiled, and too many of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "categories/image_patterns.h"
#include "categories/pattern_lines.h"
#include "matcher/pattern_set.h"
#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

class ImagePatternsTest : public StoreTest {};

TEST_F(ImagePatternsTest, AnExpressionThatTakesTooLongClosesAndTheEvidenceSaysSo) {
  scratch_.write("ut1/gambling/expressions", "zebra(?:a|aa)+(?:a|aa)+$\ncasino\n");
  imported(scratch_.path() / "ut1");
  const auto lists = this->lists();
  const std::string url = "http://h.example/casino/zebra" + std::string(200, 'a') + ".";
  EXPECT_EQ(categories(*lists, url), "gambling");
  Classification classification;
  lists->classify(target(url), workspace_, classification);
  std::map<std::uint32_t, bool> undecided;  // by line
  for (const auto& reason : lists->reasons(classification)) undecided[reason.text.line] = reason.undecided;
  EXPECT_EQ(undecided, (std::map<std::uint32_t, bool>{{1, true}, {2, false}}));
  EXPECT_EQ(why(*lists, "http://h.example/zebra" + std::string(200, 'a') + ".", "gambling"),
            "ut1 gambling/expressions:1 zebra(?:a|aa)+(?:a|aa)+$");
}

// Sources of search terms with `lists` files each.
ImportRequest terms(const Scratch& scratch, const std::string& name, int lists) {
  const std::vector<std::string> categories = {"gambling", "drugs", "weapons", "pornography"};
  for (int i = 0; i < lists; ++i)
    scratch.write(name + "/" + std::to_string(i) + "/search-terms/" + categories[i % 4] + ".txt",
                  "phrase " + name + " " + std::to_string(i) + "\n");
  return {.path = scratch.path() / name, .source = name};
}

TEST_F(ImagePatternsTest, WhatIsTooMuchTogetherIsAnErrorOfOneSourceAndTheOthersGoOn) {
  ASSERT_TRUE(store_->update({terms(scratch_, "first", 30), terms(scratch_, "second", 30)}, by_test(), "import", {}));
  const auto before = lists()->id();
  scratch_.write("news.txt", "paper.example\n");
  const auto done = store_->update({terms(scratch_, "third", 6),
                                    terms(scratch_, "fourth", 2),
                                    {.path = scratch_.path() / "news.txt", .category = "news"}},
                                   by_test(), "import", {});
  ASSERT_TRUE(done) << done.error().context;
  ASSERT_FALSE(done->sources[0].second);
  EXPECT_EQ(done->sources[0].second.error().kind, Error::Kind::TooLarge);
  EXPECT_EQ(
      done->sources[0].second.error().context,
      "all lists together may hold 64 lists of search terms, and source 'third' has 6 of them: take some away, or "
      "another source");
  EXPECT_TRUE(done->sources[1].second);
  EXPECT_TRUE(done->sources[2].second);
  EXPECT_EQ(done->publication.outcome, Publication::Outcome::InForce);
  const auto lists = this->lists();
  EXPECT_NE(lists->id().value, before.value);
  EXPECT_EQ(lists->status().sources.size(), 4U);
  EXPECT_EQ(categories(*lists, "http://paper.example/"), "news");
  // Alone it is an error, and what is in force stays.
  const auto alone = store_->import(terms(scratch_, "third", 6), by_test(), {});
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().kind, Error::Kind::TooLarge);
  EXPECT_EQ(this->lists()->id().value, lists->id().value);
}

// 20,000 of them were compiled, and the rest left out: a filter that was open for whoever came last.
TEST_F(ImagePatternsTest, MoreExpressionsThanAreCompiledAreAnErrorThatNamesASource) {
  ImageManifest manifest;
  manifest.categories = {{"gambling", 0}};
  for (const auto* name : {"before", "large", "small"}) {
    manifest.marks.push_back({.source = static_cast<std::uint16_t>(manifest.sources.size())});
    manifest.sources.emplace_back().name = name;
  }
  ImagePatterns patterns;
  const auto add = [&](std::uint16_t mark, int first, int last) {
    for (int i = first; i < last; ++i) {
      const std::string text = "word" + std::to_string(i);
      patterns.add({.expression = text}, {.mark = mark, .origin = 0, .line = 1});
    }
  };
  add(1, 0, 10'000);
  add(2, 10'000, 17'000);
  add(3, 16'000, 20'001);
  const ProtectedNames guarded({}, taxonomy_);
  std::string answers;
  const auto written = patterns.write(
      scratch_.path(), {.guarded = guarded, .changed = {"large", "small"}, .answers = &answers}, manifest);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, Error::Kind::TooLarge);
  EXPECT_EQ(written.error().context,
            "all lists together may hold 20000 different expressions, and source 'large' has 7000 of them: take some "
            "away, or another source");
  EXPECT_EQ(answers, "large");
}

// Only one that passes add() and is then refused; what is refused is told, and is no entry.
TEST_F(ImagePatternsTest, WhatIsNotCompiledIsCountedApart) {
  ImageManifest manifest;
  manifest.categories = {{"gambling", 0}};
  manifest.marks = {{}};
  manifest.sources.emplace_back().name = "ads";
  manifest.sources.back().files.emplace_back().name = "list";
  ImagePatterns patterns;
  for (const std::string text : {"casino", "(unclosed", "poker"})
    patterns.add({.expression = text}, {.mark = 1, .origin = 0, .line = 7});
  const ProtectedNames guarded({}, taxonomy_);
  ASSERT_TRUE(patterns.write(scratch_.path(), {.guarded = guarded}, manifest));
  EXPECT_EQ(manifest.entries, 2U);
  EXPECT_EQ(manifest.patterns, 2U);
  EXPECT_EQ(manifest.categories[0].second, 2U);
  EXPECT_EQ(manifest.refused_count, 1U);
  EXPECT_THAT(manifest.refused, testing::ElementsAre(testing::StartsWith("ads list:7: (unclosed: is no regular")));
}

// Files that come from elsewhere: an expression on a line that is not there.
TEST_F(ImagePatternsTest, AnExpressionWithoutItsLineIsRefusedWhenTheImageIsOpened) {
  scratch_.write("ut1/gambling/expressions", "casino\npoker\n");
  imported(scratch_.path() / "ut1");
  const auto image = scratch_.path() / "lists" / "images" / lists()->status().image;
  const auto set = matcher::PatternSet::open(image / "url.patterns");
  ASSERT_TRUE(set);
  const auto lines = read_pattern_lines(image / "patterns.lines", set->key());
  ASSERT_TRUE(lines);
  ASSERT_EQ(lines->size(), 2U);
  ASSERT_TRUE(write_pattern_lines(image / "patterns.lines", set->key(), {lines->front()}));
  reopen();
  const auto anew = lists();
  EXPECT_THAT(warning_, testing::HasSubstr("url.patterns: is damaged: an expression stands on a line"));
  EXPECT_EQ(categories(*anew, "http://h.example/poker"), "gambling");  // compiled anew from the sources
}

}  // namespace
}  // namespace citygate::categories
