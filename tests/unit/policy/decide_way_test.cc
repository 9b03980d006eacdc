// What the way to a destination says: circumvention, tunnels that hide, and what the city itself named.
#include "tests/unit/policy/decide_fixture.h"

namespace citygate::policy {
namespace {

TEST_F(Decide, CircumventionUnlessSanctionedByName) {
  const auto reason = [&](std::string_view authority) {
    Request request(city_, "pat", {"vpn"});
    EXPECT_TRUE(parse_authority(authority, request.target));
    return of(request).reason;
  };
  EXPECT_EQ(reason("vpn.example:443"), Reason::Circumvention);
  EXPECT_EQ(reason("vpn.city.example:443"), Reason::Work);
  EXPECT_EQ(reason("eu.vpn.city.example:443"), Reason::Work);
  EXPECT_EQ(reason("xvpn.city.example:443"), Reason::Circumvention) << "not at a label's border";
  EXPECT_EQ(reason("city.example:443"), Reason::Circumvention);
}

TEST_F(Decide, TunnelToABareAddressIsCircumvention) {
  const auto reason = [&](std::string_view authority) {
    Request request(city_, "pat", {});
    EXPECT_TRUE(parse_authority(authority, request.target));
    return of(request).reason;
  };
  EXPECT_EQ(reason("93.184.216.34:443"), Reason::Circumvention);
  EXPECT_EQ(reason("93.184.216.40:443"), Reason::Uncategorised) << "sanctioned";
  EXPECT_EQ(reason("10.1.0.9:443"), Reason::Uncategorised) << "the city's own range";
}

// The sign alone refuses: a taxonomy without the category, or a case without it, opens nothing.
TEST_F(Decide, WhatATunnelHidesIsCircumventionUnlessItIsTheCitysOwn) {
  struct Row {
    TunnelSign sign;
    std::string_view category;
  };
  for (const auto& [sign, category] :
       {Row{TunnelSign::NotTls, "not-tls"}, {TunnelSign::NoServerName, "no-server-name"}})
    for (const bool named : {true, false}) {
      Request request(city_, "pat", {});
      if (named) request.facts.categories.insert(city_.category(category));
      request.facts.stage = Stage::Hello;
      request.facts.sign = sign;
      const auto to = [&](std::string_view authority) {
        EXPECT_TRUE(parse_authority(authority, request.target));
        return of(request);
      };
      const Verdict refused = to("site.example:443");
      EXPECT_EQ(refused.reason, Reason::Circumvention);
      EXPECT_EQ(refused.category, city_.category(category));
      EXPECT_EQ(refused.stage, Stage::Hello);
      EXPECT_EQ(to("vpn.city.example:443").reason, Reason::Uncategorised) << "sanctioned; no list names the site";
      EXPECT_EQ(to("10.1.0.9:443").reason, Reason::Uncategorised) << "the city's own range";
      const IpAddress both[] = {*IpAddress::parse("10.1.0.9"), *IpAddress::parse("93.184.216.34")};
      request.facts.addresses = std::span(both).first(1);
      EXPECT_EQ(to("site.example:443").reason, Reason::Uncategorised) << "a name that leads into it";
      request.facts.addresses = both;
      EXPECT_EQ(to("site.example:443").reason, Reason::Circumvention) << "and not only there";
      request.facts.listed_host = true;
      EXPECT_EQ(to("site.example:443").reason, Reason::Uncategorised) << "in the [hosts] table";
      request.facts.categories.insert(city_.category("vpn"));
      EXPECT_EQ(to("site.example:443").category, city_.category("vpn")) << "which opens no service of others";
    }
}

TEST_F(Decide, ABareAddressIsNamedAsSuch) {
  Request request(city_, "pat", {});
  ASSERT_TRUE(parse_authority("93.184.216.34:443", request.target));
  EXPECT_EQ(of(request).category, city_.category("bare-ip"));
  request.facts.listed_host = true;
  request.facts.categories.insert(city_.category("bare-ip"));
  EXPECT_EQ(of(request).reason, Reason::Uncategorised);
}

TEST_F(Decide, WhatConnectPortsOpensIsNotRefusedForBeingUnusual) {
  City city;
  std::string text(kDecidePolicy);
  text.replace(text.find("private ="), 0, "connect_ports = [\"443\", \"2222\"]\n");
  ASSERT_TRUE(city.load(text)) << city.problems().to_string();
  Request request(city, "pat", {"tunnel-port"});
  ASSERT_TRUE(parse_authority("site.example:2222", request.target));
  EXPECT_EQ(city.decide(request.facts).reason, Reason::Uncategorised);
  ASSERT_TRUE(parse_authority("site.example:2223", request.target));
  EXPECT_EQ(city.decide(request.facts).reason, Reason::ForbiddenPort);
  text += "[[rule]]\nname = \"ports\"\ncategories = [\"tunnel-port\"]\naction = \"block\"\n";
  ASSERT_TRUE(city.load(text)) << city.problems().to_string();
  ASSERT_TRUE(parse_authority("site.example:2222", request.target));
  EXPECT_EQ(city.decide(request.facts).reason, Reason::Blocked);
}

TEST_F(Decide, TunnelsMayBeOpenedByTheirTable) {
  City open;
  ASSERT_TRUE(open.load(std::string(kDecidePolicy) + "[tunnels]\nnot_tls = \"allow\"\n"))
      << open.problems().to_string();
  Request request(open, "pat", {"not-tls"});
  ASSERT_TRUE(parse_authority("site.example:443", request.target));
  request.facts.sign = TunnelSign::NotTls;
  EXPECT_EQ(open.decide(request.facts).reason, Reason::Uncategorised);
  request.facts.sign = TunnelSign::NoServerName;
  EXPECT_EQ(open.decide(request.facts).reason, Reason::Circumvention) << "the other one stays closed";
  Request gambling(open, "pat", {"not-tls", "gambling"});
  gambling.facts.sign = TunnelSign::NotTls;
  EXPECT_EQ(open.decide(gambling.facts).reason, Reason::Prohibited);
}

// What is not circumvention by itself is a rule's to say; where the city named the destination, nothing is hidden.
TEST_F(Decide, ARuleOnASignOfTheWayHoldsWhereTheSignAloneRefusesNothing) {
  City city;
  std::string text(kDecidePolicy);
  text.replace(text.find("[department.quota.time]"), 0,
               "[[department.rule]]\nname = \"plain\"\ncategories = [\"not-tls\", \"no-server-name\"]\n"
               "action = \"block\"\n");
  text +=
      "[tunnels]\nnot_tls = \"allow\"\nno_server_name = \"allow\"\n"
      "[[rule]]\nname = \"no-numbers\"\ncategories = [\"bare-ip\"]\naction = \"block\"\n";
  ASSERT_TRUE(city.load(text)) << city.problems().to_string();
  struct Row {
    std::string_view person, authority, category;
    Scheme scheme;
    TunnelSign sign;
    Reason reason;
    std::string_view rule;
  };
  using enum TunnelSign;
  for (const Row& row : {
           Row{"pat", "93.184.216.34:80", "bare-ip", Scheme::Http, None, Reason::Blocked, "no-numbers"},
           {"pat", "93.184.216.34:443", "bare-ip", Scheme::Tunnel, None, Reason::Circumvention, "no-numbers"},
           {"pat", "93.184.216.40:80", "bare-ip", Scheme::Http, None, Reason::Uncategorised, ""},  // sanctioned
           {"pat", "10.1.0.9:80", "bare-ip", Scheme::Http, None, Reason::Uncategorised, ""},       // the city's own
           {"pat", "site.example:443", "not-tls", Scheme::Tunnel, NotTls, Reason::Uncategorised, ""},
           {"sam", "site.example:443", "not-tls", Scheme::Tunnel, NotTls, Reason::Blocked, "police/plain"},
           {"sam", "site.example:443", "no-server-name", Scheme::Tunnel, NoServerName, Reason::Blocked, "police/plain"},
           {"sam", "vpn.city.example:443", "not-tls", Scheme::Tunnel, NotTls, Reason::Uncategorised, ""},
           {"sam", "10.1.0.9:443", "not-tls", Scheme::Tunnel, NotTls, Reason::Uncategorised, ""},
       }) {
    Request request(city, row.person, {row.category});
    ASSERT_TRUE(parse_authority(row.authority, request.target));
    request.target.scheme = row.scheme;
    request.facts.sign = row.sign;
    const Verdict verdict = city.decide(request.facts);
    EXPECT_EQ(verdict.reason, row.reason) << row.person << ' ' << row.authority << ' ' << row.category;
    EXPECT_EQ(city.rule_name(verdict.rule), row.rule) << row.person << ' ' << row.authority << ' ' << row.category;
  }
}

TEST(DecideBlock, BlockedCircumventionIsOpenWhereSanctionedAndProhibitedIsNot) {
  for (const std::string action : {"block", "prohibit"}) {
    City city;
    ASSERT_TRUE(
        city.load("[city]\nname = \"X\"\ntime_zone = \"UTC\"\n[[sanctioned]]\ntitle = \"VPN\"\n"
                  "hosts = [\"site.example\"]\nowner = \"it\"\nuntil = 2035-01-01\n"
                  "[[rule]]\nname = \"r\"\ncategories = [\"vpn\"]\naction = \"" +
                  action + "\"\n"))
        << city.problems().to_string();
    const auto reason = city.decide(Request(city, "pat", {"vpn"}).facts).reason;
    EXPECT_EQ(reason, action == "block" ? Reason::Work : Reason::Prohibited);
  }
}

}  // namespace
}  // namespace citygate::policy
