#include "base/document.h"

#include <gtest/gtest.h>

#include <array>

namespace citygate {
namespace {

Node parse(std::string_view text) {
  Problems problems;
  auto root = parse_document(text, "test.toml", problems);
  EXPECT_TRUE(root) << problems.to_string();
  return root ? *root : Node();
}

TEST(Document, KnowsKindsValuesAndLines) {
  const Node root = parse(
      "title = \"a\"\n"
      "count = -3\n"
      "ratio = 0.5\n"
      "on = true\n"
      "day = 2026-11-21\n"
      "list = [1, \"two\"]\n"
      "\n"
      "[section]\n"
      "key = 'v'\n");
  ASSERT_TRUE(root.is_table());
  EXPECT_EQ(root.find("title")->text(), "a");
  EXPECT_EQ(root.find("count")->integer(), -3);
  EXPECT_EQ(root.find("count")->number(), -3.0);
  EXPECT_EQ(root.find("ratio")->number(), 0.5);
  EXPECT_EQ(root.find("on")->boolean(), true);
  EXPECT_EQ(root.find("day")->kind(), Node::Kind::Time);
  EXPECT_EQ(root.find("day")->text(), "2026-11-21");
  ASSERT_EQ(root.find("list")->items().size(), 2u);
  EXPECT_EQ(root.find("list")->items()[1].text(), "two");
  EXPECT_EQ(root.find("list")->line(), 6);
  EXPECT_EQ(root.find("section")->line(), 8);
  EXPECT_EQ(root.find("section")->find("key")->line(), 9);
  EXPECT_EQ(root.find("section")->find("key")->file(), "test.toml");
  EXPECT_EQ(root.find("missing"), nullptr);
}

TEST(Document, AValueIsOnlyWhatItIs) {
  const Node root = parse("a = 1\nb = \"1\"\nc = false\n");
  EXPECT_FALSE(root.find("a")->text());
  EXPECT_FALSE(root.find("a")->boolean());
  EXPECT_FALSE(root.find("b")->integer());
  EXPECT_FALSE(root.find("b")->number());
  EXPECT_FALSE(root.find("c")->integer());
  EXPECT_FALSE(root.find("a")->find("x"));
  EXPECT_TRUE(root.find("a")->items().empty());
}

TEST(Document, MembersStandInTheFilesOrder) {
  const Node root = parse("zebra = 1\napple = 2\n[middle]\nx = 1\n[[list]]\na = 1\n[[list]]\na = 2\n");
  std::vector<std::string> names;
  for (const auto& [name, node] : root.members()) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"zebra", "apple", "middle", "list"}));
  ASSERT_EQ(root.find("list")->items().size(), 2u);
  EXPECT_EQ(root.find("list")->items()[0].find("a")->line(), 6);
  EXPECT_EQ(root.find("list")->items()[1].find("a")->line(), 8);
}

TEST(Document, ASyntaxErrorIsOneProblemWithItsLine) {
  for (const char* text : {"a = 1\nb = \n", "a = 1\n[x\n", "a = 1\na = 2\n"}) {
    Problems problems;
    EXPECT_FALSE(parse_document(text, "bad.toml", problems)) << text;
    ASSERT_EQ(problems.list().size(), 1u) << text;
    EXPECT_EQ(problems.list()[0].line, 2) << text << problems.to_string();
    EXPECT_TRUE(problems.to_string().starts_with("bad.toml:2: ")) << problems.to_string();
  }
}

TEST(Document, BytesThatAreNotUtf8AreNoToml) {
  Problems problems;
  EXPECT_FALSE(parse_document("a = 1\n\xff\n", "bad.toml", problems));
  EXPECT_EQ(problems.list().size(), 1u);
}

TEST(Document, AMissingFileAndADirectoryAreNamed) {
  Problems problems;
  EXPECT_FALSE(read_document("/nonexistent/citygate.toml", problems));
  EXPECT_FALSE(read_document("/", problems));
  ASSERT_EQ(problems.list().size(), 2u);
  EXPECT_TRUE(problems.list()[0].to_string().starts_with("/nonexistent/citygate.toml: ")) << problems.to_string();
}

TEST(Problems, HoldAllAndBecomeOneError) {
  Problems problems;
  EXPECT_TRUE(problems.empty());
  problems.add("a.toml", 3, "first");
  problems.add("b.toml", 0, "second");
  EXPECT_EQ(problems.to_string(), "a.toml:3: first\nb.toml: second");
  EXPECT_EQ(problems.to_error().kind, Error::Kind::Malformed);
  EXPECT_EQ(problems.to_error().context, problems.to_string());
}

TEST(Nearest, FindsMisspellingsOnly) {
  constexpr std::array<std::string_view, 4> known{"address", "department", "name", "password"};
  EXPECT_EQ(nearest("adress", known), "address");
  EXPECT_EQ(nearest("departement", known), "department");
  EXPECT_EQ(nearest("nmae", known), "name");
  EXPECT_EQ(nearest("xyzzyxyzzy", known), "");
  EXPECT_EQ(nearest("name", {}), "");
}

TEST(UnknownKeys, AreReportedEachWithItsLine) {
  constexpr std::array<std::string_view, 2> known{"name", "address"};
  const Node root = parse("name = 'x'\nadress = 'y'\nqqqqqqqq = 1\n");
  Problems problems;
  report_unknown_keys(root, "[[person]]", known, problems);
  EXPECT_EQ(problems.to_string(),
            "test.toml:2: unknown key 'adress' in [[person]]; did you mean 'address'?\n"
            "test.toml:3: unknown key 'qqqqqqqq' in [[person]]");
}

}  // namespace
}  // namespace citygate
