#include "proxy/limits/memory_budget.h"

#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

using Level = MemoryBudget::Level;
constexpr std::uint64_t kMega = 1 << 20;

TEST(MemoryBudget, WorkersCountTogether) {
  MemoryBudget budget(2);
  budget.start();
  ASSERT_GT(budget.base(), 0u);
  // Far above what this test itself may take meanwhile.
  budget.set_limit(budget.base() + 4'096 * kMega);
  auto one = budget.share(0), two = budget.share(1);
  EXPECT_EQ(one.level(), Level::Enough);
  one.report(2'000 * kMega);
  EXPECT_EQ(two.level(), Level::Enough);
  two.report(2'000 * kMega);
  EXPECT_EQ(one.level(), Level::Close);
  two.report(2'100 * kMega);
  EXPECT_EQ(one.level(), Level::Short);
  EXPECT_EQ(two.level(), Level::Short);
  one.report(0);
  EXPECT_EQ(two.level(), Level::Enough);
}

TEST(MemoryBudget, LimitBelowTheBaseIsShortAtOnce) {
  MemoryBudget budget(1);
  budget.start();
  budget.set_limit(budget.base() / 2);
  EXPECT_EQ(budget.level(), Level::Short);
  budget.set_limit(0);
  EXPECT_EQ(budget.limit(), machine_memory() / 2);
}

}  // namespace
}  // namespace citygate::proxy
