#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "policy/grants/step_text.h"
#include "tests/unit/policy/grant_desk.h"

namespace citygate::policy {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kSha = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
#define FILE_FIELDS {"sha256", kSha}, {"url", "http://tools.example/x.exe"}

std::string policy_with(std::string_view chains) {
  return "[city]\nname = \"S\"\ntime_zone = \"America/Chicago\"\n[[rule]]\nname = \"block\"\n"
         "categories = [\"video\", \"games\"]\naction = \"block\"\n" +
         std::string(chains);
}

// The five policies' chains for what each of them speaks of.
struct CityChain {
  const char* name;
  const char* chain;
  const char* kind;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  const char* steps;  // as somebody of finance, pat, asks
};

class CityChains : public ::testing::TestWithParam<CityChain> {};

TEST_P(CityChains, AreCarriedOut) {
  const auto& [name, chain, kind, fields, steps] = GetParam();
  GrantDesk desk(policy_with(chain));
  Act act{.kind = ActKind::GrantRequest, .author = "pat", .via = "test", .reason = "for work", .subject = ""};
  act.fields = {{"kind", kind}, {"end", "2026-11-27T12:00:00"}};
  for (const auto& [field, value] : fields) act.fields.emplace(field, value);
  const auto kept = desk.enact(std::move(act));
  ASSERT_TRUE(kept) << said(kept);
  EXPECT_EQ(kept->field("steps"), steps);
}

INSTANTIATE_TEST_SUITE_P(
    Five, CityChains,
    ::testing::Values(
        CityChain{"S0Software",
                  "[[approval]]\nkind = \"software-download\"\nsteps = [\"supervisor\", \"it-contractor\"]\n"
                  "order = \"given\"\n",
                  "software-download",
                  {FILE_FIELDS},
                  "supervisor: sue; it-contractor: ivy"},
        CityChain{"S1Streaming",
                  "[[approval]]\nkind = \"streaming-permit\"\nsteps = [\"cao\"]\n",
                  "streaming-permit",
                  {{"host", "radio.example"}},
                  "cao: carl"},
        CityChain{"S1ScreenSavers",
                  "[[approval]]\nkind = \"exemption\"\nsteps = [\"mis\"]\n",
                  "exemption",
                  {{"categories", "games"}},
                  "mis: mia.mis"},
        CityChain{"S2Software",
                  "[[approval]]\nkind = \"software-download\"\nsteps = [\"city-manager\"]\n",
                  "software-download",
                  {FILE_FIELDS},
                  "city-manager: cora"},
        CityChain{"S3Software",
                  "[[approval]]\nkind = \"software-download\"\nsteps = [\"department-head\", \"it-director\"]\n",
                  "software-download",
                  {FILE_FIELDS},
                  "department-head: dana; it-director: kim"},
        CityChain{"S4Software",
                  "[[approval]]\nkind = \"software-download\"\nsteps = [\"supervisor\", \"county-it\"]\n",
                  "software-download",
                  {FILE_FIELDS},
                  "supervisor: sue; county-it: cody"},
        CityChain{"S4RecordAccess",
                  "[[approval]]\nkind = \"record-access\"\nsteps = [\"city-manager\"]\nlongest_days = 7\n"
                  "instead = { city-manager = \"mayor\" }\n",
                  "record-access",
                  {{"about", "lee"}},
                  "city-manager: cora"},
        CityChain{"S4RecordAccessOfTheCityManager",
                  "[[approval]]\nkind = \"record-access\"\nsteps = [\"city-manager\"]\nlongest_days = 7\n"
                  "instead = { city-manager = \"mayor\" }\n",
                  "record-access",
                  {{"about", "cora"}},
                  "mayor: max"},
        CityChain{"S4StandIns",
                  "[[approval]]\nkind = \"guest-account\"\nsteps = [\"county-it-director\"]\n",
                  "guest-account",
                  {{"for", "temp.joe"}},
                  "county-it-director: dora"}),
    [](const auto& each) { return each.param.name; });

TEST(Resolve, NobodyDecidesAboutTheOwnRequest) {
  GrantDesk desk;
  // Of who asks, whom it is for, and whom it is about, `instead` or another holder decides.
  EXPECT_EQ(desk.steps(desk.ask("record-access", "cora", {{"about", "pat"}})), "mayor: max");
  EXPECT_EQ(desk.steps(desk.ask("record-access", "pat", {{"for", "cora"}, {"about", "lee"}})), "mayor: max");
  EXPECT_EQ(desk.steps(desk.ask("software-download", "dana", {FILE_FIELDS})), "city-manager: cora; it-director: kim");
  EXPECT_THAT(desk.steps(desk.ask("record-access", "max", {{"about", "cora"}})),
              HasSubstr("nobody can take the step 'mayor' of 'record-access'"));
}

TEST(Resolve, WithoutInsteadTheStepIsRefusedAndTheErrorNamesRoleAndRemedy) {
  GrantDesk desk;
  const auto own = desk.ask("personal-device", "kim", {{"description", "phone"}});
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().kind, Error::Kind::Refused);
  EXPECT_THAT(own.error().context, HasSubstr("step 'it-director' of 'personal-device'"));
  EXPECT_THAT(own.error().context, HasSubstr("give the role to somebody else as well"));
  EXPECT_THAT(desk.steps(desk.ask("streaming-permit", "carl", {{"host", "radio.example"}})), HasSubstr("'cao'"));
}

TEST(Resolve, ARoleThatNobodyHasIsNamed) {
  GrantDesk desk(policy_with("[[approval]]\nkind = \"exemption\"\nsteps = [\"treasurer\"]\n"));
  EXPECT_EQ(desk.steps(desk.ask("exemption", "pat", {{"categories", "games"}})),
            "nobody can take the step 'treasurer' of 'exemption': nobody has this role; give it to somebody");
}

