#include "policy/people/people_fold.h"

#include "tests/unit/policy/people_fixture.h"

namespace citygate::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(PeopleFoldTest, WithoutActsTheFileIsInForce) {
  EXPECT_EQ(person("mia").title, "mia");
  EXPECT_EQ(kept->last_act(), 0U);
  EXPECT_EQ(kept->supervisor_of(person("mia").id)->name, "chief");
  EXPECT_EQ(kept->head_of(kept->department("police")->id)->name, "chief");
  ASSERT_EQ(kept->holders("police-chief").size(), 1U);
  EXPECT_TRUE(kept->holders("mayor").empty());
  EXPECT_THAT(kept->roles(), ElementsAre("police-chief"));
}

TEST_F(PeopleFoldTest, AHireHasAllThatTheActSays) {
  EXPECT_EQ(add("lee", {{"title", "Lee Ames"},
                        {"departments", "clerk police@2026-12-01T06:00:00Z"},
                        {"units", "front, vice squad"},
                        {"roles", "records-officer it-director"},
                        {"supervisor", "pat"},
                        {"addresses", "10.0.0.7 10.1.0.0/16@..2026-12-31T06:00:00Z"}}),
            "");
  const Person& lee = person("lee");
  EXPECT_EQ(lee.title, "Lee Ames");
  EXPECT_THAT(lee.units, ElementsAre("front", "vice squad"));
  EXPECT_TRUE(lee.has_role("it-director"));
  EXPECT_EQ(kept->supervisor_of(lee.id)->name, "pat");
  EXPECT_EQ(department("lee", "2026-11-30T23:59:59"), "clerk");
  EXPECT_EQ(department("lee", "2026-12-01"), "police");
  EXPECT_EQ(lee.department_until(clock.now()), *parse_time("2026-12-01", zone));
  EXPECT_EQ(who("10.0.0.7"), "lee");
  EXPECT_EQ(who("10.1.2.3"), "lee");
  EXPECT_EQ(who("10.1.2.3", "2026-12-31"), "");
  EXPECT_EQ(kept->describe(lee.sources[Fact::Title]), "act 1");
  EXPECT_EQ(kept->describe(person("mia").addresses[0].source), "people.toml:16");
  ASSERT_EQ(kept->holders("records-officer").size(), 1U);
}

TEST_F(PeopleFoldTest, AChangeReplacesWhatItNamesAndNothingElse) {
  EXPECT_EQ(change("mia", {{"title", "Detective Mia"}, {"units", ""}}), "");
  const Person& mia = person("mia");
  EXPECT_EQ(mia.title, "Detective Mia");
  EXPECT_TRUE(mia.units.empty());
  EXPECT_EQ(kept->supervisor_of(mia.id)->name, "chief") << "the file's";
  EXPECT_EQ(who("10.0.0.1"), "mia");
  EXPECT_EQ(kept->describe(mia.sources[Fact::Units]), "act 1");
  EXPECT_EQ(kept->describe(mia.sources[Fact::Supervisor]), "people.toml:14");
  EXPECT_EQ(change("mia", {{"supervisor", ""}}), "");
  EXPECT_EQ(people()->supervisor_of(person("mia").id), nullptr);
}

TEST_F(PeopleFoldTest, AMoveIsDatedAndLeavesThePast) {
  EXPECT_EQ(change("mia", {{"department", "clerk"}, {"from", "2026-12-01"}}), "");
  EXPECT_EQ(last.field("from"), "2026-12-01T06:00:00.000000Z") << "midnight by the city's clock";
  EXPECT_EQ(last.field("departments"), "police clerk@2026-12-01T06:00:00.000000Z");
  EXPECT_EQ(department("mia", "2026-11-20"), "police");
  EXPECT_EQ(department("mia", "2026-12-01"), "clerk");
  EXPECT_THAT(change("mia", {{"department", "clerk"}, {"from", "2026-12-24"}}),
              HasSubstr("in department 'clerk' already"));
  EXPECT_THAT(change("mia", {{"department", "police"}}), HasSubstr("is to be in 'clerk' from"));
  EXPECT_EQ(change("pat", {{"department", "police"}}), "") << "without a date: now";
  EXPECT_EQ(department("pat", "2026-11-20T11:59:59"), "clerk");
  EXPECT_EQ(department("pat", "2026-11-20T12:00:00"), "police");
}

