#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/support.h"

namespace citygate::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// 14 lines; the texts below begin in line 15.
constexpr std::string_view kCity = R"([city]
name = "Springfield"
time_zone = "America/Chicago"
[[approval]]
kind = "record-access"
title = "Reading what a person did"
clause = "S4 3.2"
steps = ["supervisor", "city-manager"]
order = "given"
longest_days = 7
instead = { city-manager = "mayor" }
[[approval]]
kind = "software-download"
steps = ["it-director"]
)";
constexpr int kCityLines = 14;

DepartmentId department(const City& city, std::string_view name) { return city.people().department(name)->id; }

TEST(ApprovalReader, ReadsWhatTheCityWrote) {
  City city;
  ASSERT_TRUE(city.load(kCity)) << city.problems().to_string();
  const ApprovalChain* chain = city.rules().approval(GrantKind::RecordAccess, DepartmentId{});
  ASSERT_NE(chain, nullptr);
  EXPECT_EQ(chain->title, "Reading what a person did");
  EXPECT_EQ(chain->clause, "S4 3.2");
  EXPECT_THAT(chain->steps, ElementsAre("supervisor", "city-manager"));
  EXPECT_TRUE(chain->ordered);
  EXPECT_EQ(chain->longest, std::chrono::days(7));
  EXPECT_THAT(chain->instead, ElementsAre(Pair("city-manager", "mayor")));
  EXPECT_EQ(chain->in_place_of("city-manager"), "mayor");
  EXPECT_EQ(chain->in_place_of("mayor"), "");
  EXPECT_EQ(chain->line, 4);

  const ApprovalChain* software = city.rules().approval(GrantKind::Download, department(city, "police"));
  ASSERT_NE(software, nullptr) << "a department without a chain of its own has the city's";
  EXPECT_FALSE(software->ordered) << "any order, unless the file says otherwise";
  EXPECT_EQ(software->longest, std::chrono::days(0));
  EXPECT_THAT(software->instead, IsEmpty());
}

TEST(ApprovalReader, AKindWithoutAChainHasNone) {
  City city;
  ASSERT_TRUE(city.load(kCity));
  EXPECT_EQ(city.rules().approval(GrantKind::Streaming, DepartmentId{}), nullptr);
  EXPECT_EQ(city.rules().approval(GrantKind::LawEnforcement, department(city, "police")), nullptr);
}

