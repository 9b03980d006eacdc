#include "proxy/portal_address.h"

#include <gtest/gtest.h>

namespace citygate::proxy {
namespace {

PortalAddress portal() { return {.host = "gate.city.example", .port = 443, .key = PortalAddress::new_key()}; }

std::string_view value_of(std::string_view link, std::string_view name) {
  const auto at = link.find(std::string(name) + "=");
  if (at == link.npos) return {};
  const std::string_view rest = link.substr(at + name.size() + 1);
  return rest.substr(0, rest.find('&'));
}

TEST(PortalAddress, OriginNamesThePortWhereItIsNotTheUsualOne) {
  PortalAddress address = portal();
  EXPECT_EQ(address.origin(), "https://gate.city.example");
  address.port = 8443;
  EXPECT_EQ(address.origin(), "https://gate.city.example:8443");
}

TEST(PortalAddress, LinkLeadsBackToExactlyOnePlace) {
  const PortalAddress address = portal();
  const std::string to = "http://paper.example/a?b=c&d=%20 e";
  const std::string link = address.link_back(to);
  EXPECT_TRUE(link.starts_with(
      "https://gate.city.example/?to=http%3A%2F%2Fpaper.example%2Fa%3Fb%3Dc%26d%3D%2520%20e&signature="))
      << link;
  const std::string_view signature = value_of(link, "signature");
  EXPECT_EQ(signature.size(), 32U);
  EXPECT_TRUE(address.opens(to, signature));
  EXPECT_FALSE(address.opens("http://evil.example/", signature));
  EXPECT_FALSE(address.opens(to, ""));
  EXPECT_FALSE(address.opens(to, std::string(32, '0')));
}

TEST(PortalAddress, SignatureOfAnotherProcessOpensNothing) {
  const std::string link = portal().link_back("http://paper.example/");
  EXPECT_FALSE(portal().opens("http://paper.example/", value_of(link, "signature")));
}

TEST(PortalAddress, WhatIsTooLongIsLeftOut) {
  const PortalAddress address = portal();
  const std::string to = "http://paper.example/" + std::string(PortalAddress::kLongestTo, 'a');
  EXPECT_EQ(address.link_back(to), "https://gate.city.example/");
}

}  // namespace
}  // namespace citygate::proxy