TEST_F(PeopleFoldTest, AnAddressMovesToTheSecond) {
  EXPECT_THAT(enact(ActKind::AddressAssign, "pat", {{"address", "10.0.0.1"}}), HasSubstr("belongs to 'mia'"));
  EXPECT_EQ(enact(ActKind::AddressRelease, "mia", {{"address", "10.0.0.1"}}), "");
  EXPECT_EQ(enact(ActKind::AddressAssign, "pat", {{"address", "10.0.0.1"}}), "");
  EXPECT_EQ(who("10.0.0.1", "2026-11-20T11:59:59"), "mia");
  EXPECT_EQ(who("10.0.0.1", "2026-11-20T12:00:00"), "pat");
  EXPECT_THAT(enact(ActKind::AddressRelease, "mia", {{"address", "10.0.0.1"}}), HasSubstr("does not belong to 'mia'"));
  EXPECT_EQ(enact(ActKind::AddressAssign, "pat", {{"address", "10.0.0.9"}}), "") << "Mia's has ended in June";
  EXPECT_EQ(who("10.0.0.9", "2026-03-01"), "mia");
  EXPECT_EQ(who("10.0.0.9"), "pat");
}

TEST_F(PeopleFoldTest, WhatWasFoldedIsFoldedAgainFromTheJournal) {
  ASSERT_EQ(enact(ActKind::DepartmentAdd, "it", {{"title", "IT"}}), "");
  ASSERT_EQ(add("lee", {{"departments", "it"}, {"addresses", "10.0.0.7"}}), "");
  ASSERT_EQ(enact(ActKind::DepartmentChange, "it", {{"head", "lee"}}), "");
  ASSERT_EQ(enact(ActKind::AddressRelease, "lee", {{"address", "10.0.0.7"}, {"until", "2026-12-01"}}), "");
  ASSERT_EQ(change("pat", {{"department", "it"}}), "");
  const auto before = people();
  open();
  ASSERT_EQ(rebase(kTown), "");
  const auto after = people();
  EXPECT_EQ(after->version(), before->version());
  EXPECT_EQ(after->people().size(), before->people().size());
  EXPECT_EQ(after->head_of(after->department("it")->id)->name, "lee");
  EXPECT_EQ(department("pat", "2026-11-20T12:00:00"), "it");
  EXPECT_EQ(who("10.0.0.7"), "lee");
  EXPECT_EQ(who("10.0.0.7", "2026-12-01"), "");
}

TEST_F(PeopleFoldTest, PasswordsAreHashesOfTheSecretStore) {
  const std::string hash = "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA";
  const std::string secret = secret_name("pat", hash);
  ASSERT_TRUE(acts.put(secret, hash));
  EXPECT_EQ(enact(ActKind::PersonChange, "pat", {{"password", "set"}, {"secret", secret}}, "pat"), "") << "the own one";
  EXPECT_EQ(person("pat").password_hash, hash);
  EXPECT_EQ(last.fields, (ActFields{{"password", "set"}, {"secret", secret}})) << "no hash in the act";
  EXPECT_TRUE(people()->anyone_signs_in());
  EXPECT_EQ(change("pat", {{"password", "none"}}), "");
  EXPECT_EQ(person("pat").password_hash, "");
  EXPECT_THAT(change("pat", {{"password", "hunter2"}}), HasSubstr("never holds a password"));
  EXPECT_THAT(change("pat", {{"password", "set"}, {"secret", "password/mia/12"}}), HasSubstr("no hash of 'pat'"));
}

