// What acts have made of people, laid upon a people file that has changed since.
#include "tests/unit/policy/people_fixture.h"

namespace citygate::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using PeopleLayTest = PeopleFoldTest;

TEST_F(PeopleLayTest, ActsWinOverAFileThatChanges) {
  ASSERT_EQ(change("pat", {{"title", "Clerk Pat"}}), "");
  std::string next(kTown);
  next.replace(next.find("Pat Reed"), 8, "P. Reed!");
  next.replace(next.find("[\"vice\"]"), 8, "[\"swat\"]");
  ASSERT_EQ(rebase(next), "");
  EXPECT_EQ(person("pat").title, "Clerk Pat");
  EXPECT_THAT(person("mia").units, ElementsAre("swat"));
  next.erase(next.find("[[person]]\nname = \"pat\""));
  ASSERT_EQ(rebase(next), "") << "what is said of nobody does nothing";
  EXPECT_EQ(people()->by_name("pat"), nullptr);
}

// The file without Pat, its last entry.
std::string without_pat() { return std::string(kTown.substr(0, kTown.find("[[person]]\nname = \"pat\""))); }

TEST_F(PeopleLayTest, WhoHasLeftTheFileIsNobodysSupervisorHeadOrSponsor) {
  ASSERT_EQ(change("mia", {{"supervisor", "pat"}}), "");
  ASSERT_EQ(enact(ActKind::DepartmentChange, "clerk", {{"head", "pat"}}), "");
  ASSERT_EQ(add("kay", {{"kind", "guest"},
                        {"departments", "clerk"},
                        {"sponsor", "pat"},
                        {"purpose", "audit"},
                        {"end", "2026-12-01"}}),
            "");
  ASSERT_EQ(rebase(kTown), "");
  EXPECT_EQ(warned, "");
  open();
  ASSERT_EQ(rebase(without_pat()), "") << "a gateway starts all the same";
  EXPECT_EQ(warned,
            "act 2: has made 'pat' the head of 'clerk', and the people file names no such person any more: the "
            "department has none; name another with: citygate people department change clerk --head NAME\n"
            "act 1: has made 'pat' the supervisor of 'mia', and the people file names no such person any more: nobody "
            "is; name another with: citygate people change mia --supervisor NAME\n"
            "act 3: has made 'pat' the sponsor of 'kay', and the people file names no such person any more: nobody "
            "answers for the rest of the stay; name another with: citygate people change kay --sponsor NAME");
  EXPECT_EQ(people()->supervisor_of(person("mia").id), nullptr) << "not the one whom the act took the place of";
  EXPECT_EQ(people()->head_of(people()->department("clerk")->id), nullptr);
  EXPECT_FALSE(person("kay").sponsor);
  EXPECT_EQ(change("kay", {{"title", "Kay"}}), "") << "one act more changes nothing of that";
  EXPECT_EQ(change("kay", {{"sponsor", "mia"}}), "");
  ASSERT_EQ(rebase(std::string(kTown)), "");
  EXPECT_EQ(people()->supervisor_of(person("mia").id)->name, "pat") << "who comes back is";
}

TEST_F(PeopleLayTest, OfAStayThatIsOverNothingIsSaid) {
  ASSERT_EQ(add("kay", {{"kind", "guest"},
                        {"departments", "clerk"},
                        {"sponsor", "pat"},
                        {"purpose", "audit"},
                        {"end", "2026-12-01"}}),
            "");
  std::string next = without_pat();
  next.erase(0, next.find("[[department]]\nname = \"police\""));
  clock.set(*parse_time("2026-12-01", zone) - std::chrono::microseconds(1));
  ASSERT_EQ(rebase(next), "");
  EXPECT_THAT(warned, AllOf(HasSubstr("the sponsor of 'kay'"), HasSubstr("has put 'kay' into department 'clerk'")));
  clock.set(*parse_time("2026-12-01", zone));
  ASSERT_EQ(rebase(next), "");
  EXPECT_EQ(warned, "");
  EXPECT_EQ(department("kay", "2026-11-20"), "clerk") << "records of that time name it";
}

