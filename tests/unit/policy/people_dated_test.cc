// What the people file says of time, rank and guests, and what is wrong with it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "policy/people/address_table.h"
#include "policy/people/directory.h"

namespace citygate::policy {
namespace {

using ::testing::HasSubstr;

const Zone& chicago() {
  static const Zone zone = *Zone::open("America/Chicago");
  return zone;
}

struct Read {
  MemoryNames names;
  Problems problems;
  std::shared_ptr<const Directory> people;
  explicit Read(std::string_view text) : people(Directory::parse(text, "people.toml", names, problems, &chicago())) {}

  [[nodiscard]] std::string who(std::string_view address, std::string_view at) const {
    const Person* found = people->by_address(*IpAddress::parse(address), *parse_time(at, chicago()));
    return found ? found->name : "";
  }
  [[nodiscard]] std::string department(std::string_view name, std::string_view at) const {
    return people->department_of(people->by_name(name)->id, *parse_time(at, chicago()))->name;
  }
};

constexpr std::string_view kTwo = "[[department]]\nname = \"clerk\"\n[[department]]\nname = \"police\"\n";

TEST(DatedPeople, AnAddressIsItsOwnersOfThatTime) {
  Read read(std::string(kTwo) + R"([[device]]
name = "kiosk"
department = "clerk"
addresses = ["10.0.0.0/24"]
[[person]]
name = "pat"
department = "clerk"
addresses = [{address = "10.0.0.7", until = 2026-03-08}]
[[person]]
name = "mia"
department = "police"
addresses = [{address = "10.0.0.7", from = 2026-03-08, until = 2026-11-02}, {address = "10.0.0.7", from = 2026-11-20T12:00:00}]
)");
  ASSERT_TRUE(read.people) << read.problems.to_string();
  EXPECT_EQ(read.who("10.0.0.7", "2020-01-01"), "pat");
  EXPECT_EQ(read.who("10.0.0.7", "2026-03-07T23:59:59"), "pat");
  EXPECT_EQ(read.who("10.0.0.7", "2026-03-08T00:00:00"), "mia");
  EXPECT_EQ(read.who("10.0.0.7", "2026-11-01T23:59:59"), "mia") << "a day of 25 hours";
  EXPECT_EQ(read.who("10.0.0.7", "2026-11-02"), "kiosk") << "nobody's own: the range around it";
  EXPECT_EQ(read.who("10.0.0.7", "2026-11-20T11:59:59"), "kiosk");
  EXPECT_EQ(read.who("10.0.0.7", "2026-11-20T12:00:00"), "mia");
  EXPECT_EQ(read.people->owners_of(*Cidr::parse("10.0.0.7")).size(), 3U);
  EXPECT_TRUE(read.people->owners_of(*Cidr::parse("10.0.0.8")).empty());
}

TEST(DatedPeople, AReportOfMarchUsesMarchsDepartment) {
  Read read(std::string(kTwo) +
            "[[person]]\nname = \"mia\"\n"
            "departments = [{name = \"clerk\", from = 2025-06-01}, {name = \"police\", from = 2026-04-01}]\n");
  ASSERT_TRUE(read.people) << read.problems.to_string();
  EXPECT_EQ(read.department("mia", "2026-03-31T23:59:59"), "clerk");
  EXPECT_EQ(read.department("mia", "2026-04-01"), "police");
  EXPECT_EQ(read.department("mia", "2020-01-01"), "clerk") << "everybody is in a department at any time";
  const Person* mia = read.people->by_name("mia");
  EXPECT_EQ(mia->department_until(*parse_time("2026-03-01", chicago())), *parse_time("2026-04-01", chicago()));
  EXPECT_EQ(mia->department_until(*parse_time("2026-04-01", chicago())), WallTime::max());
}

TEST(DatedPeople, RolesSupervisorsHeadsAndGuests) {
  Read read(R"([[department]]
name = "clerk"
head = "pat"
[[person]]
name = "pat"
department = "clerk"
roles = ["it-director", "mayor"]
[[person]]
name = "ann"
department = "clerk"
roles = ["mayor"]
supervisor = "pat"
[[guest]]
name = "kay"
department = "clerk"
sponsor = "pat"
purpose = "audit"
start = 2026-11-01
end = 2026-12-01
addresses = ["10.0.0.3"]
)");
  ASSERT_TRUE(read.people) << read.problems.to_string();
  const auto mayors = read.people->holders("mayor");
  ASSERT_EQ(mayors.size(), 2U);
  EXPECT_EQ(mayors[0]->name, "ann") << "by name";
  EXPECT_EQ(mayors[1]->name, "pat");
  EXPECT_EQ(read.people->supervisor_of(mayors[0]->id), mayors[1]);
  EXPECT_EQ(read.people->supervisor_of(mayors[1]->id), nullptr);
  EXPECT_EQ(read.people->supervisor_of(PersonId{}), nullptr);
  EXPECT_EQ(read.people->head_of(read.people->department("clerk")->id), mayors[1]);
  const Person* kay = read.people->by_name("kay");
  EXPECT_TRUE(kay->is_guest());
  EXPECT_EQ(read.people->by_id(kay->sponsor), mayors[1]);
  EXPECT_EQ(kay->purpose, "audit");
  EXPECT_EQ(read.who("10.0.0.3", "2026-10-31T23:59:59"), "") << "nobody before the stay";
  EXPECT_EQ(read.who("10.0.0.3", "2026-11-01"), "kay");
  EXPECT_EQ(read.who("10.0.0.3", "2026-12-02"), "kay") << "who tries after the end is known by name";
  EXPECT_EQ(kay->start, *parse_time("2026-11-01", chicago()));
  EXPECT_EQ(kay->end, *parse_time("2026-12-01", chicago()));
}

TEST(DatedPeople, WithoutAZoneADateIsAnError) {
  MemoryNames names;
  Problems problems;
  EXPECT_FALSE(Directory::parse(
      std::string(kTwo) + "[[person]]\nname = \"p\"\ndepartments = [{name = \"clerk\", from = 2026-01-01}]\n",
      "people.toml", names, problems));
  ASSERT_EQ(problems.list().size(), 1U);
  EXPECT_THAT(problems.to_string(), HasSubstr("people.toml:7: 'from' needs the city's time zone"));
}

struct Mistake {
  const char* name;
  const char* text;
  int line;
  const char* says;
};

class DatedMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(DatedMistake, IsToldWithItsLine) {
  Read read(std::string(kTwo) + GetParam().text);
  EXPECT_FALSE(read.people);
  ASSERT_EQ(read.problems.list().size(), 1U) << read.problems.to_string();
  EXPECT_EQ(read.problems.list()[0].line, GetParam().line) << read.problems.to_string();
  EXPECT_THAT(read.problems.list()[0].text, HasSubstr(GetParam().says));
  EXPECT_FALSE(read.names.find(NameKind::Department, "clerk")) << "a file with mistakes leaves no names behind";
}

#define P(name, more) "[[person]]\nname = \"" name "\"\ndepartment = \"clerk\"\n" more

INSTANTIATE_TEST_SUITE_P(
    Each, DatedMistake,
    ::testing::Values(
        Mistake{"UnknownHead", "[[department]]\nname = \"it\"\nhead = \"pad\"\n" P("pat", ""), 7, "did you mean 'pat'"},
        Mistake{"UnknownSupervisor", P("pat", "supervisor = \"pate\"\n"), 8,
                "unknown supervisor 'pate'; did you mean 'pat'"},
        Mistake{"Circle", P("a", "supervisor = \"b\"\n") P("b", "supervisor = \"c\"\n") P("c", "supervisor = \"a\"\n"),
                8, "supervisors go in a circle: a -> b -> c -> a"},
        Mistake{"CircleBelow",
                P("x", "supervisor = \"a\"\n") P("a", "supervisor = \"b\"\n") P("b", "supervisor = \"a\"\n"), 12,
                "circle: a -> b -> a"},
        Mistake{"OwnSupervisor", P("a", "supervisor = \"a\"\n"), 8, "circle: a -> a"},
        Mistake{
            "DeviceAsSupervisor",
            P("a",
              "supervisor = \"k\"\n") "[[device]]\nname = \"k\"\ndepartment = \"clerk\"\naddresses = [\"10.0.0.1\"]\n",
            8, "'k' is a device; a supervisor is a person"},
        Mistake{"ReservedRole", P("a", "roles = [\"department-head\"]\n"), 8, "found from the person"},
        Mistake{"Gateway", P("gateway", ""), 6, "nobody's name"},
        Mistake{"TwoWays", P("a", "departments = [{name = \"clerk\"}]\n"), 7, "do not go together"},
        Mistake{"OrderOfDepartments",
                "[[person]]\nname = \"a\"\ndepartments = [{name = \"clerk\", from = 2026-02-01}, {name = \"police\", "
                "from = "
                "2026-01-01}]\n",
                7, "in the order of time"},
        Mistake{"UndatedSecond", "[[person]]\nname = \"a\"\ndepartments = [{name = \"clerk\"}, {name = \"police\"}]\n",
                7, "each but the first with its 'from'"},
        Mistake{"UnknownDatedDepartment", "[[person]]\nname = \"a\"\ndepartments = [{name = \"clark\"}]\n", 7,
                "did you mean 'clerk'"},
        Mistake{"EndsBeforeStart",
                P("a", "addresses = [{address = \"10.0.0.1\", from = 2026-02-01, until = 2026-02-01}]\n"), 8,
                "ends before it starts"},
        Mistake{"NoDate", P("a", "addresses = [{address = \"10.0.0.1\", from = \"soon\"}]\n"), 8, "no date"},
        Mistake{"TwoOwnersAtATime",
                P("a", "addresses = [{address = \"10.0.0.1\", until = 2026-02-02}]\n")
                    P("b", "addresses = [{address = \"10.0.0.1\", from = 2026-02-01}]\n"),
                12, "belongs already to 'a' in line 8, at the same time"},
        Mistake{"OneOwnerTwice", P("a", "addresses = [\"10.0.0.1\", {address = \"10.0.0.1\", from = 2026-02-01}]\n"), 8,
                "belongs already to 'a'"},
        Mistake{"GuestWithoutSponsor",
                "[[guest]]\nname = \"k\"\ndepartment = \"clerk\"\npurpose = \"x\"\nend = 2026-12-01\n", 5,
                "no 'sponsor'"},
        Mistake{"GuestWithoutEnd",
                P("a", "") "[[guest]]\nname = \"k\"\ndepartment = \"clerk\"\nsponsor = \"a\"\npurpose = \"x\"\n", 8,
                "no 'end'"},
        Mistake{"GuestEndsBefore",
                P("a", "") "[[guest]]\nname = \"k\"\ndepartment = \"clerk\"\nsponsor = \"a\"\npurpose = \"x\"\n"
                           "start = 2026-12-01\nend = 2026-11-30\n",
                14, "ends before it starts"},
        Mistake{"GuestWithRole",
                P("a", "") "[[guest]]\nname = \"k\"\ndepartment = \"clerk\"\nsponsor = \"a\"\npurpose = \"x\"\n"
                           "end = 2026-11-30\nroles = [\"mayor\"]\n",
                14, "unknown key 'roles'"}),
    [](const auto& each) { return each.param.name; });

// The table beside a plain search, over ranges and times by chance.
TEST(AddressTable, FindsWhatAPlainSearchFinds) {
  std::mt19937 random(7);
  const auto day = [](int n) { return WallTime(std::chrono::hours(24) * n); };
  for (int round = 0; round < 20; ++round) {
    std::vector<AddressTable::Entry> entries;
    for (std::uint32_t i = 0; i < 60; ++i) {
      const int bits = static_cast<int>(random() % 4) * 2 + 122;
      const bool ipv6 = random() % 3 == 0;
      const auto base = static_cast<unsigned>(random() % 64) & ~((1U << (128 - bits)) - 1);
      const auto range = Cidr::parse(ipv6 ? "2001:db8::" + std::to_string(base) + "/" + std::to_string(bits)
                                          : "10.0.0." + std::to_string(base) + "/" + std::to_string(bits - 96));
      if (!range) continue;  // decimal digits read as hexadecimal ones
      const int from = static_cast<int>(random() % 20);
      const AddressTable::Entry entry{*range, day(from), day(from + 1 + static_cast<int>(random() % 5)), i};
      const auto clashes = [&](const AddressTable::Entry& other) {
        return other.range == entry.range && other.from < entry.until && entry.from < other.until;
      };
      if (std::ranges::none_of(entries, clashes)) entries.push_back(entry);
    }
    const AddressTable table(entries);
    for (int i = 0; i < 500; ++i) {
      const auto address =
          *IpAddress::parse((random() % 3 == 0 ? "2001:db8::" : "10.0.0.") + std::to_string(random() % 64));
      const WallTime now = day(static_cast<int>(random() % 26));
      const AddressTable::Entry* best = nullptr;
      for (const auto& entry : entries)
        if (entry.range.contains(address) && entry.from <= now && now < entry.until &&
            (!best || best->range.prefix_bits() < entry.range.prefix_bits()))
          best = &entry;
      EXPECT_EQ(table.find(address, now), best ? best->owner : AddressTable::kNobody);
    }
  }
  EXPECT_EQ(AddressTable().find(*IpAddress::parse("10.0.0.1"), day(1)), AddressTable::kNobody);
}

}  // namespace
}  // namespace citygate::policy
