#include <gtest/gtest.h>

#include "tests/unit/policy/support.h"

namespace citygate::policy {
namespace {

using std::chrono::minutes;

constexpr std::string_view kPolicy = R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
[[window]]
name = "lunch"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "12:00"
to = "13:00"
[[window]]
name = "night"
days = ["sun"]
from = "22:00"
to = "06:00"
[[quota]]
name = "time"
minutes_per_day = 30
[[quota]]
name = "volume"
megabytes_per_day = 500
[[quota]]
name = "both"
minutes_per_day = 10
megabytes_per_day = 1
[[rule]]
name = "no-gambling"
categories = ["gambling"]
action = "prohibit"
[[rule]]
name = "no-pornography"
categories = ["pornography"]
action = "prohibit"
[[rule]]
name = "weapons"
categories = ["weapons"]
action = "warn"
[[rule]]
name = "social"
categories = ["social"]
action = "personal"
windows = ["lunch", "night"]
quota = "both"
[[rule]]
name = "news"
categories = ["news"]
action = "personal"
quota = "time"
[[rule]]
name = "video"
categories = ["video", "streaming-media"]
action = "streaming"
quota = "volume"
[[department]]
name = "police"
[[department.rule]]
name = "no-games"
categories = ["games"]
action = "block"
[department.quota.time]
minutes_per_day = 20
[destinations]
ports = ["80", "8000-8999"]
private = ["10.1.0.0/16"]
[[sanctioned]]
title = "VPN"
hosts = ["vpn.city.example", "93.184.216.40"]
owner = "it"
until = 2035-01-01
[[grant]]
kind = "law-enforcement"
case = "2026-0417"
units = ["vice"]
department = "police"
categories = ["gambling"]
start = 2026-11-01
end = 2026-12-31
)";

class Decide : public ::testing::Test {
 protected:
  Decide() {
    const bool loaded = city_.load(kPolicy);
    EXPECT_TRUE(loaded) << city_.problems().to_string();
  }

  Verdict of(const Request& request) const { return city_.decide(request.facts); }
  std::string opens(const Verdict& verdict) const { return city_.rules().zone().format(verdict.opens_at); }
  std::string good(const Verdict& verdict) const { return city_.rules().zone().format(verdict.good_until); }