TEST_F(PeopleLayTest, WhoIsAGuestInTheFileNowIsNobodysSupervisorAndHasNoRoles) {
  ASSERT_EQ(change("mia", {{"supervisor", "pat"}}), "");
  ASSERT_EQ(change("pat", {{"roles", "records-officer"}, {"title", "Pat of old"}}), "");
  ASSERT_EQ(rebase(without_pat() + "[[guest]]\nname = \"pat\"\ndepartment = \"clerk\"\nsponsor = \"chief\"\n"
                                   "purpose = \"x\"\nend = 2026-12-31\n"),
            "");
  EXPECT_THAT(warned, HasSubstr("act 1: has made 'pat' the supervisor of 'mia'"));
  EXPECT_EQ(people()->supervisor_of(person("mia").id), nullptr);
  EXPECT_FALSE(person("pat").has_role("records-officer")) << "a guest sees no records";
  EXPECT_EQ(person("pat").title, "Pat of old");
}

TEST_F(PeopleLayTest, ADepartmentThatTheFileForgetsStandsOnForWhomAnActPutThere) {
  ASSERT_EQ(add("lee", {{"departments", "clerk"}}), "");
  ASSERT_EQ(enact(ActKind::DepartmentChange, "clerk", {{"head", "lee"}}), "");
  std::string next = without_pat();
  next.erase(0, next.find("[[department]]\nname = \"police\""));
  open();
  ASSERT_EQ(rebase(next), "");
  EXPECT_EQ(
      warned,
      "act 1: has put 'lee' into department 'clerk', which the people file does not name any more: the department "
      "stands on; name it there again, or move who is in it");
  EXPECT_EQ(department("lee", "2026-11-20"), "clerk");
  EXPECT_EQ(people()->head_of(people()->department("clerk")->id)->name, "lee");
  EXPECT_EQ(change("lee", {{"department", "police"}}), "");
  EXPECT_EQ(department("lee", "2026-11-20T12:00:00"), "police");
}

TEST_F(PeopleLayTest, WhoComesBackHasNotTheAddressThatAnotherWasGivenMeanwhile) {
  ASSERT_EQ(enact(ActKind::AddressAssign, "pat", {{"address", "10.0.0.7"}}), "");
  ASSERT_EQ(enact(ActKind::AddressAssign, "pat", {{"address", "10.0.0.8"}}), "");
  EXPECT_THAT(enact(ActKind::AddressAssign, "mia", {{"address", "10.0.0.7"}}), HasSubstr("belongs to 'pat'"));
  ASSERT_EQ(rebase(without_pat()), "");
  clock.set(clock.now() + std::chrono::days(1));
  ASSERT_EQ(enact(ActKind::AddressAssign, "mia", {{"address", "10.0.0.7"}}), "");
  ASSERT_EQ(rebase(kTown), "") << "nobody could have released it in Pat's name";
  EXPECT_EQ(who("10.0.0.7"), "pat") << "the past stays";
  EXPECT_EQ(who("10.0.0.7", "2026-11-21T12:00:00"), "mia");
  EXPECT_EQ(who("10.0.0.8", "2026-11-21T12:00:00"), "pat");
}

TEST_F(PeopleLayTest, AFileThatContradictsAnActIsRefusedInWords) {
  ASSERT_EQ(change("mia", {{"supervisor", "pat"}}), "");
  EXPECT_THAT(rebase(std::string(kTown) + "supervisor = \"mia\"\n"),
              AllOf(HasSubstr("supervisors go in a circle"), HasSubstr("mia -> pat -> mia")));
  ASSERT_EQ(enact(ActKind::AddressAssign, "mia", {{"address", "10.0.0.7"}}), "");
  std::string next(kTown);
  next.replace(next.find("\"10.0.0.2\""), 10, "\"10.0.0.7\"");
  EXPECT_THAT(rebase(next), AllOf(HasSubstr("act 2"), HasSubstr("10.0.0.7")));
  EXPECT_EQ(person("pat").supervisor, PersonId{}) << "what was in force stays";
}

}  // namespace
}  // namespace citygate::policy
