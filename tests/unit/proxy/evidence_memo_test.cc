#include "proxy/evidence_memo.h"

#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

categories::Classification found(std::uint64_t generation, std::initializer_list<std::uint32_t> matches) {
  categories::Classification out;
  out.generation = GenerationId{generation};
  for (const auto match : matches) out.matches[out.match_count++] = match;
  return out;
}

class EvidenceMemoTest : public testing::Test {
 protected:
  // The evidence's line tells which question it answers.
  std::uint32_t line(const categories::Classification& of, std::uint16_t category) {
    const CategoryId id{category};
    return memo_
        .find(of, id,
              [&] {
                ++asked_;
                return Evidence{.category = id, .source = {}, .line = static_cast<std::uint32_t>(asked_)};
              })
        .line;
  }
  EvidenceMemo memo_;
  int asked_ = 0;
};

TEST_F(EvidenceMemoTest, TheSameQuestionIsAskedOnce) {
  const auto first = found(1, {7, 3});
  EXPECT_EQ(line(first, 5), 1U);
  EXPECT_EQ(line(first, 5), 1U);
  EXPECT_EQ(asked_, 1);
}

TEST_F(EvidenceMemoTest, AnotherGenerationCategoryOrMatchIsAnotherQuestion) {
  EXPECT_EQ(line(found(1, {7, 3}), 5), 1U);
  EXPECT_EQ(line(found(2, {7, 3}), 5), 2U) << "a slot of other lists is another line";
  EXPECT_EQ(line(found(2, {7, 3}), 6), 3U);
  EXPECT_EQ(line(found(2, {7, 4}), 6), 4U) << "the first match alone does not say which line names the category";
  EXPECT_EQ(line(found(2, {7}), 6), 5U);
  EXPECT_EQ(line(found(2, {7}), 6), 5U);
}

TEST_F(EvidenceMemoTest, WhatFallsOnOnePlaceDisplacesAndIsNeverMistaken) {
  for (int round = 0; round < 2; ++round)
    for (std::uint32_t slot = 1; slot <= 2000; ++slot) {
      const int before = asked_;
      const std::uint32_t said = line(found(1, {slot}), 5);
      EXPECT_EQ(said, static_cast<std::uint32_t>(before) + 1)
          << "two thousand do not fit into 256 places in this order";
      EXPECT_EQ(line(found(1, {slot}), 5), said);
    }
}

TEST_F(EvidenceMemoTest, WithoutAMatchNothingIsKept) {
  EXPECT_EQ(line(found(1, {}), 5), 1U);
  EXPECT_EQ(line(found(1, {}), 5), 2U);
}

}  // namespace
}  // namespace citygate::proxy