  City city_;
};

// --- 1 and 2: access and destinations ---

TEST_F(Decide, UnknownPersonIsAskedWhoTheyAre) {
  const Verdict verdict = of(Request(city_, "nobody", {"gambling"}));
  EXPECT_EQ(verdict.ruling, Ruling::Authenticate);
  EXPECT_EQ(verdict.reason, Reason::UnknownPerson);
}

TEST_F(Decide, PrivateAddressesAreRefusedAtEveryStage) {
  Request literal(city_, "pat", {});
  ASSERT_TRUE(parse_url("http://192.168.1.1/", literal.target));
  EXPECT_EQ(of(literal).reason, Reason::UnsafeDestination);
  ASSERT_TRUE(parse_url("http://10.1.2.3/", literal.target));
  EXPECT_EQ(of(literal).ruling, Ruling::Allow) << "listed in [destinations] private";
  ASSERT_TRUE(parse_url("http://93.184.216.34/", literal.target));
  EXPECT_EQ(of(literal).ruling, Ruling::Allow);

  Request resolved(city_, "pat", {});
  resolved.facts.stage = Stage::Resolved;
  const IpAddress both[] = {*IpAddress::parse("93.184.216.34"), *IpAddress::parse("127.0.0.1")};
  resolved.facts.addresses = both;
  EXPECT_EQ(of(resolved).reason, Reason::UnsafeDestination) << "one bad address among good ones is enough";
  EXPECT_EQ(of(resolved).stage, Stage::Resolved);
  resolved.facts.listed_host = true;
  EXPECT_EQ(of(resolved).ruling, Ruling::Allow) << "the configuration's own [hosts] answered";
  resolved.facts.listed_host = false;
  resolved.facts.addresses = std::span(both).first(1);
  EXPECT_EQ(of(resolved).ruling, Ruling::Allow);
}

// What leads back to the gateway is a loop, whatever names it and whoever meant it.
TEST_F(Decide, TheGatewaysOwnAddressIsRefused) {
  Request request(city_, "pat", {});
  request.facts.own_address = true;
  for (const Stage stage : {Stage::Request, Stage::Resolved, Stage::Hello}) {
    request.facts.stage = stage;
    EXPECT_EQ(of(request).ruling, Ruling::Refuse);
    EXPECT_EQ(of(request).reason, Reason::OwnAddress);
  }
  request.facts.listed_host = true;
  EXPECT_EQ(of(request).reason, Reason::OwnAddress);
}

TEST_F(Decide, PortsOfPlainRequestsAndOfConnect) {
  const auto reason = [&](std::string_view url) {
    Request request(city_, "pat", {});
    if (url.starts_with("http"))
      EXPECT_TRUE(parse_url(url, request.target));
    else
      EXPECT_TRUE(parse_authority(url, request.target));
    request.target.scheme = url.starts_with("http") ? Scheme::Http : Scheme::Tunnel;
    return of(request).reason;
  };
  EXPECT_EQ(reason("http://site.example/"), Reason::Uncategorised);
  EXPECT_EQ(reason("http://site.example:8000/"), Reason::Uncategorised);
  EXPECT_EQ(reason("http://site.example:8999/"), Reason::Uncategorised);
  EXPECT_EQ(reason("http://site.example:9000/"), Reason::ForbiddenPort);
  EXPECT_EQ(reason("http://site.example:443/"), Reason::ForbiddenPort) << "`ports` replaces the default";
  EXPECT_EQ(reason("site.example:443"), Reason::Uncategorised) << "without connect_ports, 443 it is";
  EXPECT_EQ(reason("site.example:80"), Reason::ForbiddenPort);
}

TEST_F(Decide, MalwareIsRefusedForEverybody) {
  for (const std::string_view person : {"pat", "mia"}) {
    const Verdict verdict = of(Request(city_, person, {"news", "malware", "gambling"}));
    EXPECT_EQ(verdict.reason, Reason::Malware);
    EXPECT_EQ(verdict.category, city_.category("malware"));
    EXPECT_EQ(verdict.sealed, person == "mia") << "what a grant covers is sealed however it ends";
  }
}

// --- 3 and 4: prohibited, and the grant that lifts it ---

TEST_F(Decide, ProhibitedAtAnyHour) {
  for (const auto hour : {"2026-11-20T12:30:00", "2026-11-22T23:00:00", "2026-11-21T03:00:00"}) {
    const Verdict verdict = of(Request(city_, "pat", {"gambling", "social"}, hour));
    EXPECT_EQ(verdict.ruling, Ruling::Refuse);
    EXPECT_EQ(verdict.reason, Reason::Prohibited);
    EXPECT_EQ(city_.rule_name(verdict.rule), "no-gambling");
    EXPECT_EQ(verdict.opens_at, WallTime::max());
  }
}

TEST_F(Decide, SealedGrantLiftsItsCategoryForItsOfficers) {
  const Verdict mia = of(Request(city_, "mia", {"gambling"}));
  EXPECT_EQ(mia.ruling, Ruling::Allow);
  EXPECT_EQ(mia.reason, Reason::SealedGrant);
  EXPECT_TRUE(mia.sealed);
  EXPECT_EQ(mia.charge, Charge{});
  EXPECT_EQ(mia.category, city_.category("gambling"));
  EXPECT_EQ(city_.names().name(NameKind::Grant, mia.grant.value), "law-enforcement/2026-0417");
  EXPECT_EQ(good(mia), "2026-12-31 00:00:00 CST") << "the first day on which it no longer holds";

  const Verdict sam = of(Request(city_, "sam", {"gambling"}));
  EXPECT_EQ(sam.reason, Reason::Prohibited);
  EXPECT_FALSE(sam.sealed);
  EXPECT_FALSE(sam.grant);
}

TEST_F(Decide, SealedGrantHoldsFromStartUntilEnd) {
  Request request(city_, "mia", {"gambling"}, "2026-10-31T23:59:59");
  EXPECT_EQ(of(request).reason, Reason::Prohibited);
  request.at(city_, "2026-11-01T00:00:00");
  EXPECT_EQ(of(request).reason, Reason::SealedGrant);
  request.at(city_, "2026-12-30T23:59:59");
  EXPECT_EQ(of(request).reason, Reason::SealedGrant);
  request.at(city_, "2026-12-31T00:00:00");
  EXPECT_EQ(of(request).reason, Reason::Prohibited);
}

TEST_F(Decide, SealedGrantLiftsNothingElse) {
  const Verdict other = of(Request(city_, "mia", {"gambling", "pornography"}));
  EXPECT_EQ(other.reason, Reason::Prohibited);
  EXPECT_EQ(city_.rule_name(other.rule), "no-pornography");
  EXPECT_TRUE(other.sealed) << "the record of the refusal is the case's as well";
  EXPECT_EQ(of(Request(city_, "mia", {"gambling", "vpn"})).reason, Reason::Circumvention);
  EXPECT_EQ(of(Request(city_, "mia", {"gambling", "malware"})).reason, Reason::Malware);
  EXPECT_EQ(of(Request(city_, "mia", {"gambling", "games"})).reason, Reason::Blocked);
  EXPECT_EQ(of(Request(city_, "mia", {"gambling", "weapons"})).ruling, Ruling::Warn);
  EXPECT_EQ(of(Request(city_, "mia", {"gambling", "social"}, "2026-11-20T14:00:00")).reason, Reason::OutsideWindow);
}

TEST_F(Decide, SealedExchangeChargesNothing) {
  const Verdict verdict = of(Request(city_, "mia", {"gambling", "news", "video"}));
  EXPECT_EQ(verdict.reason, Reason::SealedGrant);
  EXPECT_EQ(verdict.charge, Charge{});
  EXPECT_EQ(good(verdict), "2026-11-21 00:00:00 CST")
      << "the quotas of the other categories are asked again at midnight";
}

// --- 5: circumvention ---

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
  std::string text(kPolicy);
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
  ASSERT_TRUE(open.load(std::string(kPolicy) + "[tunnels]\nnot_tls = \"allow\"\n")) << open.problems().to_string();
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
  std::string text(kPolicy);
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

// --- 7 and 8: actions, strictest first ---

TEST_F(Decide, BlockedInOneDepartmentOnly) {
  const Verdict police = of(Request(city_, "sam", {"games", "news"}));
  EXPECT_EQ(police.reason, Reason::Blocked);
  EXPECT_EQ(city_.rule_name(police.rule), "police/no-games");
  const Verdict clerk = of(Request(city_, "pat", {"games"}));
  EXPECT_EQ(clerk.ruling, Ruling::Allow);
  EXPECT_EQ(clerk.reason, Reason::NoQuota) << "no rule names it: personal by nature, counted, without limit";
  EXPECT_FALSE(clerk.rule);
  EXPECT_FALSE(clerk.charge.quota);
  EXPECT_TRUE(clerk.charge.minutes);
  EXPECT_EQ(clerk.good_until, WallTime::max());
}

TEST_F(Decide, WarningOnceThenTheRest) {
  Request request(city_, "pat", {"weapons"});
  Verdict verdict = of(request);
  EXPECT_EQ(verdict.ruling, Ruling::Warn);
  EXPECT_EQ(verdict.reason, Reason::WarningShown);
  EXPECT_EQ(city_.rule_name(verdict.rule), "weapons");
  request.facts.warned = true;
  verdict = of(request);
  EXPECT_EQ(verdict.ruling, Ruling::Allow);
  EXPECT_EQ(verdict.reason, Reason::Warned);
  EXPECT_EQ(verdict.category, city_.category("weapons"));

  Request both(city_, "pat", {"weapons", "news"});
  EXPECT_EQ(of(both).reason, Reason::WarningShown);
  both.facts.warned = true;
  EXPECT_EQ(of(both).reason, Reason::WithinQuota);
  both.facts.warned = false;
  both.usage.today[city_.quota("time")].attended = minutes(30);
  EXPECT_EQ(of(both).reason, Reason::MinutesUsedUp);
}

TEST_F(Decide, MinutesUntilTheyAreUsedUp) {
  Request request(city_, "pat", {"news"});
  const auto pot = city_.quota("time");
  request.usage.today[pot].attended = minutes(30) - std::chrono::milliseconds(1);
  Verdict verdict = of(request);
  EXPECT_EQ(verdict.reason, Reason::WithinQuota);
  EXPECT_EQ(verdict.charge, (Charge{pot, city_.category("news"), true, false}));
  EXPECT_EQ(verdict.minutes_limit, minutes(30));
  EXPECT_EQ(verdict.bytes_limit, 0U);
  EXPECT_EQ(verdict.used, request.usage.today[pot]);
  EXPECT_EQ(good(verdict), "2026-11-21 00:00:00 CST");
  EXPECT_EQ(request.usage.asked_day, request.facts.local.day);

  request.usage.today[pot].attended = minutes(30);
  verdict = of(request);
  EXPECT_EQ(verdict.ruling, Ruling::Refuse);
  EXPECT_EQ(verdict.reason, Reason::MinutesUsedUp);
  EXPECT_EQ(verdict.minutes_limit, minutes(30));
  EXPECT_EQ(opens(verdict), "2026-11-21 00:00:00 CST");
}

TEST_F(Decide, DepartmentHasItsOwnMeasure) {
  Request request(city_, "sam", {"news"});
  request.usage.today[city_.quota("time")].attended = minutes(20);
  EXPECT_EQ(of(request).reason, Reason::MinutesUsedUp);
  EXPECT_EQ(of(request).minutes_limit, minutes(20));
}

TEST_F(Decide, BytesUsedToTheLastAreUsedUp) {
  Request request(city_, "pat", {"video"});
  const auto pot = city_.quota("volume");
  request.usage.today[pot].streaming_bytes = 499'999'999;
  const Verdict verdict = of(request);
  EXPECT_EQ(verdict.reason, Reason::WithinQuota);
  EXPECT_EQ(verdict.charge, (Charge{pot, city_.category("video"), false, true}));
  EXPECT_EQ(verdict.bytes_limit, 500'000'000U);
  request.usage.today[pot].streaming_bytes = 500'000'000;
  EXPECT_EQ(of(request).reason, Reason::BytesUsedUp);
}

TEST_F(Decide, PersonalQuotaWithBytesCountsBoth) {
  Request request(city_, "pat", {"social"});
  const auto pot = city_.quota("both");
  Verdict verdict = of(request);
  EXPECT_TRUE(verdict.charge.minutes && verdict.charge.bytes);
  EXPECT_EQ(good(verdict), "2026-11-20 13:00:00 CST") << "the window's end comes before midnight";
  request.usage.today[pot].streaming_bytes = 1'000'000;
  verdict = of(request);
  EXPECT_EQ(verdict.reason, Reason::BytesUsedUp);
  EXPECT_EQ(opens(verdict), "2026-11-22 22:00:00 CST") << "refilled at midnight, but the next window is Sunday night";
}

TEST_F(Decide, OutsideTheWindow) {
  Request request(city_, "pat", {"social"}, "2026-11-20T11:59:59");
  Verdict verdict = of(request);
  EXPECT_EQ(verdict.reason, Reason::OutsideWindow);
  EXPECT_EQ(opens(verdict), "2026-11-20 12:00:00 CST");
  request.at(city_, "2026-11-20T12:00:00");
  EXPECT_EQ(of(request).ruling, Ruling::Allow);
  request.at(city_, "2026-11-20T12:59:59");
  EXPECT_EQ(of(request).ruling, Ruling::Allow);
  request.at(city_, "2026-11-20T13:00:00");
  EXPECT_EQ(of(request).reason, Reason::OutsideWindow);
  EXPECT_EQ(opens(of(request)), "2026-11-22 22:00:00 CST");
}

TEST_F(Decide, WindowPastMidnightBelongsToTheDayItStartsOn) {
  Request request(city_, "pat", {"social"}, "2026-11-22T22:00:00");  // Sunday
  EXPECT_EQ(good(of(request)), "2026-11-23 00:00:00 CST") << "the quota's day ends before the window";
  request.at(city_, "2026-11-23T05:59:59");
  EXPECT_EQ(good(of(request)), "2026-11-23 06:00:00 CST");
  request.at(city_, "2026-11-23T06:00:00");
  EXPECT_EQ(of(request).reason, Reason::OutsideWindow);
  request.at(city_, "2026-11-22T05:00:00");
  EXPECT_EQ(of(request).reason, Reason::OutsideWindow) << "Sunday's own early morning is Saturday's night";
}

TEST_F(Decide, EveryQuotaOfTheCategoriesMustBeOpen) {
  Request request(city_, "pat", {"news", "video"});
  Verdict verdict = of(request);
  EXPECT_EQ(verdict.charge, (Charge{city_.quota("volume"), city_.category("video"), true, true}))
      << "bytes can be counted nowhere else";
  request.usage.today[city_.quota("time")].attended = minutes(30);
  verdict = of(request);
  EXPECT_EQ(verdict.reason, Reason::MinutesUsedUp);
  EXPECT_EQ(city_.rule_name(verdict.rule), "news");

  Request two(city_, "pat", {"news", "social"});
  EXPECT_EQ(of(two).charge.quota, city_.quota("both")) << "of two personal rules the first in the file";
  two.usage.today[city_.quota("both")].attended = minutes(10);
  EXPECT_EQ(city_.rule_name(of(two).rule), "social");
}

TEST_F(Decide, WorkAndUncategorised) {
  const Verdict work = of(Request(city_, "pat", {"government"}));
  EXPECT_EQ(work.reason, Reason::Work);
  EXPECT_EQ(work.category, city_.category("government"));
  EXPECT_EQ(work.charge, Charge{});
  EXPECT_EQ(of(Request(city_, "pat", {})).reason, Reason::Uncategorised);
}

TEST_F(Decide, NobodyToChargeMeansNothingUsed) {
  Request request(city_, "pat", {"news"});
  request.facts.usage = nullptr;
  EXPECT_EQ(of(request).reason, Reason::WithinQuota);
  EXPECT_EQ(of(request).used, Usage{});
}

// --- errors ---

TEST_F(Decide, MissingOrContradictoryFactsRefuse) {
  Request request(city_, "pat", {});
  request.facts.target = nullptr;
  EXPECT_EQ(of(request).ruling, Ruling::Refuse);
  EXPECT_EQ(of(request).reason, Reason::PolicyError);
  Request unknown(city_, "pat", {"government"});
  unknown.facts.categories.insert(CategoryId{200});
  EXPECT_EQ(of(unknown).reason, Reason::PolicyError);
  Request stage(city_, "pat", {"government"});
  stage.facts.stage = static_cast<Stage>(99);
  EXPECT_EQ(of(stage).reason, Reason::PolicyError);
}

TEST(DecideErrors, OpenOnErrorOnlyForWhatIsKnownToBeHarmless) {
  City city;
  ASSERT_TRUE(city.load("[city]\nname = \"X\"\ntime_zone = \"UTC\"\n[on_error]\nother = \"allow\"\n"));
  const auto broken = [&](const std::vector<std::string_view>& categories) {
    Request request(city, "pat", categories);
    request.facts.target = nullptr;
    return city.decide(request.facts).ruling;
  };
  EXPECT_EQ(broken({"government"}), Ruling::Allow);
  EXPECT_EQ(broken({"gambling"}), Ruling::Refuse);
  EXPECT_EQ(broken({"vpn"}), Ruling::Refuse);
  EXPECT_EQ(broken({"malware"}), Ruling::Refuse);
  Request unknown(city, "pat", {});
  unknown.facts.categories.insert(CategoryId{200});
  EXPECT_EQ(city.decide(unknown.facts).ruling, Ruling::Refuse) << "it could be anything";
}

TEST(DecideDefaults, CategoriesThatNoRuleNames) {
  City city;
  ASSERT_TRUE(city.load("[city]\nname = \"X\"\ntime_zone = \"UTC\"\nuncategorised = \"block\"\n"));
  const auto of = [&](const std::vector<std::string_view>& categories) {
    return city.decide(Request(city, "pat", categories).facts);
  };
  EXPECT_EQ(of({"gambling"}).reason, Reason::Prohibited);
  EXPECT_FALSE(of({"gambling"}).rule);
  EXPECT_TRUE(of({"news"}).charge.minutes);
  EXPECT_TRUE(of({"video"}).charge.bytes);
  EXPECT_EQ(of({"weapons"}).reason, Reason::Work);
  EXPECT_EQ(of({}).reason, Reason::UncategorisedRefused);
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

// --- days of 23 and 25 hours ---

TEST_F(Decide, LunchOnTheDaysWhenClocksChange) {
  City city;
  ASSERT_TRUE(city.load(R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
[[window]]
name = "lunch"
days = ["sun"]
from = "12:00"
to = "13:00"
[[rule]]
name = "news"
categories = ["news"]
action = "personal"
windows = ["lunch"]
)")) << city.problems().to_string();
  struct Day {
    const char *name, *noon, *one;  // in UTC
  };
  for (const auto& day : {Day{"2026-03-08", "2026-03-08T17:00:00Z", "2026-03-08T18:00:00Z"},
                          Day{"2026-11-01", "2026-11-01T18:00:00Z", "2026-11-01T19:00:00Z"}}) {
    const WallTime noon = time(city, day.noon), one = time(city, day.one);
    Request request(city, "pat", {"news"}, std::string(day.name) + "T00:30:00");
    EXPECT_EQ(city.decide(request.facts).opens_at, noon) << "asked before the clocks change";
    request.at(city, noon - std::chrono::microseconds(1));
    EXPECT_EQ(city.decide(request.facts).opens_at, noon);
    request.at(city, noon);
    EXPECT_EQ(city.decide(request.facts).ruling, Ruling::Allow);
    EXPECT_EQ(city.decide(request.facts).good_until, one);
    request.at(city, one - std::chrono::microseconds(1));
    EXPECT_EQ(city.decide(request.facts).ruling, Ruling::Allow);
    EXPECT_EQ(city.decide(request.facts).good_until, one);
    request.at(city, one);
    EXPECT_EQ(city.decide(request.facts).reason, Reason::OutsideWindow);
  }
}

TEST_F(Decide, WindowInTheHourThatIsSkippedOrComesTwice) {
  City city;
  ASSERT_TRUE(city.load(R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
[[window]]
name = "night"
days = ["sun"]
from = "01:30"
to = "02:30"
[[rule]]
name = "news"
categories = ["news"]
action = "personal"
windows = ["night"]
)"));
  // Spring: 02:00 CST is 03:00 CDT, so the window's second half does not happen.
  Request spring(city, "pat", {"news"}, "2026-03-08T01:45:00");
  EXPECT_EQ(city.decide(spring.facts).good_until, time(city, "2026-03-08T08:00:00Z"));
  // Autumn: 01:30 CDT, back to 01:00 CST at 07:00Z, 01:30 CST again.
  Request autumn(city, "pat", {"news"});
  autumn.at(city, time(city, "2026-11-01T06:45:00Z"));
  EXPECT_EQ(city.decide(autumn.facts).good_until, time(city, "2026-11-01T07:00:00Z"));
  autumn.at(city, time(city, "2026-11-01T07:00:00Z"));
  EXPECT_EQ(city.decide(autumn.facts).reason, Reason::OutsideWindow);
  EXPECT_EQ(city.decide(autumn.facts).opens_at, time(city, "2026-11-01T07:30:00Z"));
  autumn.at(city, time(city, "2026-11-01T07:30:00Z"));
  EXPECT_EQ(city.decide(autumn.facts).good_until, time(city, "2026-11-01T08:30:00Z"));
}

TEST_F(Decide, QuotasRefillAtMidnightOnLongAndShortDays) {
  Request request(city_, "pat", {"news"}, "2026-03-08T00:00:00");
  EXPECT_EQ(of(request).good_until - request.facts.now, std::chrono::hours(23));
  request.at(city_, "2026-11-01T00:00:00");
  EXPECT_EQ(of(request).good_until - request.facts.now, std::chrono::hours(25));
}

TEST(DecideWindows, TwoThatNeverMeetNeverOpen) {
  City city;
  ASSERT_TRUE(city.load(R"(
[city]
name = "X"
time_zone = "UTC"
[[window]]
name = "a"
days = ["mon"]
from = "10:00"
to = "11:00"
[[window]]
name = "b"
days = ["tue"]
from = "10:00"
to = "11:00"
[[rule]]
name = "ra"
categories = ["news"]
action = "personal"
windows = ["a"]
[[rule]]
name = "rb"
categories = ["games"]
action = "personal"
windows = ["b"]
)")) << city.problems().to_string();
  const Verdict verdict = city.decide(Request(city, "pat", {"news", "games"}).facts);
  EXPECT_EQ(verdict.reason, Reason::OutsideWindow);
  EXPECT_EQ(verdict.opens_at, WallTime::max());
}

}  // namespace
}  // namespace citygate::policy
