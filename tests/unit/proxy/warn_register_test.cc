#include "proxy/warn_register.h"

#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

TEST(WarnRegister, ATokenOpensForItsPersonCategoryAndDayAlone) {
  WarnRegister warnings;
  const PersonId mia{1}, tom{2};
  const CategoryId forums{7}, games{8};
  const std::string token = warnings.token(mia, forums, 100);
  EXPECT_FALSE(warnings.read(mia, forums, 100));
  EXPECT_FALSE(warnings.accept(token, tom, forums, 100));
  EXPECT_FALSE(warnings.accept(token, mia, games, 100));
  EXPECT_FALSE(warnings.accept(token, mia, forums, 101));
  EXPECT_FALSE(warnings.accept("", mia, forums, 100));
  EXPECT_TRUE(warnings.accept(token, mia, forums, 100));
  EXPECT_TRUE(warnings.read(mia, forums, 100));
  EXPECT_FALSE(warnings.read(tom, forums, 100));
  EXPECT_FALSE(warnings.read(mia, forums, 101)) << "a new day warns again";
}

TEST(WarnRegister, TokensOfAnotherProcessMeanNothing) {
  WarnRegister one, other;
  EXPECT_FALSE(other.accept(one.token({1}, {7}, 100), {1}, {7}, 100));
}

}  // namespace
}  // namespace citygate::proxy
