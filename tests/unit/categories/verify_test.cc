#include "categories/verify.h"

#include <gmock/gmock.h>

#include "categories/content_check.h"

namespace citygate::categories {
namespace {

using ::testing::HasSubstr;

const std::string kOne(64, 'a'), kTwo(64, 'b');

TEST(FindChecksum, ReadsTheFormsThatPublishersUse) {
  EXPECT_EQ(find_checksum(kOne + "  a.txt\n" + kTwo + "  b.txt\n", "b.txt"), kTwo);
  EXPECT_EQ(find_checksum(kOne + " *./lists/a.txt\r\n", "a.txt"), kOne);
  EXPECT_EQ(find_checksum("# sums\n\nSHA256 (a.txt) = " + kOne + "\n", "a.txt"), kOne);
  EXPECT_EQ(find_checksum(std::string(64, 'A'), "a.txt"), kOne);
  EXPECT_EQ(find_checksum(kOne + "\n", "a.txt"), kOne);
  EXPECT_EQ(find_checksum(kOne + "  a b.txt\n", "a b.txt"), kOne);
}

TEST(FindChecksum, TakesNoChecksumOfAnotherFile) {
  const auto other = find_checksum(kOne + "  aa.txt\n", "a.txt");
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().context, HasSubstr("has no line for 'a.txt' among 1 checksum, the first is for 'aa.txt'"));
  EXPECT_FALSE(find_checksum(kOne + "\n" + kTwo + "\n", "a.txt"));
  EXPECT_FALSE(find_checksum(kOne + "  a.txt.old\n" + kTwo + "  a.tx\n", "a.txt"));
}

TEST(FindChecksum, SaysWhenThereIsNone) {
  for (const std::string& text : {std::string(), std::string("<html>"), kOne.substr(1), kOne + "a  a.txt",
                                  std::string("SHA256 (a.txt"), "SHA512 (a.txt) = " + kOne + kOne}) {
    const auto none = find_checksum(text, "a.txt");
    ASSERT_FALSE(none) << text;
    EXPECT_THAT(none.error().context, HasSubstr("holds no SHA-256 checksum"));
  }
}

std::string_view markup(std::string_view text) {
  ContentCheck whole;
  whole.add(text);
  ContentCheck apart;
  for (const char c : text) apart.add({&c, 1});
  EXPECT_EQ(whole.markup(), apart.markup()) << text;
  return whole.markup();
}

TEST(ContentCheck, KnowsAPageFromAList) {
  EXPECT_EQ(markup("<!doctype html>"), "an HTML page");
  EXPECT_EQ(markup("\xEF\xBB\xBF\r\n\t<HTML lang=\"fr\">"), "an HTML page");
  EXPECT_EQ(markup("<!-- a --> <!-- b -->\n<head>"), "an HTML page");
  EXPECT_EQ(markup("<!-- " + std::string(2000, 'x')), "an HTML page");
  EXPECT_EQ(markup("<?xml version=\"1.0\"?><Error/>"), "an XML document");
  EXPECT_EQ(markup("! <html>\n||a.example^\n"), "");
  EXPECT_EQ(markup("a.example\n<html>\n"), "");
  EXPECT_EQ(markup("<doctype"), "");
  EXPECT_EQ(markup(""), "");
}

TEST(ContentCheck, SeesALineThatDoesNotEnd) {
  const auto cut = [](std::string_view text) {
    ContentCheck check;
    check.add(text);
    return check.ends_within_a_line();
  };
  EXPECT_TRUE(cut("a.example\nb.exam"));
  EXPECT_FALSE(cut("a.example\n"));
  EXPECT_FALSE(cut("\x1F\x8B packed"));
  EXPECT_FALSE(
      cut("\xFD"
          "7zXZ packed"));
  EXPECT_FALSE(cut(std::string_view("a tarball\0 of lists", 19)));
}

}  // namespace
}  // namespace citygate::categories
