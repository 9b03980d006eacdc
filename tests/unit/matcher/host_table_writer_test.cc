// What a reader could not tell apart is not written: the caller is asked to begin again with another key.
#include "matcher/host_table_writer.h"

#include <gtest/gtest.h>

namespace citygate::matcher {
namespace {

HostItem item(std::uint64_t hash, std::uint64_t identity) { return {hash, identity, {1, 0, 1}}; }

class HostTableWriterTest : public testing::Test {
 protected:
  Result<void> add(std::initializer_list<HostItem> items) {
    return writer_.add(std::span(items.begin(), items.size()));
  }
  static bool collision(const Result<void>& added) { return !added && added.error().retryable; }

  HostTableWriter writer_{1, HashFamily::Xxh3, 640, 640};  // 101 homes
};

TEST_F(HostTableWriterTest, TwoNamesOfOneHashCollide) {
  EXPECT_TRUE(add({item(1, 7), item(1, 7)}).has_value());
  EXPECT_TRUE(collision(add({item(std::uint64_t{1} << 40, 7), item(std::uint64_t{1} << 40, 8)})));
}

TEST_F(HostTableWriterTest, TwoHashesOfOneTagCollide) {
  constexpr std::uint64_t kHash = std::uint64_t{1} << 40;
  EXPECT_TRUE(add({item(kHash, 1)}).has_value());
  EXPECT_TRUE(add({item(kHash + (1 << 20), 2)}).has_value());
  EXPECT_TRUE(collision(add({item(kHash + (1 << 20) + 1, 3)})));
}

TEST_F(HostTableWriterTest, NoNameStandsFurtherFromItsHomeThanAReaderLooks) {
  std::uint64_t hash = 1;
  for (int i = 0; i < 8 * 8; ++i) ASSERT_TRUE(add({item(hash += 1 << 20, 1)}).has_value()) << i;
  EXPECT_TRUE(collision(add({item(hash += 1 << 20, 1)})));
}

}  // namespace
}  // namespace citygate::matcher