TEST_F(PeopleFoldTest, AGuestHasASponsorAPurposeAndAnEnd) {
  const ActFields whole{
      {"kind", "guest"}, {"departments", "clerk"}, {"sponsor", "pat"}, {"purpose", "audit"}, {"end", "2026-12-01"}};
  const auto without = [&](std::string_view field) {
    ActFields fields = whole;
    fields.erase(fields.find(field));
    return add("kay", fields);
  };
  EXPECT_THAT(without("sponsor"), HasSubstr("needs a sponsor"));
  EXPECT_THAT(without("purpose"), HasSubstr("needs a purpose"));
  EXPECT_THAT(without("end"), HasSubstr("needs an end"));
  ActFields past = whole;
  past["end"] = "2026-11-01";
  EXPECT_THAT(add("kay", past), HasSubstr("ended already"));
  EXPECT_EQ(add("kay", whole), "");
  EXPECT_TRUE(person("kay").is_guest());
  EXPECT_EQ(person("kay").end, *parse_time("2026-12-01", zone));
  const auto state = registrar->state();
  ASSERT_NE(state.standing->of(person("kay").id), nullptr);
  EXPECT_EQ(state.standing->of(person("kay").id)->ends, *parse_time("2026-12-01", zone)) << "the end bars the guest";
  EXPECT_EQ(change("kay", {{"end", "2026-12-08"}}), "");
  EXPECT_EQ(registrar->state().standing->of(person("kay").id)->ends, *parse_time("2026-12-08", zone));
  EXPECT_THAT(change("kay", {{"roles", "mayor"}}), HasSubstr("a guest has no 'roles'"));
  EXPECT_THAT(change("mia", {{"supervisor", "kay"}}), HasSubstr("'kay' is a guest"));
}

TEST_F(PeopleFoldTest, AStayThatAnActEndedAtOnceStaysEndedByAClockThatIsPutBack) {
  ASSERT_EQ(add("kay", {{"kind", "guest"},
                        {"departments", "clerk"},
                        {"sponsor", "pat"},
                        {"purpose", "audit"},
                        {"end", "2026-12-01"}}),
            "");
  const auto out = [this] { return registrar->state().standing->of(person("kay").id)->ended_at(clock.now()); };
  clock.set(clock.now() + std::chrono::hours(2));  // it is an hour ahead
  ASSERT_EQ(change("kay", {{"end", "2026-11-20T14:00:00"}}), "");
  clock.set(clock.now() - std::chrono::hours(1));
  EXPECT_TRUE(out());
  ASSERT_EQ(change("kay", {{"end", "2026-11-20T13:30:00"}}), "") << "another half of an hour";
  EXPECT_FALSE(out());
  clock.set(clock.now() + std::chrono::hours(1));
  EXPECT_TRUE(out());
}

TEST_F(PeopleFoldTest, ManyActsAreCheckedEachAfterThoseBefore) {
  std::vector<Act> batch;
  batch.push_back(act(ActKind::DepartmentAdd, "it", {}));
  batch.push_back(act(ActKind::PersonAdd, "boss", {{"departments", "it"}}));
  batch.push_back(
      act(ActKind::PersonAdd, "lee", {{"departments", "it"}, {"supervisor", "boss"}, {"addresses", "10.0.0.7"}}));
  batch.push_back(act(ActKind::AddressRelease, "lee", {{"address", "10.0.0.7"}}));
  batch.push_back(act(ActKind::AddressAssign, "boss", {{"address", "10.0.0.7"}}));
  auto circle = batch;
  circle.push_back(act(ActKind::PersonChange, "boss", {{"supervisor", "lee"}}));
  const auto refused = registrar->enact(circle);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().context, HasSubstr("supervisors would go in a circle: boss -> lee -> boss"));
  EXPECT_EQ(people()->by_name("lee"), nullptr) << "all or none";
  EXPECT_EQ(acts.last(), 0U);
  const auto done = registrar->enact(batch);
  ASSERT_TRUE(done) << done.error().context;
  EXPECT_EQ(who("10.0.0.7"), "boss");
  EXPECT_EQ(people()->supervisor_of(person("lee").id)->name, "boss");
}

TEST_F(PeopleFoldTest, WhoWasSeparatedIsChangedNoMore) {
  ASSERT_EQ(enact(ActKind::Separate, "mia", {}), "");
  EXPECT_THAT(change("mia", {{"title", "x"}}), HasSubstr("was separated; reinstate first"));
  EXPECT_THAT(enact(ActKind::AddressAssign, "mia", {{"address", "10.0.0.8"}}), HasSubstr("was separated"));
  EXPECT_THAT(change("pat", {{"supervisor", "mia"}}), HasSubstr("can be no supervisor"));
  EXPECT_EQ(enact(ActKind::AddressRelease, "mia", {{"address", "10.0.0.1"}}), "");
  ASSERT_EQ(enact(ActKind::Reinstate, "mia", {}), "");
  EXPECT_EQ(change("mia", {{"title", "x"}}), "");
}

struct Wrong {
  const char* name;
  ActKind kind;
  const char* subject;
  ActFields fields;
  const char* says;
};

