#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/grant_desk.h"

namespace citygate::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string exemption(GrantDesk& desk, std::string_view by = "pat") {
  auto name = desk.ask("exemption", by, {{"categories", "games"}});
  return name ? *name : "?" + name.error().context;
}

TEST(GrantFold, ComesIntoForceWithTheLastSignature) {
  GrantDesk desk;
  const std::string name = exemption(desk);
  EXPECT_EQ(desk.phase(name), GrantPhase::Waiting);
  ASSERT_TRUE(desk.approve(name, "kim"));
  EXPECT_FALSE(desk.in_force(name)) << "one of two";
  desk.at("2026-11-20T14:00:00");
  const auto last = desk.approve(name, "sue");
  ASSERT_TRUE(last) << said(last);
  EXPECT_EQ(last->field("step"), "supervisor");
  EXPECT_TRUE(desk.in_force(name));
  const auto grant = desk.fold.find(name);
  EXPECT_EQ(grant->grant.start, desk.clock.now()) << "not before the last approval";
  EXPECT_EQ(grant->grant.end, time(desk.city, "2026-11-27T12:00:00")) << "but the end does not move";
  EXPECT_THAT(grant->grant.subjects, ElementsAre(desk.city.people().by_name("pat")->id));
  EXPECT_TRUE(grant->grant.categories.contains(desk.city.category("games")));
  EXPECT_EQ(grant->steps[0].approved_by, "sue");
  EXPECT_EQ(grant->steps[1].approved_by, "kim");
}

TEST(GrantFold, InTheGivenOrderNobodySignsBeforeHisTurn) {
  GrantDesk desk;
  const auto name = desk.ask("law-enforcement", "mia", {{"case", "7"}, {"for", "mia sam"}, {"categories", "gambling"}});
  ASSERT_TRUE(name) << said(name);
  EXPECT_THAT(said(desk.approve(*name, "ray")), HasSubstr("it is not ray's turn"));
  EXPECT_THAT(said(desk.approve(*name, "ray", "police-chief")), HasSubstr("needs 'supervisor' first, from sgt"));
  ASSERT_TRUE(desk.approve(*name, "sgt"));
  ASSERT_TRUE(desk.approve(*name, "ray"));
  EXPECT_TRUE(desk.in_force(*name));
  EXPECT_TRUE(desk.fold.find(*name)->grant.sealed());
}

TEST(GrantFold, OneWhoHasTwoRolesTakesOneStepAndNotTheOneThatOnlyHeCanTake) {
  GrantDesk desk(R"([city]
name = "S"
time_zone = "America/Chicago"
[[rule]]
name = "no-games"
categories = ["games"]
action = "block"
[[approval]]
kind = "exemption"
steps = ["department-head", "auditor"]
)");
  // dana is the head of finance and the only auditor, and is asked about somebody of police.
  const auto other = desk.ask("exemption", "mia", {{"categories", "games"}});
  ASSERT_TRUE(other) << said(other);
  EXPECT_EQ(desk.steps(other), "department-head: ray; auditor: dana");
  EXPECT_THAT(said(desk.ask("exemption", "pat", {{"categories", "games"}})),
              HasSubstr("2 signatures of as many people"));
  ASSERT_TRUE(desk.approve(*other, "dana"));
  EXPECT_THAT(said(desk.approve(*other, "dana")), HasSubstr("has agreed to exemption/1 already, as 'auditor'"));
}

TEST(GrantFold, OneWhoAloneCanTakeAStepTakesThatOne) {
  GrantDesk desk(R"([city]
name = "S"
time_zone = "America/Chicago"
[[rule]]
name = "no-games"
categories = ["games"]
action = "block"
[[approval]]
kind = "exemption"
steps = ["bursar", "department-head"]
)");
  const auto name = desk.ask("exemption", "pat", {{"categories", "games"}});
  EXPECT_EQ(desk.steps(name), "bursar: carl, dana; department-head: dana");
  EXPECT_THAT(said(desk.approve(*name, "dana", "bursar")), HasSubstr("dana is needed for another step"));
  const auto first = desk.approve(*name, "dana");
  ASSERT_TRUE(first) << said(first);
  EXPECT_EQ(first->field("step"), "department-head");
  ASSERT_TRUE(desk.approve(*name, "carl"));
  EXPECT_TRUE(desk.in_force(*name));
}

