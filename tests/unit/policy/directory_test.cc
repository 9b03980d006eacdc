#include "policy/people/directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace citygate::policy {
namespace {

using ::testing::HasSubstr;

struct Read {
  MemoryNames names;
  Problems problems;
  std::shared_ptr<const Directory> people;
  explicit Read(std::string_view text) : people(Directory::parse(text, "people.toml", names, problems)) {}
};

constexpr std::string_view kTwoOffices = R"([[department]]
name = "clerk"
title = "Clerk's Office"
[[department]]
name = "library"
[[device]]
name = "everyone"
department = "library"
addresses = ["0.0.0.0/0", "::/0"]
[[device]]
name = "reading-room"
department = "library"
addresses = ["10.2.0.0/16"]
[[person]]
name = "pat"
title = "Pat Reed"
department = "clerk"
addresses = ["10.2.3.4", "10.2.4.0/24", "2001:db8::/64"]
units = ["front"]
[[person]]
name = "Lee@city.example"
department = "clerk"
password = "$argon2id$v=19$m=65536,t=2,p=1$c2FsdA$aGFzaA"
)";

std::string who(const Directory& people, std::string_view address) {
  const Person* found = people.by_address(*IpAddress::parse(address), WallTime{});
  return found ? found->name : "";
}

TEST(Directory, NarrowestRangeWins) {
  Read read(kTwoOffices);
  ASSERT_TRUE(read.people) << read.problems.to_string();
  EXPECT_EQ(who(*read.people, "10.2.3.4"), "pat");
  EXPECT_EQ(who(*read.people, "10.2.3.5"), "reading-room");
  EXPECT_EQ(who(*read.people, "10.2.4.200"), "pat");
  EXPECT_EQ(who(*read.people, "10.3.0.0"), "everyone");
  EXPECT_EQ(who(*read.people, "2001:db8::7"), "pat");
  EXPECT_EQ(who(*read.people, "2001:db9::7"), "everyone");
}

TEST(Directory, AddressOfNobody) {
  Read read(
      "[[department]]\nname = \"a\"\n[[person]]\nname = \"p\"\ndepartment = \"a\"\naddresses = [\"10.0.0.0/31\"]\n");
  ASSERT_TRUE(read.people) << read.problems.to_string();
  EXPECT_EQ(who(*read.people, "10.0.0.1"), "p");
  EXPECT_EQ(who(*read.people, "10.0.0.2"), "");
  EXPECT_EQ(who(*read.people, "::a00:1"), "") << "an IPv6 address that merely ends like the IPv4 one";
  EXPECT_FALSE(read.people->anyone_signs_in());
}

TEST(Directory, ByNameAndId) {
  Read read(kTwoOffices);
  ASSERT_TRUE(read.people);
  const Person* pat = read.people->by_name("pat");
  ASSERT_TRUE(pat);
  EXPECT_EQ(pat->title, "Pat Reed");
  EXPECT_EQ(pat->units, std::vector<std::string>{"front"});
  EXPECT_EQ(read.people->by_id(pat->id), pat);
  EXPECT_EQ(read.people->department(pat->department_at({}))->title, "Clerk's Office");
  EXPECT_EQ(read.people->department("library")->title, "library") << "the name stands in for a missing title";
  EXPECT_TRUE(read.people->by_name("everyone")->is_device());
  EXPECT_EQ(read.people->by_name("Pat"), nullptr);
  EXPECT_EQ(read.people->by_id(PersonId{}), nullptr);
  EXPECT_EQ(read.people->by_id(PersonId{999}), nullptr);
  EXPECT_EQ(read.people->department(DepartmentId{}), nullptr);
  EXPECT_TRUE(read.people->anyone_signs_in());
}

TEST(Directory, IdsAndVersionOutliveAReload) {
  MemoryNames names;
  Problems problems;
  auto first = Directory::parse(kTwoOffices, "people.toml", names, problems);
  auto second = Directory::parse(std::string(kTwoOffices) + "\n", "people.toml", names, problems);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->by_name("pat")->id, second->by_name("pat")->id);
  EXPECT_NE(first->version(), second->version());
  EXPECT_EQ(first->version(), Directory::parse(kTwoOffices, "other.toml", names, problems)->version());
}

struct Mistake {
  const char* name;
  const char* text;
  int line;
  const char* says;
};

class DirectoryMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(DirectoryMistake, IsToldWithItsLine) {
  const std::string start = "[[department]]\nname = \"clerk\"\n";  // two lines before each text
  Read read(start + GetParam().text);
  EXPECT_FALSE(read.people);
  ASSERT_EQ(read.problems.list().size(), 1U) << read.problems.to_string();
  EXPECT_EQ(read.problems.list()[0].line, GetParam().line) << read.problems.to_string();
  EXPECT_EQ(read.problems.list()[0].file, "people.toml");
  EXPECT_THAT(read.problems.list()[0].text, HasSubstr(GetParam().says));
  EXPECT_FALSE(read.names.find(NameKind::Department, "clerk")) << "a file with mistakes leaves no names behind";
}

