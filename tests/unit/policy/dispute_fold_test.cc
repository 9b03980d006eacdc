#include "policy/people/dispute_fold.h"

#include <gtest/gtest.h>

#include "tests/unit/policy/support.h"

namespace citygate::policy {
namespace {

constexpr std::string_view kPolicy = R"(
[city]
name = "Springfield"
time_zone = "America/Chicago"
)";
constexpr std::string_view kSomePeople = R"(
[[department]]
name = "clerk"
head = "hana"
[[department]]
name = "police"
[[person]]
name = "hana"
department = "clerk"
supervisor = "mona"
[[person]]
name = "pat"
department = "clerk"
supervisor = "sue"
[[person]]
name = "sue"
department = "clerk"
[[person]]
name = "mona"
department = "police"
[[device]]
name = "kiosk"
department = "clerk"
addresses = ["10.0.0.9"]
)";
const std::string kRecord = "00010a000000002f";

class DisputeFoldTest : public testing::Test {
 protected:
  DisputeFoldTest() : city(kSomePeople) { EXPECT_TRUE(city.load(kPolicy)) << city.problems().to_string(); }

  // As the registrar does it: "" when it was done, else why not.
  std::string enact(ActKind kind, std::string author, std::string subject, ActFields fields,
                    std::string reason = "so") {
    Act act{.number = number + 1,
            .time = clock.now(),
            .kind = kind,
            .author = std::move(author),
            .via = "portal, password, 10.0.0.1",
            .reason = std::move(reason),
            .subject = std::move(subject),
            .fields = std::move(fields)};
    const ActContext context{.people = city.people(),
                             .rules = city.rules(),
                             .standing = standing,
                             .taxonomy = city.taxonomy(),
                             .names = city.names(),
                             .now = clock.now(),
                             .next_number = number + 1};
    if (auto prepared = fold.prepare(act, context); !prepared) return prepared.error().context;
    if (auto applied = fold.apply(act, city.names()); !applied) return "apply: " + applied.error().context;
    ++number;
    kept.push_back(act);
    return {};
  }
  std::string open(std::string person, ActFields fields = {{"what", "www.example.org"}}) {
    return enact(ActKind::DisputeOpen, person, person, std::move(fields));
  }
  std::string decide(std::string author, std::string dispute, std::string verdict = "work", std::string reason = "so") {
    return enact(ActKind::DisputeDecide, std::move(author), std::move(dispute), {{"verdict", std::move(verdict)}},
                 std::move(reason));
  }

  City city;
  DrivenClock clock{*parse_time("2026-11-20T12:00:00Z", *Zone::open("America/Chicago"))};
  StandingTable standing;
  DisputeFold fold;
  std::uint64_t number = 0;
  std::vector<Act> kept;
};

TEST_F(DisputeFoldTest, IsOpenedAndDecidedByTheSupervisor) {
  ASSERT_EQ(open("pat", {{"record", kRecord}, {"what", "www.example.org"}}), "");
  auto dispute = fold.find(1);
  ASSERT_TRUE(dispute);
  EXPECT_EQ(dispute->person, "pat");
  EXPECT_EQ(dispute->record, kRecord);
  EXPECT_EQ(dispute->state, Dispute::State::Open);
  EXPECT_FALSE(dispute->wrong_category);
  ASSERT_EQ(decide("sue", "1", "personal", "a shop"), "");
  dispute = fold.find(1);
  EXPECT_EQ(dispute->state, Dispute::State::Personal);
  EXPECT_EQ(dispute->decided_by, "sue");
  EXPECT_EQ(dispute->decided_why, "a shop");
  EXPECT_EQ(dispute->decided_at, clock.now());
}

TEST_F(DisputeFoldTest, TheHeadOfTheDepartmentDecidesToo) {
  ASSERT_EQ(open("pat"), "");
  EXPECT_EQ(decide("hana", "1"), "");
}

TEST_F(DisputeFoldTest, NobodyElseDecides) {
  ASSERT_EQ(open("pat"), "");
  EXPECT_EQ(decide("mona", "1"), "about what 'pat' disputes sue or hana decides, not 'mona'");
  EXPECT_EQ(decide("pat", "1"), "nobody decides about the own dispute");
  EXPECT_EQ(fold.find(1)->state, Dispute::State::Open);
}

TEST_F(DisputeFoldTest, AHeadsOwnDisputeIsTheSupervisors) {
  ASSERT_EQ(open("hana"), "");
  EXPECT_EQ(decide("hana", "1"), "nobody decides about the own dispute");
  EXPECT_EQ(decide("mona", "1"), "");
}