TEST(ApprovalReader, ADepartmentTightens) {
  City city;
  ASSERT_TRUE(city.load(std::string(kCity) + R"([[department]]
name = "police"
[[department.approval]]
kind = "record-access"
clause = "GO 12"
steps = ["supervisor", "captain", "city-manager"]
longest_days = 3
[department.approval.instead]
captain = "chief"
[[department.approval]]
kind = "software-download"
order = "given"
)")) << city.problems().to_string();
  const ApprovalChain* police = city.rules().approval(GrantKind::RecordAccess, department(city, "police"));
  ASSERT_NE(police, nullptr);
  EXPECT_THAT(police->steps, ElementsAre("supervisor", "captain", "city-manager"));
  EXPECT_EQ(police->title, "Reading what a person did") << "what it leaves out is the city's";
  EXPECT_EQ(police->clause, "S4 3.2; GO 12");
  EXPECT_TRUE(police->ordered);
  EXPECT_EQ(police->longest, std::chrono::days(3));
  EXPECT_EQ(police->in_place_of("city-manager"), "mayor");
  EXPECT_EQ(police->in_place_of("captain"), "chief");
  EXPECT_TRUE(city.rules().approval(GrantKind::Download, department(city, "police"))->ordered);

  const ApprovalChain* clerk = city.rules().approval(GrantKind::RecordAccess, department(city, "clerk"));
  ASSERT_NE(clerk, nullptr);
  EXPECT_THAT(clerk->steps, ElementsAre("supervisor", "city-manager"));
  EXPECT_EQ(clerk->longest, std::chrono::days(7));
}

TEST(ApprovalReader, AnyOrderLetsADepartmentNameTheStepsInAnyOrder) {
  City city;
  ASSERT_TRUE(city.load(std::string(kCity) + R"([[approval]]
kind = "exemption"
steps = ["supervisor", "it-director"]
[[department]]
name = "police"
[[department.approval]]
kind = "exemption"
steps = ["it-director", "chief", "supervisor"]
)")) << city.problems().to_string();
}

struct Mistake {
  const char* name;
  const char* text;
  int line;  // of `text`
  const char* says;
};

class ApprovalMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(ApprovalMistake, IsToldWithItsLine) {
  City city;
  EXPECT_FALSE(city.load(std::string(kCity) + GetParam().text));
  ASSERT_EQ(city.problems().list().size(), 1U) << city.problems().to_string();
  const Problem& problem = city.problems().list()[0];
  EXPECT_EQ(problem.line, kCityLines + GetParam().line) << problem.to_string();
  EXPECT_THAT(problem.text, HasSubstr(GetParam().says));
}

#define CHAIN "[[approval]]\nkind = \"exemption\"\n"
INSTANTIATE_TEST_SUITE_P(
    Chain, ApprovalMistake,
    ::testing::Values(
        Mistake{"Kind", "[[approval]]\nkind = \"exemptions\"\nsteps = [\"mayor\"]\n", 2, "did you mean 'exemption'"},
        Mistake{"KindMissing", "[[approval]]\nsteps = [\"mayor\"]\n", 1, "has no 'kind'"},
        Mistake{"KindTwice", "[[approval]]\nkind = \"software-download\"\nsteps = [\"mayor\"]\n", 1,
                "a chain already in line 12"},
        Mistake{"NoSteps", CHAIN, 1, "has no 'steps'"},
        Mistake{"EmptySteps", CHAIN "steps = []\n", 3, "'steps' in [[approval]] is empty"},
        Mistake{"StepTwice", CHAIN "steps = [\"mayor\",\n\"mayor\"]\n", 4, "step 'mayor' stands twice"},
        Mistake{"StepNoName", CHAIN "steps = [\"IT Director\"]\n", 3, "'IT Director' is no role"},
        Mistake{"TooManySteps", CHAIN "steps = [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]\n", 3,
                "at most 8 steps"},
        Mistake{"Order", CHAIN "steps = [\"mayor\"]\norder = \"fixed\"\n", 4, "must be one of: any, given"},
        Mistake{"DaysNegative", CHAIN "steps = [\"mayor\"]\nlongest_days = -1\n", 4, "must be from 0 to 3660"},
        Mistake{"DaysTooMany", CHAIN "steps = [\"mayor\"]\nlongest_days = 3661\n", 4, "must be from 0 to 3660"},
        Mistake{"DaysNoNumber", CHAIN "steps = [\"mayor\"]\nlongest_days = \"7\"\n", 4, "a whole number"},
        Mistake{"UnknownKey", CHAIN "steps = [\"mayor\"]\nlongest_day = 7\n", 4, "did you mean 'longest_days'"},
        Mistake{"InsteadOfNothing", CHAIN "steps = [\"manager\"]\n[approval.instead]\nmanagre = \"mayor\"\n", 4,
                "did you mean 'manager'"},
        Mistake{"InsteadNoRole", CHAIN "steps = [\"manager\"]\n[approval.instead]\nmanager = 7\n", 5, "must be a role"},
        Mistake{"InsteadOfItself", CHAIN "steps = [\"mayor\"]\n[approval.instead]\nmayor = \"mayor\"\n", 4,
                "circle: mayor -> mayor"},
        Mistake{"InsteadCircle",
                CHAIN "steps = [\"mayor\"]\n[approval.instead]\nmayor = \"clerk\"\nclerk = \"chief\"\n"
                      "chief = \"mayor\"\n",
                4, "circle: mayor -> clerk -> chief -> mayor"}),
    [](const auto& each) { return each.param.name; });

#define POLICE "[[department]]\nname = \"police\"\n[[department.approval]]\n"
INSTANTIATE_TEST_SUITE_P(
    Department, ApprovalMistake,
    ::testing::Values(
        Mistake{"TakesAStepAway", POLICE "kind = \"record-access\"\nsteps = [\"supervisor\", \"chief\"]\n", 5,
                "takes away the city's step 'city-manager' (record-access, line 4)"},
        Mistake{"TurnsTheOrder", POLICE "kind = \"record-access\"\nsteps = [\"city-manager\", \"supervisor\"]\n", 5,
                "step 'city-manager' earlier than the city's order"},
        Mistake{"DropsTheOrder", POLICE "kind = \"record-access\"\norder = \"any\"\n", 5, "takes away the order"},
        Mistake{"Lengthens", POLICE "kind = \"record-access\"\nlongest_days = 8\n", 5,
                "lengthens the term from 7 to 8 days"},
        Mistake{"LengthensForEver", POLICE "kind = \"record-access\"\nlongest_days = 0\n", 5,
                "takes away the city's longest term of 7 days"},
        Mistake{"GivesAway",
                POLICE "kind = \"software-download\"\n[department.approval.instead]\nit-director = \"sergeant\"\n", 5,
                "lets 'sergeant' decide in place of the city's 'it-director'"},
        Mistake{"GivesFurther",
                POLICE "kind = \"record-access\"\n[department.approval.instead]\nmayor = \"sergeant\"\n", 5,
                "in place of the city's 'mayor'"},
        Mistake{"WhatTheCityHasNot", POLICE "kind = \"exemption\"\nsteps = [\"chief\"]\n", 3,
                "the city does not let anybody have"},
        Mistake{"EmptySteps", POLICE "kind = \"record-access\"\nsteps = []\n", 5, "'steps' is empty"},
        Mistake{"Twice", POLICE "kind = \"record-access\"\n[[department.approval]]\nkind = \"record-access\"\n", 5,
                "a chain already in line 17"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace citygate::policy
