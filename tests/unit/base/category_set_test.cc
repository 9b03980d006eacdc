#include "base/category_set.h"

#include <gtest/gtest.h>

#include <vector>

namespace citygate {
namespace {

CategorySet set_of(std::initializer_list<int> ids) {
  CategorySet out;
  for (int id : ids) out.insert(CategoryId{static_cast<std::uint16_t>(id)});
  return out;
}

TEST(CategorySet, HoldsEveryIdInAnyWord) {
  for (int id : {0, 1, 63, 64, 127, 128, 191, 192, 255}) {
    CategorySet one = set_of({id});
    EXPECT_EQ(one.size(), 1);
    EXPECT_TRUE(one.contains(CategoryId{static_cast<std::uint16_t>(id)}));
    EXPECT_FALSE(one.contains(CategoryId{static_cast<std::uint16_t>(id ^ 1)}));
    one.erase(CategoryId{static_cast<std::uint16_t>(id)});
    EXPECT_TRUE(one.empty());
  }
}

TEST(CategorySet, UnionIntersectionAndOrder) {
  const CategorySet a = set_of({200, 3, 64}), b = set_of({64, 5});
  EXPECT_EQ(a | b, set_of({3, 5, 64, 200}));
  EXPECT_EQ(a & b, set_of({64}));
  std::vector<int> seen;
  (a | b).for_each([&](CategoryId id) { seen.push_back(id.value); });
  EXPECT_EQ(seen, (std::vector<int>{3, 5, 64, 200}));
}

TEST(CategorySet, WordsAreTheFormOnDisk) {
  const CategorySet set = set_of({0, 65, 255});
  EXPECT_EQ(set.words()[0], 1u);
  EXPECT_EQ(set.words()[1], 2u);
  EXPECT_EQ(set.words()[3], std::uint64_t{1} << 63);
  EXPECT_EQ(CategorySet::from_words(set.words()), set);
}

}  // namespace
}  // namespace citygate
