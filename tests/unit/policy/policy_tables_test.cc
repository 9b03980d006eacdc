// The tables beside rules: what they give, and what is said about each mistake.
#include <fmt/format.h>

#include "base/hex.h"
#include "policy/digest.h"
#include "tests/unit/policy/mistake.h"

namespace citygate::policy {
namespace {

using Kind = Subject::Kind;

const std::string kCity = std::string(kSpringfield) + R"([[window]]
name = "shift"
days = ["mon", "tue", "wed", "thu", "fri"]
from = "12:00"
to = "13:00"
loosenable = true
[[rule]]
name = "news"
categories = ["news"]
action = "personal"
windows = ["lunch"]
[[rule]]
name = "games"
categories = ["games"]
action = "personal"
windows = ["shift"]
upload_megabytes = 5
)";

class TableMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(TableMistake, IsToldWithItsLine) { expect_told(kCity, GetParam()); }

const std::string kPolice = "[[department]]\nname = \"police\"\n";

INSTANTIATE_TEST_SUITE_P(
    Acknowledgement, TableMistake,
    ::testing::Values(
        Mistake{"NoText", "[acknowledgement]\ntitle = \"T\"\n", 1, "no 'text'"},
        Mistake{"EmptyText", "[acknowledgement]\ntext = \"\"\n", 2, "is empty"},
        Mistake{"Renew", "[acknowledgement]\ntext = \"T\"\nrenew_days = 0\n", 3, "from 1 to 3660"},
        Mistake{"Key", "[acknowledgement]\ntext = \"T\"\nrenewdays = 3\n", 3, "did you mean 'renew_days'"},
        Mistake{"GuestsText", "[acknowledgement]\ntext = \"T\"\n[acknowledgement.guests]\n", 3, "no 'text'"},
        Mistake{"AccessText", "[acknowledgement.access]\ntitle = \"T\"\n", 1, "no 'text'"},
        Mistake{"DepartmentSaysNothing",
                "[acknowledgement]\ntext = \"T\"\n" + kPolice + "[department.acknowledgement]\n", 5, "says nothing"},
        Mistake{"NothingToRenew", kPolice + "[department.acknowledgement]\nrenew_days = 3\n", 4, "no text to renew"},
        Mistake{"RenewsLater",
                "[acknowledgement]\ntext = \"T\"\nrenew_days = 90\n" + kPolice +
                    "[department.acknowledgement]\nrenew_days = 91\n",
                7, "every 91 days; the city wants it every 90"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Sanctioned, TableMistake,
    ::testing::Values(Mistake{"NoOwner", "[[sanctioned]]\ntitle = \"T\"\nhosts = [\"a.test\"]\nuntil = 2030-01-01\n", 1,
                              "no 'owner'"},
                      Mistake{"NoEnd", "[[sanctioned]]\ntitle = \"T\"\nhosts = [\"a.test\"]\nowner = \"it\"\n", 1,
                              "no 'until', a date like"},
                      Mistake{"NoDate",
                              "[[sanctioned]]\ntitle = \"T\"\nhosts = [\"a.test\"]\nowner = \"it\"\nuntil = \"soon\"\n",
                              5, "'soon' is no date"},
                      Mistake{"Host",
                              "[[sanctioned]]\ntitle = \"T\"\nhosts = [\"a.test\",\n\"a..b\"]\nowner = \"it\"\n"
                              "until = 2030-01-01\n",
                              4, "'a..b' is neither a host name"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Access, TableMistake,
    ::testing::Values(
        Mistake{"Who", "[records]\npersons = \"everybody\"\n", 2, "must be one of: grant, designated, line"},
        Mistake{"NobodySaid", "[records]\nclause = \"x\"\n", 1, "has no 'persons'"},
        Mistake{"NobodyDesignated", "[records]\npersons = \"designated\"\n", 1, "no 'designated'"},
        Mistake{"DesignatedInVain", "[records]\npersons = \"line\"\ndesignated = [\"mayor\"]\n", 3,
                "goes with persons = \"designated\""},
        Mistake{"Role", "[records]\npersons = \"designated\"\ndesignated = [\"City Manager\"]\n", 3, "is no role"},
        Mistake{"DeviceAction", "[personal_devices]\ncity_networks = [\"10.0.0.0/8\"]\n", 1, "has no 'action'"},
        Mistake{"DeviceNetworks", "[personal_devices]\naction = \"block\"\n", 1, "no 'city_networks'"},
        Mistake{"DeviceNetwork", "[personal_devices]\naction = \"block\"\ncity_networks = [\"10.0.0.1/8\"]\n", 3,
                "neither an address nor a range"},
        Mistake{"DeviceWindows",
                "[personal_devices]\naction = \"block\"\nwindows = [\"lunch\"]\ncity_networks = [\"10.0.0.0/8\"]\n", 3,
                "goes with action = \"allow\""},
        Mistake{"DeviceWindow",
                "[personal_devices]\naction = \"allow\"\nwindows = [\"lnch\"]\ncity_networks = [\"10.0.0.0/8\"]\n", 3,
                "did you mean 'lunch'"},
        Mistake{"DepartmentOpensDevices",
                "[personal_devices]\naction = \"block\"\ncity_networks = [\"10.0.0.0/8\"]\n" + kPolice +
                    "[department.personal_devices]\naction = \"allow\"\n",
                6, "further than [personal_devices] in line 26"},
        Mistake{"DepartmentWidensDevices",
                "[personal_devices]\naction = \"allow\"\nwindows = [\"lunch\"]\ncity_networks = [\"10.0.0.0/8\"]\n" +
                    kPolice + "[department.personal_devices]\naction = \"allow\"\n",
                7, "opens personal devices further"},
        Mistake{"Excessive", "[excessive]\n", 1, "no 'minutes_per_day'"},
        Mistake{"ExcessiveMuch", "[excessive]\nminutes_per_day = 1441\n", 2, "from 1 to 1440"}),
    [](const auto& each) { return each.param.name; });

const std::string kVideo = "[[rule]]\nname = \"r\"\ncategories = [\"video\"]\n";

INSTANTIATE_TEST_SUITE_P(
    RuleKeys, TableMistake,
    ::testing::Values(
        Mistake{"OutsideWhat", kVideo + "action = \"streaming\"\noutside = \"warn\"\n", 5, "goes with 'windows'"},
        Mistake{"OutsideWord", kVideo + "action = \"streaming\"\nwindows = [\"lunch\"]\noutside = \"allow\"\n", 6,
                "must be one of: refuse, warn"},
        Mistake{"OutsideBlock", kVideo + "action = \"block\"\noutside = \"warn\"\n", 5, "not block"},
        Mistake{"UploadToBlocked", kVideo + "action = \"block\"\nupload_megabytes = 1\n", 5, "goes with what is open"},
        Mistake{"UploadNegative", kVideo + "action = \"work\"\nupload_megabytes = -1\n", 5, "from 0"},
        Mistake{"HeldCircumvention", "[[rule]]\nname = \"r\"\ncategories = [\"vpn\"]\naction = \"hold\"\n", 3,
                "[[sanctioned]]"},
        Mistake{"DepartmentHoldsProhibited",
                kPolice + "[[department.rule]]\nname = \"r\"\ncategories = [\"gambling\"]\naction = \"hold\"\n", 3,
                "prohibited unless a rule of the city"},
        Mistake{"DepartmentHoldsLimited",
                kPolice + "[[department.rule]]\nname = \"r\"\ncategories = [\"news\"]\naction = \"hold\"\n", 3,
                "to hold; the city's rule 'news' in line 15"},
        Mistake{"DepartmentOpensHeld",
                "[[rule]]\nname = \"held\"\ncategories = [\"software\"]\naction = \"hold\"\n" + kPolice +
                    "[[department.rule]]\nname = \"r\"\ncategories = [\"software\"]\naction = \"warn\"\n",
                7, "from hold to warn"},
        Mistake{"DepartmentSoftens",
                kPolice + "[[department.rule]]\nname = \"r\"\ncategories = [\"news\"]\naction = \"personal\"\n"
                          "windows = [\"lunch\"]\noutside = \"warn\"\n",
                3, "personal in windows, warned outside"},
        Mistake{"DepartmentSendsMore",
                kPolice + "[[department.rule]]\nname = \"r\"\ncategories = [\"games\"]\naction = \"personal\"\n"
                          "windows = [\"shift\"]\nupload_megabytes = 6\n",
                3, "write upload_megabytes = 5 or less"},
        Mistake{"DepartmentForgetsUploads",
                kPolice + "[[department.rule]]\nname = \"r\"\ncategories = [\"games\"]\naction = \"personal\"\n"
                          "windows = [\"shift\"]\n",
                3, "lets more be sent to category 'games'"}),
    [](const auto& each) { return each.param.name; });

const std::string kLater = "days = [\"mon\"]\nfrom = \"14:00\"\nto = \"15:00\"\n";

INSTANTIATE_TEST_SUITE_P(
    Windows, TableMistake,
    ::testing::Values(
        Mistake{"UnknownOfCity", kPolice + "[[department.window]]\nname = \"lnch\"\n" + kLater, 3,
                "a department gives hours to a window of the city's: unknown window 'lnch'; did you mean 'lunch'?"},
        Mistake{"NotLoosenable", kPolice + "[[department.window]]\nname = \"lunch\"\n" + kLater, 3,
                "the hours Mon 14:00-15:00; the city's in line 4 has Mon-Fri 12:00-13:00, and is not marked"},
        Mistake{"LoosenableBelow", kPolice + "[[department.window]]\nname = \"shift\"\nloosenable = true\n" + kLater, 5,
                "unknown key 'loosenable'"},
        Mistake{"OverlapsItself",
                kPolice + "[[department.window]]\nname = \"shift\"\n" + kLater + "[[department.window]]\n" +
                    "name = \"shift\"\ndays = [\"mon\"]\nfrom = \"14:59\"\nto = \"16:00\"\n",
                8, "overlaps itself on mon (it begins in line 28)"}),
    [](const auto& each) { return each.param.name; });

const std::string kDocument =
    "[[document]]\ntag = \"S2\"\ntitle = \"Handbook\"\nsections = [\"A\", \"B(2)(c)\", \"3.5-13\", \"preamble\"]\n";

INSTANTIATE_TEST_SUITE_P(
    Clauses, TableMistake,
    ::testing::Values(
        Mistake{"Tag", kDocument + kVideo + "action = \"work\"\nclause = \"S3(A)\"\n", 9,
                "no [[document]] has the tag 'S3'; did you mean 'S2'?; tags are S2"},
        Mistake{"Section", kDocument + kVideo + "action = \"work\"\nclause = \"S2(B)(2)(d)\"\n", 9,
                "unknown clause 'S2(B)(2)(d)': 'Handbook' (line 26) has no such section; did you mean 'S2(B)(2)(c)'?"},
        Mistake{"SecondOfTwo", kDocument + kVideo + "action = \"work\"\nclause = \"S2(A), S2(C)\"\n", 9, "'S2(C)'"},
        Mistake{"Deep", kDocument + "[acknowledgement.access]\ntext = \"T\"\nclause = \"S2(X)\"\n", 7, "'S2(X)'"},
        Mistake{"LongerTag", kDocument + kVideo + "action = \"work\"\nclause = \"S22(A)\"\n", 9, "the tag 'S22'"},
        Mistake{"Twice", kDocument + kDocument, 5, "stands already in line 26"},
        Mistake{"SectionTwice", "[[document]]\ntag = \"S\"\ntitle = \"T\"\nsections = [\"A\", \"(A)\"]\n", 4,
                "stands already in the list"},
        Mistake{"NoTag", "[[document]]\ntag = \"S(1)\"\ntitle = \"T\"\nsections = [\"A\"]\n", 2, "is no tag"},
        Mistake{"NoSections", "[[document]]\ntag = \"S\"\ntitle = \"T\"\n", 1, "no 'sections'"}),
    [](const auto& each) { return each.param.name; });

TEST(PolicyTables, ClausesOfADocumentAreTaken) {
  City city;
  for (const auto* clause : {"S2", "S2(A)", "S2(B)(2)(c)", "S2(3.5-13)", "S2 preamble", "S2(A), S2 preamble"})
    EXPECT_TRUE(city.load(kCity + kDocument + kVideo + fmt::format("action = \"work\"\nclause = \"{}\"\n", clause)))
        << city.problems().to_string();
  ASSERT_EQ(city.rules().documents().size(), 1U);
  EXPECT_EQ(city.rules().documents()[0].title, "Handbook");
}

TEST(PolicyTables, TextsAreTheCitysThenTheDepartmentsThenTheGuests) {
  City city;
  ASSERT_TRUE(city.load(kCity +
                        "[acknowledgement]\ntitle = \"T\"\nclause = \"C\"\ntext = \"\"\"\ncity\n\"\"\"\n"
                        "renew_days = 100\n[acknowledgement.guests]\ntext = \"guests\"\n"
                        "[acknowledgement.access]\ntext = \"access\"\n" +
                        kPolice + "[department.acknowledgement]\ntext = \"police\"\nrenew_days = 50\n" +
                        "[[department]]\nname = \"library\"\n[department.acknowledgement]\nrenew_days = 90\n"))
      << city.problems().to_string();
  const auto of = [&](std::string_view department, Kind kind) {
    const auto* known = city.people().department(department);
    return city.rules().acknowledgement(known ? known->id : DepartmentId{}, kind);
  };
  EXPECT_EQ(of("clerk", Kind::Person)->text(), "city\n");
  EXPECT_EQ(of("clerk", Kind::Person)->renew, std::chrono::days(100));
  EXPECT_EQ(of("clerk", Kind::Guest)->text(), "city\n\nguests");
  EXPECT_EQ(of("clerk", Kind::Device), nullptr);
  EXPECT_EQ(of("police", Kind::Person)->text(), "city\n\npolice");
  EXPECT_EQ(of("police", Kind::Person)->renew, std::chrono::days(50));
  EXPECT_EQ(of("police", Kind::Guest)->text(), "city\n\npolice\n\nguests");
  EXPECT_EQ(of("police", Kind::Guest)->title, "T");
  EXPECT_EQ(of("library", Kind::Person)->version, of("clerk", Kind::Person)->version) << "the same text";
  EXPECT_EQ(of("library", Kind::Person)->renew, std::chrono::days(90));
  const auto* police = of("police", Kind::Person);
  EXPECT_EQ(police->sha256, to_hex(sha256_of(police->text())));
  EXPECT_EQ(fmt::format("{:016x}", police->version.value), police->sha256.substr(0, 16));
  EXPECT_NE(police->version, of("clerk", Kind::Person)->version);
  ASSERT_TRUE(city.rules().access_agreement());
  EXPECT_EQ(city.rules().access_agreement()->text(), "access");
  EXPECT_EQ(city.rules().access_agreement()->renew, kRenew);
}

TEST(PolicyTables, ACityMayAskItsGuestsOrOneDepartmentAlone) {
  City city;
  ASSERT_TRUE(city.load(kCity + "[acknowledgement.guests]\ntext = \"guests\"\n")) << city.problems().to_string();
  EXPECT_EQ(city.rules().acknowledgement({}, Kind::Person), nullptr);
  EXPECT_EQ(city.rules().acknowledgement({}, Kind::Guest)->text(), "guests");
  EXPECT_EQ(city.rules().access_agreement(), nullptr);
  ASSERT_TRUE(city.load(kCity + kPolice + "[department.acknowledgement]\ntext = \"police\"\n"))
      << city.problems().to_string();
  const auto police = city.people().department("police")->id;
  EXPECT_EQ(city.rules().acknowledgement({}, Kind::Person), nullptr);
  EXPECT_EQ(city.rules().acknowledgement(police, Kind::Person)->text(), "police");
  EXPECT_EQ(city.rules().acknowledgement(police, Kind::Person)->renew, kRenew);
}

TEST(PolicyTables, WithoutThemNothingIsAskedAndNothingIsSaid) {
  City city;
  ASSERT_TRUE(city.load(kCity));
  for (const auto kind : {Kind::Person, Kind::Guest, Kind::Device})
    EXPECT_EQ(city.rules().acknowledgement({}, kind), nullptr);
  EXPECT_EQ(city.rules().record_access(), nullptr);
  EXPECT_EQ(city.rules().personal_devices({}), nullptr);
  EXPECT_EQ(city.rules().excessive({}), nullptr);
  EXPECT_TRUE(city.rules().sanctioned().empty());
}

TEST(PolicyTables, AccessTermsAndThresholdsByDepartment) {
  City city;
  ASSERT_TRUE(city.load(
      kCity +
      "[records]\npersons = \"designated\"\ndesignated = [\"mayor\", \"city-manager\"]\nclause = \"R\"\n"
      "[personal_devices]\naction = \"allow\"\nwindows = [\"lunch\"]\ncity_networks = [\"10.0.0.0/8\"]\nclause = "
      "\"D\"\n"
      "[excessive]\nminutes_per_day = 60\nclause = \"E\"\n" +
      kPolice + "[department.personal_devices]\naction = \"block\"\n[department.excessive]\nminutes_per_day = 90\n"))
      << city.problems().to_string();
  const auto police = city.people().department("police")->id;
  ASSERT_TRUE(city.rules().record_access());
  EXPECT_EQ(city.rules().record_access()->persons, RecordAccess::Who::Designated);
  EXPECT_THAT(city.rules().record_access()->designated, ::testing::ElementsAre("mayor", "city-manager"));
  const auto* devices = city.rules().personal_devices({});
  ASSERT_TRUE(devices);
  EXPECT_TRUE(devices->allowed);
  EXPECT_TRUE(devices->in_city_network(*IpAddress::parse("10.9.9.9")));
  EXPECT_FALSE(devices->in_city_network(*IpAddress::parse("11.9.9.9")));
  EXPECT_FALSE(city.rules().personal_devices(police)->allowed);
  EXPECT_TRUE(city.rules().personal_devices(police)->in_city_network(*IpAddress::parse("10.9.9.9")));
  EXPECT_EQ(city.rules().personal_devices(police)->clause, "D");
  EXPECT_EQ(city.rules().excessive({})->per_day, std::chrono::minutes(60));
  EXPECT_EQ(city.rules().excessive(police)->per_day, std::chrono::minutes(90));
}

TEST(PolicyTables, SanctionedServicesAreKeptWithTheirEnds) {
  City city;
  ASSERT_TRUE(city.load(kCity + "[[sanctioned]]\ntitle = \"VPN\"\nhosts = [\"VPN.City.Example\", \"203.0.113.0/24\"]\n"
                                "owner = \"IT Director\"\nuntil = 2026-12-01\nclause = \"x\"\n"))
      << city.problems().to_string();
  ASSERT_EQ(city.rules().sanctioned().size(), 1U);
  const auto& service = city.rules().sanctioned()[0];
  EXPECT_THAT(service.names, ::testing::ElementsAre("vpn.city.example"));
  EXPECT_EQ(service.ranges.size(), 1U);
  EXPECT_EQ(service.until, time(city, "2026-12-01"));
  EXPECT_EQ(service.owner, "IT Director");
  EXPECT_EQ(service.line, lines_of(kCity) + 1);
}

TEST(PolicyTables, AnotherShiftHasItsOwnHours) {
  City city;
  ASSERT_TRUE(city.load(kCity + kPolice +
                        "[[department.window]]\nname = \"shift\"\ndays = [\"sat\", \"sun\"]\nfrom = \"22:00\"\nto = "
                        "\"02:00\"\n[[department.window]]\nname = \"lunch\"\ndays = [\"mon\"]\nfrom = \"12:30\"\nto = "
                        "\"12:45\"\n[[department.rule]]\nname = \"social\"\ncategories = [\"social\"]\naction = "
                        "\"personal\"\nwindows = [\"shift\"]\n"))
      << city.problems().to_string();
  const auto police = city.people().department("police")->id;
  EXPECT_EQ(city.rules().window(1, police).text, "Sat Sun 22:00-02:00");
  EXPECT_EQ(city.rules().window(1, {}).text, "Mon-Fri 12:00-13:00");
  EXPECT_EQ(city.rules().effective(city.category("games"), police).rule->name, "games") << "still the city's rule";
  const auto ruling = [&](std::string_view person, std::string_view category, std::string_view at) {
    return city.decide(Request(city, person, {category}, at).facts).ruling;
  };
  for (const auto category : {"games", "social"}) {
    EXPECT_EQ(ruling("mia", category, "2026-11-20T12:30:00"), Ruling::Refuse) << category;
    EXPECT_EQ(ruling("mia", category, "2026-11-22T01:59:59"), Ruling::Allow) << category;
    EXPECT_EQ(ruling("mia", category, "2026-11-22T02:00:00"), Ruling::Refuse) << category;
  }
  EXPECT_EQ(ruling("pat", "games", "2026-11-20T12:30:00"), Ruling::Allow);
  EXPECT_EQ(ruling("pat", "games", "2026-11-22T01:59:59"), Ruling::Refuse);
  EXPECT_EQ(ruling("mia", "news", "2026-11-23T12:29:59"), Ruling::Refuse);
  EXPECT_EQ(ruling("mia", "news", "2026-11-23T12:30:00"), Ruling::Allow);
  EXPECT_EQ(ruling("pat", "news", "2026-11-23T12:29:59"), Ruling::Allow);
}

TEST(PolicyTables, SupplementsTightenEachOfTheseThings) {
  City city;
  EXPECT_TRUE(city.load(kCity +
                        "[[rule]]\nname = \"soft\"\ncategories = [\"social\"]\naction = \"personal\"\nwindows = "
                        "[\"lunch\"]\noutside = \"warn\"\n"
                        "[[rule]]\nname = \"held\"\ncategories = [\"software\"]\naction = \"hold\"\n" +
                        kPolice +
                        "[[department.rule]]\nname = \"a\"\ncategories = [\"social\"]\naction = \"warn\"\n"
                        "[[department.rule]]\nname = \"b\"\ncategories = [\"software\"]\naction = \"block\"\n"
                        "[[department.rule]]\nname = \"c\"\ncategories = [\"weapons\"]\naction = \"hold\"\n"
                        "[[department.rule]]\nname = \"d\"\ncategories = [\"games\"]\naction = \"personal\"\n"
                        "windows = [\"shift\"]\nupload_megabytes = 0\n"))
      << city.problems().to_string();
}

}  // namespace
}  // namespace citygate::policy
