#include "base/percent_encoding.h"

#include <gtest/gtest.h>

namespace citygate {
namespace {

TEST(PercentEncoding, WhatEncodesNothingStays) {
  EXPECT_EQ(percent_decoded("%41%6a%2F"), "Aj/");
  EXPECT_EQ(percent_decoded("100%, %4, %zz, %4"), "100%, %4, %zz, %4");
  EXPECT_EQ(percent_decoded("%2541"), "%41") << "once";
}

TEST(PercentEncoding, APlusIsASpaceInForms) {
  EXPECT_EQ(percent_decoded("a+b%2B"), "a+b+");
  EXPECT_EQ(percent_decoded("a+b%2B", Plus::IsSpace), "a b+");
}

TEST(PercentEncoding, AllButUnreservedCharactersAreEncoded) {
  EXPECT_EQ(percent_encoded("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encoded("a b/c?\"'%\r\n\xc3\xa9"), "a%20b%2Fc%3F%22%27%25%0D%0A%C3%A9");
  EXPECT_EQ(percent_encoded("http://a/?b", "/:"), "http://a/%3Fb");
  std::string every;
  for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<char>(byte));
  EXPECT_EQ(percent_decoded(percent_encoded(every)), every);
}

}  // namespace
}  // namespace citygate
