#include "policy/people/people_import.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "policy/act_registrar.h"
#include "policy/people/people_act.h"
#include "policy/people/people_export.h"
#include "tests/unit/policy/support.h"

namespace citygate::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr std::string_view kPolicy = "[city]\nname = \"Springfield\"\ntime_zone = \"America/Chicago\"\n";
constexpr std::string_view kTown = R"([[department]]
name = "clerk"
[[department]]
name = "police"
head = "chief"
[[person]]
name = "chief"
department = "police"
[[person]]
name = "mia"
department = "police"
supervisor = "chief"
units = ["vice"]
addresses = ["10.0.0.1"]
[[person]]
name = "root"
department = "clerk"
)";

class PeopleImportTest : public testing::Test {
 protected:
  PeopleImportTest() { start(kTown); }

  void start(std::string_view people) {
    acts = std::make_unique<MemoryActs>(clock);
    auto opened = ActRegistrar::open(
        {.journal = *acts, .secrets = *acts, .names = city.names(), .taxonomy = city.taxonomy(), .clock = clock});
    registrar = std::move(*opened);
    problems = {};
    auto draft = registrar->draft(Directory::parse(people, "people.toml", city.names(), problems, &zone),
                                  [&](const Directory& known) -> Result<Rulebook::Loaded> {
                                    return Rulebook::parse(kPolicy, "policy.toml", city.taxonomy(), known, city.names(),
                                                           problems);
                                  });
    ASSERT_TRUE(draft) << draft.error().context;
    ASSERT_TRUE(registrar->take(*std::move(draft)));
  }

  std::shared_ptr<const Directory> people() const { return registrar->state().people; }
  PeopleImport plan(std::string_view text, std::string file = "hr.csv") {
    problems = {};
    const PeopleWanted wanted = read_wanted(text, file, zone, problems);
    return problems.empty() ? plan_import(wanted, *people(), clock.now(), problems) : PeopleImport();
  }
  // How many acts were enacted, or what is wrong.
  std::string import(std::string_view text, std::string file = "hr.csv") {
    PeopleImport planned = plan(text, std::move(file));
    if (!problems.empty()) return problems.to_string();
    for (const auto& [name, hash] : planned.secrets) EXPECT_TRUE(acts->put(name, hash));
    for (auto& act : planned.acts) act.author = "root", act.via = "test", act.reason = "import";
    const auto done = registrar->enact(std::move(planned.acts));
    return done ? fmt::format("{} acts", done->size()) : done.error().context;
  }
  // The file a second time makes no acts, now nor later.
  void import_twice(std::string_view text, std::string_view acts_made, const std::string& file = "hr.csv") {
    EXPECT_EQ(import(text, file), acts_made);
    EXPECT_EQ(import(text, file), "0 acts");
    clock.set(clock.now() + std::chrono::hours(1));
    EXPECT_EQ(import(text, file), "0 acts");
  }
  std::string department(std::string_view name) {
    const auto all = people();
    return all->department_of(all->by_name(name)->id, clock.now())->name;
  }
  std::string who(std::string_view address) {
    const auto all = people();
    const Person* found = all->by_address(*IpAddress::parse(address), clock.now());
    return found ? found->name : "";
  }

  City city;
  Zone zone = *Zone::open("America/Chicago");
  DrivenClock clock{*parse_time("2026-11-20T12:00:00-06:00", Zone())};
  std::unique_ptr<MemoryActs> acts;
  std::unique_ptr<ActRegistrar> registrar;
  Problems problems;
};

TEST_F(PeopleImportTest, NewPeopleAreAddedSupervisorsFirst) {
  import_twice(
      "name,title,department,units,roles,supervisor,addresses\n"
      "lee,\"Ames, Lee\",clerk,front; back,records-officer,boss,10.0.0.7;10.1.0.0/16\n"
      "boss,The Boss,clerk,,,root,\n",
      "2 acts");
  const auto all = people();
  const Person* lee = all->by_name("lee");
  ASSERT_TRUE(lee);
  EXPECT_EQ(lee->title, "Ames, Lee");
  EXPECT_THAT(lee->units, ElementsAre("front", "back"));
  EXPECT_EQ(all->supervisor_of(lee->id)->name, "boss");
  EXPECT_EQ(who("10.1.2.3"), "lee");
}

TEST_F(PeopleImportTest, OnlyWhatHasAColumnChanges) {
  import_twice("name,title\nmia,Detective\n", "1 acts");
  const auto all = people();
  EXPECT_EQ(all->by_name("mia")->title, "Detective");
  EXPECT_THAT(all->by_name("mia")->units, ElementsAre("vice"));
  EXPECT_EQ(who("10.0.0.1"), "mia");
  import_twice("name,units\nmia,\n", "1 acts");
  EXPECT_TRUE(people()->by_name("mia")->units.empty()) << "an empty cell takes away";
}