class PeopleActWrong : public PeopleFoldTest, public testing::WithParamInterface<Wrong> {};

TEST_P(PeopleActWrong, IsRefusedInWordsAndNothingIsKept) {
  const auto& wrong = GetParam();
  EXPECT_THAT(enact(wrong.kind, wrong.subject, wrong.fields), HasSubstr(wrong.says));
  EXPECT_EQ(acts.last(), 0U);
  EXPECT_EQ(people()->last_act(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Each, PeopleActWrong,
    testing::Values(
        Wrong{"Unknown", ActKind::PersonChange, "mja", {{"title", "x"}}, "did you mean 'mia'?"},
        Wrong{"UnknownDepartment", ActKind::PersonAdd, "lee", {{"departments", "clark"}}, "did you mean 'clerk'?"},
        Wrong{"NoDepartment", ActKind::PersonAdd, "lee", {}, "needs a department"},
        Wrong{"There", ActKind::PersonAdd, "mia", {{"departments", "clerk"}}, "a person 'mia' already"},
        Wrong{"Reserved", ActKind::PersonAdd, "gateway", {{"departments", "clerk"}}, "nobody's name"},
        Wrong{"BadName", ActKind::PersonAdd, "a b", {{"departments", "clerk"}}, "no spaces"},
        Wrong{"ReservedRole", ActKind::PersonChange, "mia", {{"roles", "supervisor"}}, "no role to be given"},
        Wrong{"BadRole", ActKind::PersonChange, "mia", {{"roles", "City"}}, "is no role"},
        Wrong{"OwnSupervisor", ActKind::PersonChange, "mia", {{"supervisor", "mia"}}, "circle: mia -> mia"},
        Wrong{"Nothing", ActKind::PersonChange, "mia", {}, "nothing is to change"},
        Wrong{"OwnEntry", ActKind::PersonChange, "chief", {{"roles", "mayor"}}, "nobody changes the own entry"},
        Wrong{"OwnAddress",
              ActKind::AddressAssign,
              "chief",
              {{"address", "10.9.0.1"}},
              "nobody changes the own addresses"},
        Wrong{"OwnDepartment",
              ActKind::DepartmentChange,
              "clerk",
              {{"head", "chief"}},
              "nobody makes himself or herself"},
        Wrong{"OwnReport", ActKind::PersonChange, "pat", {{"supervisor", "chief"}}, "the supervisor of 'pat'"},
        Wrong{"UnknownField", ActKind::PersonChange, "mia", {{"titel", "x"}}, "did you mean 'title'?"},
        Wrong{"BadTime", ActKind::PersonChange, "mia", {{"department", "clerk"}, {"from", "soon"}}, "is no time"},
        Wrong{"BadAddress", ActKind::AddressAssign, "mia", {{"address", "10.0.0.1/8"}}, "bits beyond the prefix"},
        Wrong{"EndsBefore",
              ActKind::AddressAssign,
              "mia",
              {{"address", "10.9.0.1"}, {"until", "2026-01-01"}},
              "end before it starts"},
        Wrong{"Taken",
              ActKind::PersonAdd,
              "lee",
              {{"departments", "clerk"}, {"addresses", "10.0.0.2"}},
              "belongs to 'pat'"},
        Wrong{"Twice",
              ActKind::PersonAdd,
              "lee",
              {{"departments", "clerk"}, {"addresses", "10.9.0.2 10.9.0.2"}},
              "stands twice"},
        Wrong{"NotTheirs", ActKind::AddressRelease, "mia", {{"address", "10.0.0.2"}}, "10.0.0.1 do"},
        Wrong{"TermOfAPerson", ActKind::PersonChange, "mia", {{"end", "2026-12-31"}}, "a person has no term"},
        Wrong{"DepartmentThere", ActKind::DepartmentAdd, "clerk", {}, "'clerk' already"},
        Wrong{"DepartmentName", ActKind::DepartmentAdd, "City Hall", {}, "lower-case"},
        Wrong{"UnknownHead", ActKind::DepartmentChange, "clerk", {{"head", "pad"}}, "did you mean 'pat'?"},
        Wrong{"NoHead", ActKind::DepartmentChange, "clark", {{"title", "x"}}, "did you mean 'clerk'?"},
        Wrong{"TwoLines", ActKind::PersonChange, "mia", {{"title", "a\nb"}}, "one line"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace citygate::policy