TEST(Resolve, WhoIsSuspendedOrHasLeftIsNoApprover) {
  GrantDesk desk;
  desk.bar("kim", Reason::Suspended);
  EXPECT_THAT(desk.steps(desk.ask("personal-device", "pat", {{"description", "phone"}})),
              HasSubstr("kim is suspended"));
  desk.bar("carl", Reason::Revoked);
  EXPECT_THAT(desk.steps(desk.ask("streaming-permit", "pat", {{"host", "radio.example"}})), HasSubstr("carl has left"));
}

TEST(Resolve, WithoutASupervisorTheHeadOfTheDepartmentDecides) {
  GrantDesk desk;
  EXPECT_EQ(desk.steps(desk.ask("exemption", "quinn", {{"categories", "games"}})),
            "supervisor: dana; it-director: kim");
  EXPECT_EQ(desk.steps(desk.ask("exemption", "pat", {{"for", "room"}, {"categories", "games"}})),
            "supervisor: dana; it-director: kim");
  EXPECT_EQ(desk.steps(desk.ask("exemption", "pat", {{"for", "gia"}, {"categories", "games"}})),
            "supervisor: sue; it-director: kim");
}

TEST(Resolve, ASupervisorWhoAsksIsPassedOverUpTheLine) {
  GrantDesk desk;
  EXPECT_EQ(desk.steps(desk.ask("exemption", "sue", {{"for", "pat"}, {"categories", "games"}})),
            "supervisor: dana; it-director: kim");
  EXPECT_EQ(desk.steps(desk.ask("exemption", "dana", {{"for", "pat sue"}, {"categories", "games"}})),
            "supervisor: cora; it-director: kim")
      << "neither sue, whom it is for, nor dana, who asks";
}

TEST(Resolve, EachOfSeveralSupervisorsHasToAgree) {
  GrantDesk desk;
  EXPECT_EQ(desk.steps(desk.ask("exemption", "quinn", {{"for", "mia pat sam"}, {"categories", "games"}})),
            "supervisor: sgt; supervisor: sue; it-director: kim");
}

TEST(Resolve, TwoSignaturesAreTwoPeoples) {
  GrantDesk desk;
  EXPECT_EQ(desk.steps(desk.ask("software-download", "lee", {FILE_FIELDS})), "department-head: kim; city-manager: cora")
      << "kim is head and director: one of the two steps goes to whom the policy names instead";
  EXPECT_EQ(desk.steps(desk.ask("software-download", "kim", {FILE_FIELDS})), "city-manager: cora")
      << "cora decides in place of both, and signs once";

  GrantDesk strict(policy_with("[[approval]]\nkind = \"exemption\"\nsteps = [\"supervisor\", \"it-director\"]\n"));
  EXPECT_THAT(strict.steps(strict.ask("exemption", "lee", {{"categories", "games"}})),
              HasSubstr("needs 2 signatures of as many people"));
}

TEST(Resolve, TheChainOfTheSubjectsDepartmentHolds) {
  GrantDesk desk(
      policy_with("[[approval]]\nkind = \"exemption\"\nsteps = [\"it-director\"]\n[[department]]\n"
                  "name = \"finance\"\n[[department.approval]]\nkind = \"exemption\"\n"
                  "steps = [\"it-director\", \"auditor\"]\n"));
  EXPECT_EQ(desk.steps(desk.ask("exemption", "sgt", {{"for", "pat"}, {"categories", "games"}})),
            "it-director: kim; auditor: dana");
  EXPECT_EQ(desk.steps(desk.ask("exemption", "pat", {{"for", "sgt"}, {"categories", "games"}})), "it-director: kim");
  EXPECT_THAT(desk.steps(desk.ask("exemption", "pat", {{"for", "pat sgt"}, {"categories", "games"}})),
              HasSubstr("ask for each department"));
}

TEST(EnoughPeople, FindsAPersonForEachStepWhereThereIsOne) {
  using Steps = std::vector<GrantCase::Step>;
  const auto step = [](std::vector<std::string> approvers, std::string by = "") {
    return GrantCase::Step{.role = "r", .approvers = std::move(approvers), .approved_by = std::move(by)};
  };
  EXPECT_TRUE(enough_people(Steps{step({"a", "b"}), step({"a"})}));
  EXPECT_TRUE(enough_people(Steps{step({"a", "b"}), step({"a", "c"}), step({"a"})}));
  EXPECT_FALSE(enough_people(Steps{step({"a"}), step({"a"})}));
  EXPECT_FALSE(enough_people(Steps{step({"a", "b"}), step({"a", "b"}), step({"b", "a"})}));
  EXPECT_FALSE(enough_people(Steps{step({"a", "b"}, "a"), step({"a"})})) << "a has signed already";
  EXPECT_TRUE(enough_people(Steps{step({"a", "b"}, "b"), step({"a"})}));
}

TEST(StepText, NamesThatEndLikeSeparatorsComeBackAsTheyWere) {
  const std::vector<GrantCase::Step> steps{{.role = "supervisor", .approvers = {"a,", "b;"}, .approved_by = {}},
                                           {.role = "x.y", .approvers = {";", ","}, .approved_by = {}}};
  const auto text = format_steps(steps);
  const auto read = parse_steps(text);
  ASSERT_TRUE(read) << text;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].approvers, steps[0].approvers);
  EXPECT_EQ((*read)[1].approvers, steps[1].approvers);
  for (const auto* bad : {"", "a", "a:", "a: b; c:", "a: ; b: c", "a: b c", ": b", "a: b, ; c: d"})
    EXPECT_FALSE(parse_steps(bad)) << bad;
}

}  // namespace
}  // namespace citygate::policy