TEST_F(PeopleImportTest, AMoveHoldsFromNowOrFromItsDay) {
  import_twice("name,department,from\nmia,clerk,\nchief,clerk,2026-12-01\n", "2 acts");
  EXPECT_EQ(department("mia"), "clerk");
  EXPECT_EQ(department("chief"), "police");
  clock.set(*parse_time("2026-12-01", zone));
  EXPECT_EQ(department("chief"), "clerk");
  EXPECT_EQ(people()->by_name("mia")->department_at(*parse_time("2026-11-01", zone)),
            people()->department("police")->id);
}

TEST_F(PeopleImportTest, AddressesMoveFromOneToAnother) {
  import_twice("name,department,addresses\nmia,police,\nlee,clerk,10.0.0.1\n", "2 acts");
  EXPECT_EQ(who("10.0.0.1"), "lee");
  import_twice("name,addresses\nlee,10.0.0.2\nmia,10.0.0.1\n", "3 acts");
  EXPECT_EQ(who("10.0.0.1"), "mia");
  EXPECT_EQ(who("10.0.0.2"), "lee");
  import_twice("name,addresses\nlee,10.0.0.1\nmia,10.0.0.2\n", "4 acts");
  EXPECT_EQ(who("10.0.0.1"), "lee");
}

TEST_F(PeopleImportTest, AddressesWithTermsStayAsTheyAre) {
  import_twice(
      "name,addresses\nmia,10.0.0.1;10.0.0.5@..2026-12-24;10.0.0.6@2026-12-01..2026-12-08;10.0.0.6@2026-12-20\n",
      "3 acts");
  import_twice("name,addresses\nmia,10.0.0.1;10.0.0.6@2026-12-20\n", "2 acts");
  clock.set(*parse_time("2026-12-21", zone));
  EXPECT_EQ(who("10.0.0.6"), "mia");
  EXPECT_EQ(who("10.0.0.5"), "");
}

TEST_F(PeopleImportTest, SupervisorsThatChangePlacesPassThroughNoCircle) {
  import_twice("name,supervisor\nchief,mia\nmia,\n", "2 acts");
  EXPECT_EQ(people()->supervisor_of(people()->by_name("chief")->id)->name, "mia");
}

TEST_F(PeopleImportTest, DepartmentsDevicesAndGuestsHaveRowsToo) {
  import_twice(
      "kind,name,title,head,department,addresses,sponsor,purpose,until,password\n"
      "guest,kay,Kay,,it,,boss,audit,2026-12-31,$argon2id$v=19$m=65536$c2FsdA$aGFzaA\n"
      "department,it,IT,boss,,,,,,\n"
      "device,kiosk,,,it,10.2.0.0/24,,,,\n"
      "person,boss,,,it,,,,,\n",
      "5 acts");
  const auto all = people();
  EXPECT_EQ(all->head_of(all->department("it")->id)->name, "boss");
  EXPECT_TRUE(all->by_name("kiosk")->is_device());
  EXPECT_EQ(all->by_name("kay")->end, *parse_time("2026-12-31", zone));
  EXPECT_EQ(all->by_name("kay")->password_hash, "$argon2id$v=19$m=65536$c2FsdA$aGFzaA");
}

TEST_F(PeopleImportTest, WhoIsMissingIsNamed) {
  EXPECT_THAT(plan("name\nmia\n").missing, ElementsAre("chief", "root"));
}

TEST_F(PeopleImportTest, EveryMistakeIsToldAndNothingIsDone) {
  const std::string told = import(
      "kind,name,department,supervisor,addresses,until\n"
      "person,lee,clark,,,\n"
      "person,a b,clerk,,,\n"
      "person,kim,clerk,lea,10.0.0.300,\n"
      "guest,kay,clerk,,,soon\n"
      "device,x,clerk\n"
      "person,ed,clerk,,,\"2026-01-01\"\n");
  EXPECT_THAT(told, AllOf(HasSubstr("hr.csv:3: column 8: a name has no spaces"),
                          HasSubstr("hr.csv:4: column 22: '10.0.0.300' is neither"),
                          HasSubstr("hr.csv:5: column 19: 'soon' is no date"),
                          HasSubstr("hr.csv:6: 3 cells in this row, and 6 columns"),
                          HasSubstr("hr.csv:7: column 19: a person has no 'until'")));
  EXPECT_THAT(
      import("name,department,supervisor,addresses\nlee,clark,lea,10.0.0.1\nlee,clerk,,\n"),
      AllOf(HasSubstr("hr.csv:2: unknown department 'clark'; did you mean 'clerk'?"),
            HasSubstr("hr.csv:2: unknown supervisor 'lea'"), HasSubstr("belongs already to 'mia' in people.toml:14"),
            HasSubstr("hr.csv:3: 'lee' stands already in line 2")));
  EXPECT_THAT(import("name,supervisor\nchief,mia\n"),
              HasSubstr("hr.csv:2: supervisors go in a circle: chief -> mia -> chief"));
  EXPECT_THAT(import("name,titel\nmia,x\n"),
              HasSubstr("hr.csv:1: column 6: unknown column 'titel'; did you mean 'title'?"));
  EXPECT_THAT(import("name;title\nmia;x\n"), HasSubstr("this file has ';'"));
  EXPECT_THAT(import("name,title\nmia,\"x\n"), HasSubstr("hr.csv:2: column 5: the quote that begins here has no end"));
  EXPECT_THAT(import("kind,name\ndevice,mia\n"), HasSubstr("'mia' is a person in force, and a device here"));
  EXPECT_THAT(import("", "hr.xlsx"), HasSubstr("neither .csv nor .toml"));
  EXPECT_EQ(acts->last(), 0U);
}

