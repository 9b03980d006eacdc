#include "proxy/listen_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

using testing::HasSubstr;

TEST(ListenSpec, AddressAloneIsAPlainProxy) {
  const auto spec = ListenSpec::parse("127.0.0.1:3128");
  ASSERT_TRUE(spec) << spec.error().context;
  EXPECT_EQ(*spec, (ListenSpec{.address = *SocketAddress::parse("127.0.0.1:3128")}));
  EXPECT_FALSE(spec->captures());
}

TEST(ListenSpec, WordsCombineInAnyOrder) {
  const auto spec = ListenSpec::parse("[::]:3129  proxy-protocol tls ");
  ASSERT_TRUE(spec) << spec.error().context;
  EXPECT_TRUE(spec->tls);
  EXPECT_TRUE(spec->proxy_protocol);
  EXPECT_EQ(spec->to_string(), "[::]:3129 tls proxy-protocol");
}

TEST(ListenSpec, PrintsWhatItReadsBack) {
  for (const char* text : {"0.0.0.0:3128", "0.0.0.0:3129 tls", "10.0.0.1:3132 proxy-protocol",
                           "10.0.0.1:3132 tls proxy-protocol", "0.0.0.0:3130 redirect", "[::]:3131 tproxy"}) {
    const auto spec = ListenSpec::parse(text);
    ASSERT_TRUE(spec) << spec.error().context;
    EXPECT_EQ(spec->to_string(), text);
    EXPECT_EQ(ListenSpec::parse(spec->to_string()), *spec);
  }
}

TEST(ListenSpec, WhatMakesNoSenseIsNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "does not begin with an address"},
      {"localhost:3128", "does not begin with an address"},
      {"tls 0.0.0.0:3129", "does not begin with an address"},
      {"0.0.0.0:3129\ttls", "does not begin with an address"},
      {"0.0.0.0:3129 tsl", "did you mean 'tls'?"},
      {"0.0.0.0:3129 transparent", "tls, proxy-protocol, redirect or tproxy"},
      {"0.0.0.0:3129 tls tls", "says tls twice"},
      {"0.0.0.0:3130 redirect redirect", "says redirect twice"},
      {"0.0.0.0:3130 redirect tproxy", "both redirect and tproxy"},
      {"0.0.0.0:3130 redirect tls", "speaks to its own target"},
      {"0.0.0.0:3130 proxy-protocol tproxy", "comes from the client itself"},
  };
  for (const auto& [text, why] : cases) {
    const auto spec = ListenSpec::parse(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().kind, Error::Kind::Malformed);
    EXPECT_THAT(spec.error().context, HasSubstr(why));
  }
}

}  // namespace
}  // namespace citygate::proxy