TEST(GrantFold, WhoHasNoSayIsToldWhoHas) {
  GrantDesk desk;
  const std::string name = exemption(desk);
  EXPECT_THAT(said(desk.approve(name, "quinn")), HasSubstr("it is for supervisor (sue); it-director (kim)"));
  EXPECT_THAT(said(desk.approve(name, "pat")), HasSubstr("nobody approves the own request"));
  EXPECT_THAT(said(desk.approve(name, "sue", "it-directer")), HasSubstr("did you mean 'it-director'"));
  EXPECT_THAT(said(desk.approve(name, "sue", "it-director")), HasSubstr("sue"));
  EXPECT_THAT(said(desk.approve("exemption/7", "sue")), HasSubstr("did you mean 'exemption/1'"));
  EXPECT_THAT(said(desk.refuse(name, "quinn")), HasSubstr("has no say"));
  EXPECT_THAT(said(desk.withdraw(name, "sue")), HasSubstr("pat may withdraw it"));
}

TEST(GrantFold, ASuspendedApproverDoesNotSign) {
  GrantDesk desk;
  const std::string name = exemption(desk);
  desk.bar("sue", Reason::Suspended);
  EXPECT_THAT(said(desk.approve(name, "sue")), HasSubstr("sue is suspended"));
  EXPECT_THAT(said(desk.refuse(name, "sue")), HasSubstr("sue is suspended"));
}

// Every action in every state of a grant.
enum class Deed : std::uint8_t { Approve, ApproveOther, Refuse, WithdrawByRequester, WithdrawByApprover };
struct Cell {
  const char* state;
  Deed action;
  const char* says;  // "": done
};

class EveryAction : public ::testing::TestWithParam<Cell> {};

std::string in_state(GrantDesk& desk, std::string_view state) {
  const std::string name = exemption(desk);
  const bool half = state == "half", agreed = state == "in-force" || state == "lapsed" || state == "withdrawn";
  bool done = true;
  if (half || agreed) done = done && desk.approve(name, "sue");
  if (agreed) done = done && desk.approve(name, "kim");
  if (state == "refused") done = done && desk.refuse(name, "kim");
  if (state == "withdrawn") done = done && desk.withdraw(name, "kim");
  if (state == "given-up") done = done && desk.withdraw(name, "pat");
  EXPECT_TRUE(done) << state;
  if (state == "lapsed" || state == "unanswered") desk.at("2026-11-27T12:00:00");
  return name;
}

