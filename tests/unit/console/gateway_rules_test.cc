// The text of the rules; that nft takes them and what they do stands in tests/integration/capture_test.py.
#include "app/gateway_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace citygate::app {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<proxy::ListenSpec> listeners(std::initializer_list<const char*> texts) {
  std::vector<proxy::ListenSpec> out;
  for (const char* text : texts) out.push_back(*proxy::ListenSpec::parse(text));
  return out;
}

std::string rules(const RulesRequest& request, std::initializer_list<const char*> texts) {
  const auto made = gateway_rules(request, listeners(texts));
  return made ? *made : "error: " + made.error().context;
}

TEST(GatewayRules, RedirectOfBothFamilies) {
  const auto text =
      rules({.interfaces = {"lan0", "wifi.20"}}, {"0.0.0.0:3128", "0.0.0.0:3130 redirect", "[::]:3131 redirect"});
  EXPECT_THAT(text, HasSubstr("iifname != { \"lan0\", \"wifi.20\" } return"));
  EXPECT_THAT(text, HasSubstr("meta nfproto ipv4 tcp dport { 80, 443 } redirect to :3130\n"));
  EXPECT_THAT(text, HasSubstr("meta nfproto ipv6 tcp dport { 80, 443 } redirect to :3131\n"));
  EXPECT_THAT(text, HasSubstr("udp dport 443 reject"));
  EXPECT_THAT(text, Not(HasSubstr("fwmark")));
}

// A family that nothing listens for must not pass by the gateway.
TEST(GatewayRules, AFamilyWithoutAListenerIsRejected) {
  const auto text = rules({.interfaces = {"lan0"}}, {"0.0.0.0:3130 redirect"});
  EXPECT_THAT(text, Not(HasSubstr("nfproto ipv6")));
  EXPECT_THAT(text, HasSubstr("tcp dport { 80, 443 } reject with tcp reset"));
}

TEST(GatewayRules, OneAddressIsReachedByDnat) {
  const auto text = rules({.interfaces = {"lan0"}}, {"10.0.0.1:3130 redirect", "[2001:db8::1]:3130 redirect"});
  EXPECT_THAT(text, HasSubstr("dnat ip to 10.0.0.1:3130"));
  EXPECT_THAT(text, HasSubstr("dnat ip6 to [2001:db8::1]:3130"));
}

TEST(GatewayRules, TproxyWithItsRoutes) {
  const auto text = rules({.interfaces = {"lan0"}, .mode = "tproxy"},
                          {"0.0.0.0:3130 redirect", "0.0.0.0:3131 tproxy", "[::]:3131 tproxy"});
  EXPECT_THAT(text, HasSubstr("tproxy ip to :3131 meta mark set 0x3128 accept"));
  EXPECT_THAT(text, HasSubstr("tproxy ip6 to :3131 meta mark set 0x3128 accept"));
  EXPECT_THAT(text, HasSubstr("#   ip rule add fwmark 0x3128 lookup 3128\n"));
  EXPECT_THAT(text, HasSubstr("#   ip -6 route add local ::/0 dev lo table 3128\n"));
}

TEST(GatewayRules, Exemptions) {
  const auto text = rules({.interfaces = {"lan0"},
                           .exempt = {"10.1.0.0/16", "10.0.0.0/8", "2001:db8::/32", "192.0.2.1", "10.0.0.0/8"},
                           .exempt_clients = {"192.168.7.0/24"}},
                          {"0.0.0.0:3130 redirect"});
  EXPECT_THAT(text, HasSubstr("ip daddr { 10.0.0.0/8, 192.0.2.1/32 } return"));
  EXPECT_THAT(text, HasSubstr("ip6 daddr { 2001:db8::/32 } return"));
  EXPECT_THAT(text, HasSubstr("ip saddr { 192.168.7.0/24 } return"));
}

TEST(GatewayRules, WhatCannotBeIsNamed) {
  const auto all = {"0.0.0.0:3130 redirect", "0.0.0.0:3131 tproxy"};
  EXPECT_THAT(rules({}, all), HasSubstr("--interface names"));
  EXPECT_THAT(rules({.interfaces = {"lan0\" drop"}}, all), HasSubstr("is no name of an interface"));
  EXPECT_THAT(rules({.interfaces = {"lan0"}}, all), HasSubstr("say which with --mode"));
  EXPECT_THAT(rules({.interfaces = {"lan0"}, .mode = "bridge"}, all), HasSubstr("redirect or tproxy, not 'bridge'"));
  EXPECT_THAT(rules({.interfaces = {"lan0"}, .mode = "tproxy"}, {"0.0.0.0:3130 redirect"}),
              HasSubstr("\"0.0.0.0:3130 tproxy\""));
  EXPECT_THAT(rules({.interfaces = {"lan0"}}, {"0.0.0.0:3128"}), HasSubstr("no entry of gateway.listen captures"));
  EXPECT_THAT(rules({.interfaces = {"lan0"}}, {"127.0.0.1:3130 redirect"}), HasSubstr("listen on 0.0.0.0:3130"));
  EXPECT_THAT(rules({.interfaces = {"lan0"}}, {"0.0.0.0:0 redirect"}), HasSubstr("fixed port"));
  EXPECT_THAT(rules({.interfaces = {"lan0"}, .exempt = {"10.1.2.3/8"}}, {"0.0.0.0:3130 redirect"}),
              HasSubstr("'10.1.2.3/8' is no address range"));
}

}  // namespace
}  // namespace citygate::app
