#include "proxy/desk.h"

#include "desk_fixture.h"

namespace citygate::proxy {
namespace {

using std::chrono::hours;

constexpr std::string_view kPeople = R"(
[[department]]
name = "clerk"
title = "City Clerk"
[[department]]
name = "police"
title = "Police"
[[person]]
name = "pat"
title = "Pat"
department = "clerk"
addresses = ["127.0.0.1"]
[[person]]
name = "kim"
title = "Kim"
department = "police"
[[device]]
name = "kiosk"
department = "clerk"
addresses = ["127.0.0.3"]
)";

class DeskTest : public DeskFixture {
 protected:
  DeskTest() { put_people(kPeople); }

  static IpAddress at(std::string_view address) { return *IpAddress::parse(address); }
  const policy::Person& person(std::string_view name) { return *snapshots_.people->by_name(name); }

  void sign_in(std::string_view name, std::string_view address) {
    const SessionTable::Session session{person(name).id, clock_.now(), clock_.now() + hours(8)};
    ASSERT_TRUE(sessions_.open(at(address), session, hash_cookie(name)).done);
  }
  // Asks for a page that is nobody's concern.
  const policy::Verdict& ask_from(std::string_view address) {
    case_.clear();
    EXPECT_TRUE(parse_url("http://intranet.example/", case_.target));
    desk_->identify_by_address(at(address), case_);
    desk_->classify(case_);
    return desk_->decide(case_, Stage::Request, {});
  }
  const policy::Verdict& ask_again() {
    desk_->refresh(case_);
    return desk_->decide(case_, Stage::Tick, {});
  }
  std::string who() { return names_.name(NameKind::Person, case_.subject.person.value); }