TEST_P(EveryAction, IsDoneOrRefusedInWords) {
  GrantDesk desk;
  const std::string name = in_state(desk, GetParam().state);
  const auto before = desk.fold.find(name);
  Result<Act> done;
  switch (GetParam().action) {
    case Deed::Approve: done = desk.approve(name, "sue"); break;
    case Deed::ApproveOther: done = desk.approve(name, "kim"); break;
    case Deed::Refuse: done = desk.refuse(name, "kim"); break;
    case Deed::WithdrawByRequester: done = desk.withdraw(name, "pat"); break;
    case Deed::WithdrawByApprover: done = desk.withdraw(name, "sue"); break;
  }
  const std::string_view says = GetParam().says;
  EXPECT_EQ(done.has_value(), says.empty()) << said(done);
  EXPECT_THAT(said(done), HasSubstr(std::string(says)));
  if (!done) {
    EXPECT_EQ(done.error().kind, Error::Kind::Refused);
    EXPECT_EQ(desk.fold.find(name)->state, before->state);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, EveryAction,
    ::testing::Values(
        Cell{"waiting", Deed::Approve, ""}, Cell{"waiting", Deed::ApproveOther, ""}, Cell{"waiting", Deed::Refuse, ""},
        Cell{"waiting", Deed::WithdrawByRequester, ""},
        Cell{"waiting", Deed::WithdrawByApprover, "it-director (kim) may refuse"},
        Cell{"half", Deed::Approve, "has agreed to exemption/1 already"}, Cell{"half", Deed::ApproveOther, ""},
        Cell{"half", Deed::Refuse, ""}, Cell{"half", Deed::WithdrawByRequester, ""},
        Cell{"half", Deed::WithdrawByApprover, "pat may withdraw"},
        Cell{"in-force", Deed::Approve, "is agreed to already"},
        Cell{"in-force", Deed::ApproveOther, "is agreed to already"},
        Cell{"in-force", Deed::Refuse, "withdraw it instead"}, Cell{"in-force", Deed::WithdrawByRequester, ""},
        Cell{"in-force", Deed::WithdrawByApprover, ""}, Cell{"lapsed", Deed::Approve, "lapsed on 2026-11-27"},
        Cell{"lapsed", Deed::ApproveOther, "lapsed on 2026-11-27"}, Cell{"lapsed", Deed::Refuse, "lapsed on"},
        Cell{"lapsed", Deed::WithdrawByRequester, "lapsed on"}, Cell{"lapsed", Deed::WithdrawByApprover, "lapsed on"},
        Cell{"unanswered", Deed::Approve, "nobody has decided"},
        Cell{"unanswered", Deed::ApproveOther, "nobody has decided"},
        Cell{"unanswered", Deed::Refuse, "nobody has decided"},
        Cell{"unanswered", Deed::WithdrawByRequester, "nobody has decided"},
        Cell{"unanswered", Deed::WithdrawByApprover, "nobody has decided"},
        Cell{"refused", Deed::Approve, "was refused by kim"}, Cell{"refused", Deed::ApproveOther, "was refused by kim"},
        Cell{"refused", Deed::Refuse, "was refused by kim"},
        Cell{"refused", Deed::WithdrawByRequester, "was refused by kim"},
        Cell{"refused", Deed::WithdrawByApprover, "was refused by kim"},
        Cell{"withdrawn", Deed::Approve, "was withdrawn by kim"},
        Cell{"withdrawn", Deed::ApproveOther, "was withdrawn by kim"},
        Cell{"withdrawn", Deed::Refuse, "was withdrawn by kim"},
        Cell{"withdrawn", Deed::WithdrawByRequester, "was withdrawn by kim"},
        Cell{"withdrawn", Deed::WithdrawByApprover, "was withdrawn by kim"},
        Cell{"given-up", Deed::Approve, "was withdrawn by pat"},
        Cell{"given-up", Deed::ApproveOther, "was withdrawn by pat"},
        Cell{"given-up", Deed::Refuse, "was withdrawn by pat"},
        Cell{"given-up", Deed::WithdrawByRequester, "was withdrawn by pat"},
        Cell{"given-up", Deed::WithdrawByApprover, "was withdrawn by pat"}),
    [](const auto& each) {
      std::string name = std::string(each.param.state) + std::to_string(static_cast<int>(each.param.action));
      std::erase(name, '-');
      return name;
    });

TEST(GrantFold, RefusalAndWithdrawalNeedAReason) {
  GrantDesk desk;
  const std::string name = exemption(desk);
  for (const auto kind : {ActKind::GrantRefuse, ActKind::GrantWithdraw}) {
    const auto done = desk.enact({.kind = kind,
                                  .author = kind == ActKind::GrantRefuse ? "sue" : "pat",
                                  .via = "",
                                  .reason = "",
                                  .subject = name});
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind, Error::Kind::Malformed);
  }
}

