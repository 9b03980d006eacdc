// Expressions of lists in an image: those that cannot be decided, those that cannot be compiled, and too many of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace citygate::categories