  Case case_;
};

TEST_F(DeskTest, ASessionGoesBeforeTheAddressMap) {
  EXPECT_EQ(ask_from("127.0.0.1").ruling, Ruling::Allow);
  EXPECT_EQ(who(), "pat");
  EXPECT_EQ(case_.subject.identity, IdentityMethod::Address);
  sign_in("kim", "127.0.0.1");
  EXPECT_EQ(ask_from("127.0.0.1").ruling, Ruling::Allow);
  EXPECT_EQ(who(), "kim");
  EXPECT_EQ(case_.subject.identity, IdentityMethod::Portal);
  EXPECT_EQ(case_.subject.department, snapshots_.people->department("police")->id);
}

TEST_F(DeskTest, ASessionEndsByItsLifetimeAndTheVerdictSaysWhen) {
  sign_in("kim", "127.0.0.77");
  EXPECT_EQ(ask_from("127.0.0.77").ruling, Ruling::Allow);
  EXPECT_EQ(case_.verdict.good_until, clock_.now() + hours(8));
  EXPECT_EQ(ask_again().ruling, Ruling::Allow);
  clock_.set(clock_.now() + hours(8));
  EXPECT_EQ(ask_again().ruling, Ruling::Authenticate);
  EXPECT_EQ(case_.verdict.reason, Reason::UnknownPerson);
  EXPECT_EQ(who(), "kim") << "what has passed stays hers";
  EXPECT_EQ(ask_from("127.0.0.77").reason, Reason::UnknownPerson);
  EXPECT_EQ(who(), "");
}

TEST_F(DeskTest, ASessionSaysNothingAtAnAddressOfManyPeople) {
  sign_in("kim", "127.0.0.77");
  case_.clear();
  case_.shared_address = true;
  EXPECT_TRUE(parse_url("http://intranet.example/", case_.target));
  desk_->identify_by_address(at("127.0.0.77"), case_);
  EXPECT_FALSE(case_.subject.person);
  desk_->identify_by_address(at("127.0.0.1"), case_);
  EXPECT_EQ(who(), "pat") << "by the directory";
}

TEST_F(DeskTest, SignedOutEndsWhatRuns) {
  sign_in("kim", "127.0.0.77");
  ask_from("127.0.0.77");
  EXPECT_TRUE(sessions_.close(at("127.0.0.77"), hash_cookie("kim")));
  EXPECT_EQ(ask_again().ruling, Ruling::Authenticate);
}

TEST_F(DeskTest, WhoseSessionAnOrderHasEndedIsRefusedByTheOrder) {
  sign_in("kim", "127.0.0.77");
  ask_from("127.0.0.77");
  EXPECT_EQ(sessions_.keep_only([](const SessionTable::Session&) { return false; }), 1U);
  policy::Standing suspended;
  suspended.barred = Reason::Suspended;
  suspended.barred_from = clock_.now();
  suspended.order = GrantId{7};
  policy::StandingTable standing;
  standing.set(person("kim").id, suspended);
  snapshots_.standing = std::make_shared<const policy::StandingTable>(standing);
  desk_->adopt(snapshots_);
  EXPECT_EQ(ask_again().ruling, Ruling::Refuse);
  EXPECT_EQ(case_.verdict.reason, Reason::Suspended);
  EXPECT_EQ(case_.verdict.grant, GrantId{7});
}

TEST_F(DeskTest, AnotherWhoSignsInAtTheAddressEndsWhatRuns) {
  sign_in("kim", "127.0.0.77");
  ask_from("127.0.0.77");
  sign_in("pat", "127.0.0.77");
  EXPECT_EQ(ask_again().ruling, Ruling::Authenticate);
  EXPECT_EQ(who(), "kim");
}

TEST_F(DeskTest, AnAddressThatIsAnothersNowEndsWhatRuns) {
  ask_from("127.0.0.1");
  std::string moved(kPeople);
  moved.replace(moved.find("127.0.0.1"), 9, "127.0.0.9");
  put_people(moved);
  EXPECT_EQ(ask_again().ruling, Ruling::Authenticate);
  EXPECT_EQ(case_.verdict.reason, Reason::UnknownPerson);
  EXPECT_EQ(who(), "pat");
}

TEST_F(DeskTest, WhoHasLeftTheDirectoryIsRevoked) {
  desk_->classify(case_);
  ask_from("127.0.0.1");
  desk_->identify_as(person("kim"), at("127.0.0.77"), case_);
  EXPECT_EQ(desk_->decide(case_, Stage::Request, {}).ruling, Ruling::Allow);
  std::string without(kPeople);
  without.replace(without.find("\"kim\""), 5, "\"lou\"");
  put_people(without);
  EXPECT_EQ(ask_again().ruling, Ruling::Refuse);
  EXPECT_EQ(case_.verdict.reason, Reason::Revoked);
  EXPECT_EQ(who(), "kim");
}

TEST_F(DeskTest, APasswordHoldsWhateverTheAddressIs) {
  ask_from("127.0.0.1");
  desk_->identify_as(person("kim"), at("127.0.0.1"), case_);
  sign_in("pat", "127.0.0.1");
  EXPECT_EQ(ask_again().ruling, Ruling::Allow);
  EXPECT_EQ(who(), "kim");
  EXPECT_EQ(case_.subject.identity, IdentityMethod::Basic);
}

TEST_F(DeskTest, WhoMovesToAnotherDepartmentGoesOnThere) {
  ask_from("127.0.0.1");
  std::string moved(kPeople);
  const auto pat = moved.find("\"Pat\"");
  moved.replace(moved.find("\"clerk\"", pat), 7, "\"police\"");
  put_people(moved);
  EXPECT_EQ(ask_again().ruling, Ruling::Allow);
  EXPECT_EQ(case_.subject.department, snapshots_.people->department("police")->id);
}

TEST_F(DeskTest, ADeviceIsOne) {
  ask_from("127.0.0.3");
  EXPECT_EQ(case_.subject.kind, policy::Subject::Kind::Device);
}

TEST_F(DeskTest, APersonsOwnDeviceIsOneOutsideOfAllNetworksAndDesks) {
  const auto personal = [this](std::string_view address) {
    ask_from(address);
    desk_->identify_as(person("kim"), at(address), case_);
    return case_.subject.personal_device;
  };
  EXPECT_FALSE(personal("203.0.113.9")) << "the policy does not ask";
  put_rules("[personal_devices]\naction = \"block\"\ncity_networks = [\"10.0.0.0/8\"]\n");
  EXPECT_TRUE(personal("203.0.113.9"));
  EXPECT_FALSE(personal("10.1.2.3")) << "in the city's network";
  EXPECT_FALSE(personal("127.0.0.1")) << "Pat's desk";
  sign_in("kim", "203.0.113.9");
  ask_from("203.0.113.9");
  EXPECT_TRUE(case_.subject.personal_device);
  ask_from("127.0.0.3");
  EXPECT_FALSE(case_.subject.personal_device) << "known by the address";
}

TEST_F(DeskTest, AGuestIsNobodyBeforeTheStayBegins) {
  put_people(R"(
[[department]]
name = "clerk"
title = "City Clerk"
[[person]]
name = "pat"
title = "Pat"
department = "clerk"
[[guest]]
name = "kay"
department = "clerk"
sponsor = "pat"
purpose = "audit"
start = 2026-11-23T19:00:00Z
end = 2026-11-30T19:00:00Z
addresses = ["127.0.0.8"]
)");
  ask_from("127.0.0.8");
  EXPECT_EQ(who(), "");
  clock_.set(clock_.now() + hours(1));  // 13:00 in the city
  ask_from("127.0.0.8");
  EXPECT_EQ(who(), "kay");
  EXPECT_EQ(case_.subject.kind, policy::Subject::Kind::Guest);
}

}  // namespace
}  // namespace citygate::proxy