TEST(GrantFold, WhatIsWithdrawnIsOverAtOnce) {
  GrantDesk desk;
  const std::string name = exemption(desk);
  ASSERT_TRUE(desk.approve(name, "kim") && desk.approve(name, "sue"));
  ASSERT_TRUE(desk.withdraw(name, "kim"));
  EXPECT_FALSE(desk.in_force(name));
  const auto grant = desk.fold.find(name);
  EXPECT_EQ(grant->ended_by, "kim");
  EXPECT_EQ(grant->ended_why, "over");
  EXPECT_EQ(grant->ended_at, desk.clock.now());
}

TEST(GrantFold, ADeviceIsTheOneAtTheAddressThatWasNamed) {
  GrantDesk desk;
  const auto phone = desk.ask("personal-device", "pat", {{"address", "192.0.2.7"}, {"description", "phone"}});
  const auto any = desk.ask("personal-device", "pat", {{"description", "laptop"}});
  ASSERT_TRUE(phone && any) << said(phone) << said(any);
  EXPECT_EQ(desk.fold.find(*phone)->grant.device, IpAddress::parse("192.0.2.7"));
  EXPECT_EQ(desk.fold.find(*phone)->device, "192.0.2.7, phone");
  EXPECT_EQ(desk.fold.find(*any)->grant.device, std::nullopt);
}

TEST(GrantFold, TheSameActsGiveTheSameState) {
  GrantDesk desk;
  const std::string one = exemption(desk), two = exemption(desk, "quinn");
  const auto three = desk.ask("guest-account", "sue", {{"for", "joe"}});
  ASSERT_TRUE(desk.approve(one, "sue") && desk.approve(one, "kim") && desk.refuse(two, "kim") &&
              desk.approve(*three, "dora") && desk.withdraw(one, "sue"));
  MemoryNames names;
  GrantFold replayed;
  ASSERT_TRUE(desk.acts.scan(1, [&](const Act& act) {
    const auto done = replayed.apply(act, names);
    EXPECT_TRUE(done) << said(done);
    return true;
  }));
  std::vector<std::string> ours, theirs;
  const auto line = [](const GrantCase& each) {
    return each.grant.name + " " + std::to_string(static_cast<int>(each.state)) + " " + each.ended_by + " " +
           std::to_string(each.grant.start.time_since_epoch().count());
  };
  desk.fold.cases([&](const GrantCase& each) { return ours.push_back(line(each)), true; });
  replayed.cases([&](const GrantCase& each) { return theirs.push_back(line(each)), true; });
  EXPECT_EQ(ours, theirs);
  EXPECT_THAT(
      ours, ElementsAre(HasSubstr("guest-account/3 1"), HasSubstr("exemption/2 2 kim"), HasSubstr("exemption/1 3 sue")))
      << "the newest first";
  EXPECT_EQ(replayed.guests().size(), 1U);
}

TEST(GrantFold, ActsThatCannotBeAreNotFolded) {
  GrantDesk desk;
  const std::string name = exemption(desk);
  const auto apply = [&](ActKind kind, std::string author, ActFields fields, std::string subject) {
    return desk.fold.apply({.number = 9,
                            .time = desk.clock.now(),
                            .kind = kind,
                            .author = std::move(author),
                            .via = "",
                            .reason = "r",
                            .subject = std::move(subject),
                            .fields = std::move(fields)},
                           desk.city.names());
  };
  EXPECT_FALSE(apply(ActKind::GrantApprove, "quinn", {{"step", "supervisor"}}, name));
  EXPECT_FALSE(apply(ActKind::GrantApprove, "sue", {{"step", "it-director"}}, name));
  EXPECT_FALSE(apply(ActKind::GrantApprove, "sue", {{"step", "supervisor"}}, "exemption/5"));
  EXPECT_FALSE(apply(ActKind::GrantRequest, "sue", {{"kind", "exemption"}}, name));
  ASSERT_TRUE(desk.refuse(name, "sue"));
  EXPECT_FALSE(apply(ActKind::GrantApprove, "sue", {{"step", "supervisor"}}, name));
  EXPECT_FALSE(apply(ActKind::GrantWithdraw, "sue", {}, name));
}

}  // namespace
}  // namespace citygate::policy