INSTANTIATE_TEST_SUITE_P(
    Each, DirectoryMistake,
    ::testing::Values(
        Mistake{"Syntax", "[[person]\n", 3, "not TOML"},
        Mistake{"UnknownKey", "[[person]]\nname = \"p\"\ndepartment = \"clerk\"\naddreses = []\n", 6, "'addresses'"},
        Mistake{"UnknownTable", "[[persons]]\nname = \"p\"\n", 3, "'person'"},
        Mistake{"NoName", "[[person]]\ndepartment = \"clerk\"\n", 3, "no 'name'"},
        Mistake{"BadName", "[[person]]\nname = \"a:b\"\ndepartment = \"clerk\"\n", 4, "no ':'"},
        Mistake{"NoDepartment", "[[person]]\nname = \"p\"\n", 3, "no 'department'"},
        Mistake{"UnknownDepartment", "[[person]]\nname = \"p\"\ndepartment = \"clark\"\n", 5, "did you mean 'clerk'"},
        Mistake{"DepartmentTwice", "[[department]]\nname = \"clerk\"\n", 3, "already in line 1"},
        Mistake{"BadDepartmentName", "[[department]]\nname = \"City Hall\"\n", 4, "is no name"},
        Mistake{"PersonTwice",
                "[[person]]\nname = \"p\"\ndepartment = \"clerk\"\n[[person]]\nname = \"p\"\ndepartment = \"clerk\"\n",
                6, "already in line 3"},
        Mistake{"DeviceLikePerson",
                "[[person]]\nname = \"p\"\ndepartment = \"clerk\"\n"
                "[[device]]\nname = \"p\"\ndepartment = \"clerk\"\naddresses = [\"10.0.0.1\"]\n",
                6, "already in line 3"},
        Mistake{"BadRange", "[[person]]\nname = \"p\"\ndepartment = \"clerk\"\naddresses = [\"10.0.0.1/8\"]\n", 6,
                "bits beyond the prefix"},
        Mistake{"RangeTwice",
                "[[person]]\nname = \"p\"\ndepartment = \"clerk\"\naddresses = [\"10.0.0.0/8\"]\n"
                "[[person]]\nname = \"q\"\ndepartment = \"clerk\"\naddresses = [\"10.0.0.0/8\"]\n",
                10, "belongs already to 'p' in line 6"},
        Mistake{"RangeNotText", "[[person]]\nname = \"p\"\ndepartment = \"clerk\"\naddresses = [10]\n", 6,
                "list of strings"},
        Mistake{"PlainPassword", "[[person]]\nname = \"p\"\ndepartment = \"clerk\"\npassword = \"secret\"\n", 6,
                "hash-password"},
        Mistake{"DeviceNowhere", "[[device]]\nname = \"d\"\ndepartment = \"clerk\"\n", 3, "never met"},
        Mistake{
            "DeviceWithPassword",
            "[[device]]\nname = \"d\"\ndepartment = \"clerk\"\naddresses = [\"10.0.0.1\"]\npassword = \"$argon2id$\"\n",
            7, "unknown key 'password'"}),
    [](const auto& each) { return each.param.name; });

TEST(Directory, EveryMistakeIsTold) {
  Read read("[[person]]\nname = \"p\"\ndepartment = \"x\"\naddresses = [\"x\"]\n[[person]]\n");
  EXPECT_FALSE(read.people);
  EXPECT_EQ(read.problems.list().size(), 4U) << read.problems.to_string();
}

TEST(Directory, MissingFileIsAProblemNotACrash) {
  MemoryNames names;
  Problems problems;
  EXPECT_FALSE(Directory::read("no-such-folder/people.toml", names, problems));
  ASSERT_EQ(problems.list().size(), 1U);
  EXPECT_EQ(problems.list()[0].file, "no-such-folder/people.toml");
}

TEST(Directory, ShippedPeopleAreReadable) {
  MemoryNames names;
  Problems problems;
  auto people = Directory::read(CITYGATE_SOURCE_DIR "/conf/people.toml", names, problems);
  ASSERT_TRUE(people) << problems.to_string();
  EXPECT_EQ(who(*people, "127.0.0.2"), "mia.lopez");
  EXPECT_EQ(who(*people, "::1"), "pat.reed");
  for (const auto& person : people->people())
    for (const auto& [range, from, until, source] : person.addresses)
      EXPECT_TRUE(Cidr::parse("127.0.0.0/8")->contains(range.base()) || range.base() == *IpAddress::parse("::1"))
          << person.name << ": the first run's people are known on this machine only";
}

}  // namespace
}  // namespace citygate::policy