TEST_F(DisputeFoldTest, WithoutAnybodyAboveTheErrorSaysSo) {
  ASSERT_EQ(open("mona"), "");
  EXPECT_EQ(
      decide("sue", "1"),
      "about what 'mona' disputes a supervisor or the head of the department, and there is none yet, decides, not "
      "'sue'");
}

TEST_F(DisputeFoldTest, WhatIsDecidedStaysDecided) {
  ASSERT_EQ(open("pat"), "");
  ASSERT_EQ(decide("sue", "1"), "");
  EXPECT_EQ(decide("hana", "1", "personal"), "sue has decided about dispute 1 at 2026-11-20 06:00:00 CST");
}

TEST_F(DisputeFoldTest, OnlyTheOwnUseIsDisputed) {
  EXPECT_EQ(enact(ActKind::DisputeOpen, "sue", "pat", {{"what", "www.example.org"}}),
            "'pat' disputes the own use, and nobody else does it");
  EXPECT_EQ(enact(ActKind::DisputeOpen, "pat", "", {{"what", "www.example.org"}}), "") << "the author is meant";
  EXPECT_EQ(fold.find(1)->person, "pat");
}

TEST_F(DisputeFoldTest, WhatIsMissingOrWrongIsToldInWords) {
  EXPECT_EQ(open("pat", {}), "say which record is disputed, or what site");
  EXPECT_NE(open("pat", {{"record", "12"}}).find("'12' is no number of a record"), std::string::npos);
  EXPECT_EQ(open("pat", {{"what", "a"}, {"claim", "fun"}}), "'claim' is work or category, not 'fun'");
  EXPECT_NE(open("pat", {{"what", "a"}, {"wat", "b"}}), "");
  EXPECT_EQ(enact(ActKind::DisputeOpen, "pat", "pat", {{"what", "a"}}, ""), "say why: a dispute needs a reason");
  EXPECT_NE(open("pat", {{"what", std::string(3'000, 'a')}}), "");
  ASSERT_EQ(open("pat", {{"what", "a"}, {"claim", "category"}}), "");
  EXPECT_TRUE(fold.find(1)->wrong_category);
  EXPECT_EQ(decide("sue", "1", "maybe"), "'verdict' is work or personal, not 'maybe'");
  EXPECT_EQ(decide("sue", "1", "work", ""), "say why: who disputed is shown the reason");
  for (const char* none : {"2", "0", "", "-1", "one", "1x"})
    EXPECT_NE(decide("sue", none).find("there is no dispute"), std::string::npos) << none;
}

TEST_F(DisputeFoldTest, ARecordIsDisputedOnce) {
  ASSERT_EQ(open("pat", {{"record", kRecord}}), "");
  EXPECT_EQ(open("pat", {{"record", kRecord}}), "the record " + kRecord + " is disputed already");
  ASSERT_EQ(decide("sue", "1"), "");
  EXPECT_NE(open("pat", {{"record", kRecord}}), "");
  EXPECT_EQ(open("pat"), "") << "sites may be disputed again";
  EXPECT_EQ(open("pat"), "");
}

TEST_F(DisputeFoldTest, NobodyBuriesTheSupervisorInDisputes) {
  for (std::size_t i = 0; i < DisputeFold::kMostOpen; ++i) ASSERT_EQ(open("pat"), "");
  EXPECT_NE(open("pat").find("wait for an answer"), std::string::npos);
  EXPECT_EQ(open("sue"), "") << "others still can";
  ASSERT_EQ(decide("sue", "1"), "");
  EXPECT_EQ(open("pat"), "");
}

TEST_F(DisputeFoldTest, AReplayGivesTheSame) {
  ASSERT_EQ(open("pat", {{"record", kRecord}}), "");
  ASSERT_EQ(open("sue"), "");
  ASSERT_EQ(decide("hana", "2", "personal"), "");
  DisputeFold again;
  for (const auto& act : kept) ASSERT_TRUE(again.apply(act, city.names()));
  std::vector<std::uint64_t> order;
  again.disputes([&](const Dispute& one) {
    order.push_back(one.number);
    return true;
  });
  EXPECT_EQ(order, (std::vector<std::uint64_t>{2, 1})) << "the newest first";
  EXPECT_EQ(again.find(2)->state, Dispute::State::Personal);
  EXPECT_FALSE(again.apply(kept.back(), city.names())) << "it cannot have been decided twice";
}

}  // namespace
}  // namespace citygate::policy
