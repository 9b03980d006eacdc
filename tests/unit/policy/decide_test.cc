// Access, destinations, prohibited categories and the grant that lifts them, actions, errors.
#include "tests/unit/policy/decide_fixture.h"

namespace citygate::policy {
namespace {

using std::chrono::minutes;

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

TEST_F(Decide, WorkAndUncategorised) {
  const Verdict work = of(Request(city_, "pat", {"government"}));
  EXPECT_EQ(work.reason, Reason::Work);
  EXPECT_EQ(work.category, city_.category("government"));
  EXPECT_EQ(work.charge, Charge{});
  EXPECT_EQ(of(Request(city_, "pat", {})).reason, Reason::Uncategorised);
}

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

}  // namespace
}  // namespace citygate::policy