TEST_F(PeopleImportTest, ACellMayHoldCommasQuotesAndLines) {
  const auto planned = plan("\xEF\xBB\xBFname,title\r\nmia,\"a \"\"b\"\", c\"\r\n\r\n");
  ASSERT_TRUE(problems.empty()) << problems.to_string();
  ASSERT_EQ(planned.acts.size(), 1U);
  EXPECT_EQ(planned.acts[0].field("title"), "a \"b\", c");
}

TEST_F(PeopleImportTest, ATomlFileIsAllThatThereIsOfAPerson) {
  EXPECT_EQ(import(kTown, "people.toml"), "0 acts");
  import_twice("[[person]]\nname = \"mia\"\ndepartment = \"police\"\n", "2 acts", "change.toml");
  EXPECT_TRUE(people()->by_name("mia")->units.empty());
  EXPECT_EQ(people()->by_name("mia")->supervisor, PersonId{});
  EXPECT_EQ(who("10.0.0.1"), "");
}

// Who imports.
constexpr std::string_view kRoot = "[[person]]\nname = \"root\"\ndepartment = \"d0\"\n";

// A city by chance: departments, people below each other, dates in the past and to come.
std::string some_city(std::mt19937& random) {
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const int departments = 1 + below(4), people = 2 + below(20);
  const auto day = [&] { return fmt::format("{}-{:02}-{:02}", 2025 + below(3), 1 + below(12), 1 + below(28)); };
  std::string out;
  for (int i = 0; i < departments; ++i) {
    out += fmt::format("[[department]]\nname = \"d{}\"\n", i);
    if (below(2) != 0) out += fmt::format("title = \"D {}\"\n", i);
    if (below(2) != 0) out += fmt::format("head = \"p{}\"\n", below(people));
  }
  int address = 0;
  for (int i = 0; i < people; ++i) {
    out += fmt::format("[[person]]\nname = \"p{}\"\n", i);
    if (below(2) != 0) out += fmt::format("title = \"P \\\"{}\\\"\\\\\"\n", i);
    if (below(3) == 0)
      out += fmt::format("departments = [{{name = \"d{}\"}}, {{name = \"d{}\", from = {}}}]\n", below(departments),
                         below(departments), day());
    else
      out += fmt::format("department = \"d{}\"\n", below(departments));
    if (i > 0 && below(2) != 0) out += fmt::format("supervisor = \"p{}\"\n", below(i));
    if (below(2) != 0) out += "units = [\"vice\", \"night shift\"]\nroles = [\"mayor\"]\n";
    const int year = 2024 + below(3);
    out += fmt::format(
        "addresses = [\"10.0.0.{}\", {{address = \"10.0.1.{}\", from = {}-02-01, until = {}-03-01}}, "
        "{{address = \"10.0.1.{}\", from = {}-11-25T08:00:00.25}}]\n",
        address, address, year, year, address, year + below(2));
    ++address;
  }
  if (below(2) != 0)
    out += fmt::format(
        "[[guest]]\nname = \"g\"\ndepartment = \"d0\"\nsponsor = \"p0\"\npurpose = \"audit\"\nstart = 2026-01-01\nend "
        "= 2027-0{}-01\n",
        1 + below(9));
  if (below(2) != 0) out += "[[device]]\nname = \"k\"\ndepartment = \"d0\"\naddresses = [\"10.7.0.0/16\"]\n";
  return out;
}

class PeopleExchange : public PeopleImportTest, public testing::WithParamInterface<unsigned> {};

TEST_P(PeopleExchange, WhatWasExportedMakesNoActs) {
  std::mt19937 random(GetParam());
  start(some_city(random) + std::string(kRoot));
  EXPECT_EQ(import(export_people(people()->values(), zone), "x.toml"), "0 acts");
  // After acts of all kinds, too.
  const std::string other = some_city(random);
  EXPECT_THAT(import(other, "other.toml"), MatchesRegex("[0-9]+ acts"));
  EXPECT_EQ(import(other, "other.toml"), "0 acts") << other;
  EXPECT_EQ(import(export_people(people()->values(), zone), "x.toml"), "0 acts");
}

// What is exported and read by an empty city gives the same people.
TEST_P(PeopleExchange, AnEmptyCityTakesAllOfIt) {
  std::mt19937 random(GetParam());
  start(some_city(random) + std::string(kRoot));
  const std::string text = export_people(people()->values(), zone);
  start("[[department]]\nname = \"d0\"\n" + std::string(kRoot));
  EXPECT_THAT(import(text, "x.toml"), MatchesRegex("[0-9]+ acts"));
  EXPECT_EQ(import(text, "x.toml"), "0 acts");
}

INSTANTIATE_TEST_SUITE_P(Seeds, PeopleExchange, testing::Range(1U, 41U));

}  // namespace
}  // namespace citygate::policy
