#include "categories/entries.h"

#include <gtest/gtest.h>

namespace citygate::categories {
namespace {

std::string text_of(const Item& item) {
  std::string out;
  append_item(out, item);
  return out;
}

TEST(Entries, EveryKindOfItemIsReadAsItWasWritten) {
  const Item items[] = {
      {.host = "casino.example"},
      {.exception = true, .host = "fair.example"},
      {.scope = Scope::Exact, .host = "one.example", .path = "/a?b=c"},
      {.exception = true, .scope = Scope::Below, .host = "below.example"},
      {.category = "gambling", .host = "2001:db8::1"},
      {.category = "gambling", .expression = "poker[0-9]+"},
      {.exception = true, .expression = "=*@:"},
      {.phrase = "!gambling addiction"},
      {.important = true, .host = "bets.example"},
      {.exception = true, .important = true, .category = "gambling", .expression = "x!"},
      {.important = true, .scope = Scope::Below, .host = "below.example"},
      {.exception = true, .deep = true, .host = "deep.example"},
      {.exception = true,
       .important = true,
       .deep = true,
       .scope = Scope::Exact,
       .category = "gambling",
       .host = "deep.example",
       .path = "/x"},
  };
  for (const auto& item : items) EXPECT_EQ(parse_item(text_of(item)), item) << text_of(item);
  EXPECT_EQ(text_of(items[2]), "+=one.example/a?b=c");
  EXPECT_EQ(text_of(items[4]), "+@gambling:2001:db8::1");
}

TEST(Entries, WhatIsNoItemIsNotTakenForOne) {
  for (std::string_view text : {"", "+", "casino.example", "+@gambling", "+@gambling:", "+~", "+=", "+/path", "+!",
                                "+!/path", "-^", "-!^", "+^a.example"})
    EXPECT_FALSE(parse_item(text)) << text;
}

TEST(Entries, LinesKeepTheirNumbers) {
  const std::string part =
      "\n+a.example\n\n+b.example\t-c.example\x1f"
      "0.0.0.0 b c\n";
  EntryReader reader(part);
  EntryReader::Line line;
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.number, 2U);
  EXPECT_EQ(line.original, "a.example");
  ASSERT_TRUE(reader.next(line));
  EXPECT_EQ(line.number, 4U);
  EXPECT_EQ(line.original, "0.0.0.0 b c");
  EXPECT_EQ(EntryReader::take_item(line.items), "+b.example");
  EXPECT_EQ(EntryReader::take_item(line.items), "-c.example");
  EXPECT_EQ(EntryReader::take_item(line.items), "");
  EXPECT_FALSE(reader.next(line));
  EXPECT_EQ(original_line(part, 4), "0.0.0.0 b c");
  EXPECT_EQ(original_line(part, 2), "a.example");
  EXPECT_EQ(original_line(part, 1), "");
  EXPECT_EQ(original_line(part, 9), "");
}

}  // namespace
}  // namespace citygate::categories
