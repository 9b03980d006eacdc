#include "base/hex.h"

#include <gtest/gtest.h>

#include <array>

namespace citygate {
namespace {

TEST(Hex, WritesEachByteAsTwoDigits) {
  EXPECT_EQ(to_hex(std::array<std::uint8_t, 4>{0x00, 0x0f, 0xa0, 0xff}), "000fa0ff");
  EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, IsOursOnlyInItsOwnForm) {
  EXPECT_TRUE(is_hex("0123456789abcdef", 16));
  EXPECT_FALSE(is_hex("0123456789abcdef", 15));
  EXPECT_FALSE(is_hex("0123456789ABCDEF", 16));
  EXPECT_FALSE(is_hex("../../../etc/pas", 16));
  EXPECT_FALSE(is_hex({"\0\0", 2}, 2));
}

TEST(Hex, LowersDigitsAlone) {
  std::string text = "ABCDEFGZ0";
  lower_hex(text);
  EXPECT_EQ(text, "abcdefGZ0");
}

}  // namespace
}  // namespace citygate
