#include "tests/unit/policy/mistake.h"

namespace citygate::policy {
namespace {

using ::testing::HasSubstr;

const std::string kCity = std::string(kSpringfield) + R"([[quota]]
name = "personal-time"
minutes_per_day = 30
[[rule]]
name = "no-gambling"
categories = ["gambling"]
action = "prohibit"
[[rule]]
name = "some-news"
title = "A little news"
clause = "6 a"
categories = ["news"]
action = "personal"
windows = ["lunch"]
quota = "personal-time"
)";

class PolicyMistake : public ::testing::TestWithParam<Mistake> {};

TEST_P(PolicyMistake, IsToldWithItsLine) { expect_told(kCity, GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    File, PolicyMistake,
    ::testing::Values(Mistake{"Syntax", "[[rule\n", 1, "not TOML"},
                      Mistake{"UnknownTable", "[[rules]]\nname = \"x\"\n", 1, "did you mean 'rule'"},
                      Mistake{"OnErrorProhibited", "[on_error]\nprohibited = \"allow\"\n", 2, "must be one of: block"},
                      Mistake{"OnErrorOther", "[on_error]\nother = \"open\"\n", 2, "must be one of: block, allow"},
                      Mistake{"OnErrorKey", "[on_error]\nothers = \"block\"\n", 2, "'other'"},
                      Mistake{"TunnelsWord", "[tunnels]\nnot_tls = \"open\"\n", 2, "must be one of: refuse, allow"},
                      Mistake{"TunnelsKey", "[tunnels]\nnot_tsl = \"allow\"\n", 2, "'not_tls'"},
                      Mistake{"Engine", "[safe_search]\nengines = [\"bing\",\n\"gogle\"]\n", 3,
                              "did you mean 'google'"},
                      Mistake{"EnginesMissing", "[safe_search]\n", 1, "'engines'"},
                      Mistake{"EngineTwice", "[safe_search]\nengines = [\"youtube-moderate\", \"youtube-strict\"]\n", 2,
                              "two measures of one site"},
                      Mistake{"Port", "[destinations]\nports = [\"http\"]\n", 2, "'http' is neither a port"},
                      Mistake{"PortRange", "[destinations]\nconnect_ports = [\"443\",\n\"9-8\"]\n", 3, "'9-8'"},
                      Mistake{"PortZero", "[destinations]\nports = [\"0\"]\n", 2, "'0'"},
                      Mistake{"PrivateRange", "[destinations]\nprivate = [\"10.0.0.1/8\"]\n", 2, "10.0.0.1/8"},
                      Mistake{"SanctionedOfOld", "[destinations]\nports = [\"80\"]\nsanctioned = [\"vpn.example\"]\n",
                              3, "write [[sanctioned]] with title, hosts = [...], owner and until"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    WindowsAndQuotas, PolicyMistake,
    ::testing::Values(
        Mistake{"WindowOverlap", "[[window]]\nname = \"lunch\"\ndays = [\"fri\"]\nfrom = \"12:59\"\nto = \"14:00\"\n",
                1, "overlaps itself on fri"},
        Mistake{"WindowOverSunday",
                "[[window]]\nname = \"n\"\ndays = [\"sun\", \"mon\"]\nfrom = \"05:00\"\nto = \"06:00\"\n"
                "[[window]]\nname = \"n\"\ndays = [\"sun\"]\nfrom = \"22:00\"\nto = \"05:01\"\n",
                6, "overlaps itself on sun"},
        Mistake{"WindowEmpty", "[[window]]\nname = \"w\"\ndays = [\"fri\"]\nfrom = \"12:00\"\nto = \"12:00\"\n", 5,
                "empty"},
        Mistake{"WindowFromTheEnd", "[[window]]\nname = \"w\"\ndays = [\"fri\"]\nfrom = \"24:00\"\nto = \"12:00\"\n", 5,
                "empty"},
        Mistake{"WindowTime", "[[window]]\nname = \"w\"\ndays = [\"fri\"]\nfrom = \"noon\"\nto = \"13:00\"\n", 4,
                "'noon'"},
        Mistake{"WindowDay", "[[window]]\nname = \"w\"\ndays = [\"friday\"]\nfrom = \"12:00\"\nto = \"13:00\"\n", 3,
                "no day"},
        Mistake{"WindowNoDays", "[[window]]\nname = \"w\"\nfrom = \"12:00\"\nto = \"13:00\"\n", 1, "no 'days'"},
        Mistake{"WindowNoEnd", "[[window]]\nname = \"w\"\ndays = [\"fri\"]\nfrom = \"12:00\"\n", 1, "no 'to'"},
        Mistake{"QuotaTwice", "[[quota]]\nname = \"personal-time\"\nminutes_per_day = 3\n", 1, "already in line 9"},
        Mistake{"QuotaNothing", "[[quota]]\nname = \"q\"\n", 1, "limits nothing"},
        Mistake{"QuotaZero", "[[quota]]\nname = \"q\"\nminutes_per_day = 0\n", 3, "from 1 to 1440"},
        Mistake{"QuotaHalf", "[[quota]]\nname = \"q\"\nmegabytes_per_day = 1.5\n", 3, "a whole number"},
        Mistake{"QuotaName", "[[quota]]\nname = \"My Quota\"\nminutes_per_day = 3\n", 2, "is no name"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Rules, PolicyMistake,
    ::testing::Values(
        Mistake{"NoName", "[[rule]]\ncategories = [\"games\"]\naction = \"block\"\n", 1, "no 'name'"},
        Mistake{"NameTwice", "[[rule]]\nname = \"some-news\"\ncategories = [\"games\"]\naction = \"block\"\n", 1,
                "already in line 16"},
        Mistake{"NoCategories", "[[rule]]\nname = \"r\"\naction = \"block\"\n", 1, "no 'categories'"},
        Mistake{"EmptyCategories", "[[rule]]\nname = \"r\"\ncategories = []\naction = \"block\"\n", 3, "is empty"},
        Mistake{"UnknownCategory", "[[rule]]\nname = \"r\"\ncategories = [\"games\",\n\"vidio\"]\naction = \"block\"\n",
                4, "did you mean 'video'"},
        Mistake{"ForeignCategory", "[[rule]]\nname = \"r\"\ncategories = [\"adult\"]\naction = \"block\"\n", 3,
                "did you mean 'pornography'"},
        Mistake{"CategoryTwice", "[[rule]]\nname = \"r\"\ncategories = [\"gambling\"]\naction = \"block\"\n", 3,
                "already in the rule of line 12"},
        Mistake{"CategoryTwiceInOneRule",
                "[[rule]]\nname = \"r\"\ncategories = [\"games\", \"games\"]\naction = \"block\"\n", 3,
                "already in the rule of line 24"},
        Mistake{"NoAction", "[[rule]]\nname = \"r\"\ncategories = [\"games\"]\n", 1, "no 'action'"},
        Mistake{"UnknownAction", "[[rule]]\nname = \"r\"\ncategories = [\"games\"]\naction = \"blok\"\n", 4,
                "did you mean 'block'"},
        Mistake{"UnknownWindow",
                "[[rule]]\nname = \"r\"\ncategories = [\"games\"]\naction = \"personal\"\nwindows = [\"lnch\"]\n", 5,
                "did you mean 'lunch'"},
        Mistake{"UnknownQuota",
                "[[rule]]\nname = \"r\"\ncategories = [\"games\"]\naction = \"personal\"\nquota = \"personal-tine\"\n",
                5, "did you mean 'personal-time'"},
        Mistake{"WindowOnBlock",
                "[[rule]]\nname = \"r\"\ncategories = [\"games\"]\naction = \"block\"\nwindows = [\"lunch\"]\n", 5,
                "not block"},
        Mistake{"QuotaOnWork",
                "[[rule]]\nname = \"r\"\ncategories = [\"games\"]\naction = \"work\"\nquota = \"personal-time\"\n", 5,
                "not work"},
        Mistake{"ThreatOpened", "[[rule]]\nname = \"r\"\ncategories = [\"malware\"]\naction = \"warn\"\n", 3,
                "refused whatever a rule says"},
        Mistake{"CircumventionOpened", "[[rule]]\nname = \"r\"\ncategories = [\"vpn\"]\naction = \"work\"\n", 3,
                "sanctioned"},
        Mistake{"ProhibitLoosenable",
                "[[rule]]\nname = \"r\"\ncategories = [\"games\"]\naction = \"prohibit\"\nloosenable = true\n", 5,
                "cannot be loosened"},
        Mistake{"LoosenableNotBool",
                "[[rule]]\nname = \"r\"\ncategories = [\"games\"]\naction = \"block\"\nloosenable = \"yes\"\n", 5,
                "true or false"},
        Mistake{"KeyMisspelt",
                "[[rule]]\nname = \"r\"\ncategoris = \"x\"\ncategories = [\"games\"]\naction = \"block\"\n", 3,
                "did you mean 'categories'"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Departments, PolicyMistake,
    ::testing::Values(
        Mistake{"Unknown", "[[department]]\nname = \"plice\"\n", 2, "did you mean 'police'"},
        Mistake{"Twice", "[[department]]\nname = \"police\"\n[[department]]\nname = \"police\"\n", 3,
                "already in line 24"},
        Mistake{"LoosensProhibited",
                "[[department]]\nname = \"police\"\n[[department.rule]]\nname = \"r\"\ncategories = [\"gambling\"]\n"
                "action = \"block\"\n",
                3, "rule 'no-gambling' in line 12 is not marked loosenable"},
        Mistake{"LoosensDefaultProhibited",
                "[[department]]\nname = \"police\"\n[[department.rule]]\nname = \"r\"\ncategories = [\"pornography\"]\n"
                "action = \"block\"\n",
                3, "prohibited unless a rule of the city says otherwise"},
        Mistake{"LoosensToWork",
                "[[department]]\nname = \"police\"\n[[department.rule]]\nname = \"r\"\ncategories = [\"news\"]\n"
                "action = \"work\"\n",
                3,
                "from personal with quota 'personal-time' in windows to work; the city's rule 'some-news' in line 16"},
        Mistake{"DropsWindow",
                "[[department]]\nname = \"police\"\n[[department.rule]]\nname = \"r\"\ncategories = [\"news\"]\n"
                "action = \"personal\"\nquota = \"personal-time\"\n",
                3, "not marked loosenable"},
        Mistake{"DropsQuota",
                "[[department]]\nname = \"police\"\n[[department.rule]]\nname = \"r\"\ncategories = [\"news\"]\n"
                "action = \"personal\"\nwindows = [\"lunch\"]\n",
                3, "not marked loosenable"},
        Mistake{"WarnInsteadOfLimits",
                "[[department]]\nname = \"police\"\n[[department.rule]]\nname = \"r\"\ncategories = [\"news\"]\n"
                "action = \"warn\"\n",
                3, "not marked loosenable"},
        Mistake{
            "OwnQuotaOnTop",
            "[[quota]]\nname = \"more\"\nminutes_per_day = 5\n[[department]]\nname = \"police\"\n[[department.rule]]\n"
            "name = \"r\"\ncategories = [\"news\"]\naction = \"personal\"\nwindows = [\"lunch\"]\nquota = \"more\"\n",
            6, "not marked loosenable"},
        Mistake{"RaisesQuota",
                "[[department]]\nname = \"police\"\n[department.quota.personal-time]\nminutes_per_day = 31\n", 3,
                "city's rule 'some-news' in line 16 draws"},
        Mistake{"UnknownQuotaHere",
                "[[department]]\nname = \"police\"\n[department.quota.personal]\nminutes_per_day = 3\n", 3,
                "unknown quota 'personal'"},
        Mistake{"QuotaChangesNothing", "[[department]]\nname = \"police\"\n[department.quota.personal-time]\n", 3,
                "limits nothing"},
        Mistake{"LoosenableBelow",
                "[[department]]\nname = \"police\"\n[[department.rule]]\nname = \"r\"\ncategories = [\"games\"]\n"
                "action = \"block\"\nloosenable = true\n",
                7, "unknown key 'loosenable'"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Grants, PolicyMistake,
    ::testing::Values(
        Mistake{
            "NoEnd",
            "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"mia\"]\ncategories = [\"gambling\"]\n",
            1, "no 'end'"},
        Mistake{
            "EndsBeforeStart",
            "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"mia\"]\ncategories = [\"gambling\"]\n"
            "start = 2026-12-01\nend = 2026-12-01\n",
            7, "ends before it starts"},
        Mistake{
            "EndNoDate",
            "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"mia\"]\ncategories = [\"gambling\"]\n"
            "end = \"soon\"\n",
            6, "'soon' is no date"},
        Mistake{"Kind",
                "[[grant]]\nkind = \"police\"\ncase = \"1\"\nofficers = [\"mia\"]\ncategories = [\"gambling\"]\n"
                "end = 2026-12-31\n",
                2, "law-enforcement"},
        Mistake{"NoCase",
                "[[grant]]\nkind = \"law-enforcement\"\nofficers = [\"mia\"]\ncategories = [\"gambling\"]\nend = "
                "2026-12-31\n",
                1, "no 'case'"},
        Mistake{"CaseLikeAnAct",
                "[[grant]]\nkind = \"law-enforcement\"\ncase = \"act-12\"\nofficers = [\"mia\"]\n"
                "categories = [\"gambling\"]\nend = 2026-12-31\n",
                3, "does not begin with"},
        Mistake{
            "CaseTwice",
            "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"mia\"]\ncategories = [\"gambling\"]\n"
            "end = 2026-12-31\n"
            "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"mia\"]\ncategories = [\"gambling\"]\n"
            "end = 2026-12-31\n",
            7, "already in line 24"},
        Mistake{
            "Threat",
            "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"mia\"]\ncategories = [\"gambling\",\n"
            "\"phishing\"]\nend = 2026-12-31\n",
            6, "cannot be granted"},
        Mistake{"Circumvention",
                "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"mia\"]\ncategories = [\"vpn\"]\n"
                "end = 2026-12-31\n",
                5, "cannot be granted"},
        Mistake{"NotProhibited",
                "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"mia\"]\ncategories = [\"news\"]\n"
                "end = 2026-12-31\n",
                1, "lifts nothing for category 'news'"},
        Mistake{
            "UnknownOfficer",
            "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"mja\"]\ncategories = [\"gambling\"]\n"
            "end = 2026-12-31\n",
            4, "did you mean 'mia'"},
        Mistake{
            "Device",
            "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nofficers = [\"kiosk\"]\ncategories = [\"gambling\"]\n"
            "end = 2026-12-31\n",
            4, "is a device"},
        Mistake{"UnknownUnit",
                "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nunits = [\"vize\"]\ndepartment = \"police\"\n"
                "categories = [\"gambling\"]\nend = 2026-12-31\n",
                4, "did you mean 'vice'"},
        Mistake{"UnitElsewhere",
                "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nunits = [\"vice\"]\ndepartment = \"clerk\"\n"
                "categories = [\"gambling\"]\nend = 2026-12-31\n",
                4, "nobody of department 'clerk'"},
        Mistake{"UnitNowhere",
                "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\nunits = [\"vice\"]\ncategories = [\"gambling\"]\n"
                "end = 2026-12-31\n",
                1, "no 'department'"},
        Mistake{"ForNobody",
                "[[grant]]\nkind = \"law-enforcement\"\ncase = \"1\"\ncategories = [\"gambling\"]\nend = 2026-12-31\n",
                1, "neither 'officers' nor 'units'"}),
    [](const auto& each) { return each.param.name; });

TEST(PolicyFile, CityMustBeThere) {
  City city;
  EXPECT_FALSE(city.load(""));
  EXPECT_THAT(city.problems().to_string(), HasSubstr("there is no [city]"));
  EXPECT_FALSE(city.load("[city]\nname = \"X\"\n"));
  EXPECT_EQ(city.problems().to_string(), "policy.toml:1: [city] has no 'time_zone'");
  EXPECT_FALSE(city.load("[city]\nname = \"X\"\ntime_zone = \"Mars/Olympus\"\nuncategorised = \"maybe\"\n"));
  ASSERT_EQ(city.problems().list().size(), 2U) << city.problems().to_string();
  EXPECT_EQ(city.problems().list()[0].line, 4);
  EXPECT_EQ(city.problems().list()[1].line, 3);
}

TEST(PolicyFile, SupplementsThatTightenAreTaken) {
  City city;
  const std::string text = kCity + R"(
[[rule]]
name = "open-games"
categories = ["games"]
action = "personal"
loosenable = true
[[department]]
name = "police"
[[department.rule]]
name = "less-news"
categories = ["news"]
action = "block"
[[department.rule]]
name = "game-theory"
categories = ["games"]
action = "work"
[[department.rule]]
name = "no-casinos"
categories = ["pornography"]
action = "prohibit"
[department.quota.personal-time]
minutes_per_day = 10
megabytes_per_day = 5
[[department]]
name = "clerk"
[[department.rule]]
name = "same-news"
categories = ["news"]
action = "streaming"
windows = ["lunch"]
quota = "personal-time"
)";
  ASSERT_TRUE(city.load(text)) << city.problems().to_string();
  const auto police = city.people().department("police")->id, clerk = city.people().department("clerk")->id;
  const auto pot = city.quota("personal-time");
  EXPECT_EQ(city.rules().quota(pot, police)->minutes_per_day, std::chrono::minutes(10));
  EXPECT_EQ(city.rules().quota(pot, police)->bytes_per_day, 5'000'000U);
  EXPECT_EQ(city.rules().quota(pot, clerk)->minutes_per_day, std::chrono::minutes(30));
  EXPECT_EQ(city.rules().quota(QuotaId{}, clerk), nullptr);
  EXPECT_EQ(city.rules().quotas(police).size(), 1U);
  EXPECT_EQ(city.rules().effective(city.category("news"), police).rule->name, "police/less-news");
  EXPECT_EQ(city.rules().effective(city.category("games"), police).action, Action::Work);
  EXPECT_EQ(city.rules().effective(city.category("news"), DepartmentId{}).rule->name, "some-news");
  EXPECT_EQ(city.rules().effective(city.category("social"), clerk).rule, nullptr);
  EXPECT_EQ(city.rules().effective(city.category("social"), clerk).action, Action::Personal);
}

TEST(PolicyFile, RulesAsPeopleKnowThem) {
  City city;
  ASSERT_TRUE(city.load(kCity)) << city.problems().to_string();
  const RuleId id{*city.names().find(NameKind::Rule, "some-news")};
  const Rule* rule = city.rules().rule(id);
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->title, "A little news");
  EXPECT_EQ(rule->clause, "6 a");
  EXPECT_EQ(rule->quota, city.quota("personal-time"));
  ASSERT_EQ(rule->windows.size(), 1U);
  EXPECT_EQ(city.rules().windows()[rule->windows[0]].text, "Mon-Fri 12:00-13:00");
  EXPECT_EQ(city.rules().rule(RuleId{}), nullptr);
  EXPECT_EQ(city.rules().rules().size(), 2U);
  EXPECT_EQ(city.rules().city(), "Springfield");
}

TEST(PolicyFile, VersionIsTheBeginningOfTheTextsHash) {
  City city;
  ASSERT_TRUE(city.load(kCity));
  EXPECT_EQ(city.rules().source_text(), kCity);
  EXPECT_EQ(city.rules().sha256().size(), 64U);
  char first[17];
  snprintf(first, sizeof first, "%016llx", static_cast<unsigned long long>(city.rules().version().value));
  EXPECT_EQ(city.rules().sha256().substr(0, 16), first);
  const auto before = city.rules().version();
  ASSERT_TRUE(city.load(kCity + "# a comment is part of the text\n"));
  EXPECT_NE(city.rules().version(), before);
}

TEST(PolicyFile, ShippedPolicyIsReadable) {
  const std::filesystem::path conf = CITYGATE_SOURCE_DIR "/conf";
  if (!exists(conf / "taxonomy.toml")) GTEST_SKIP() << "conf/taxonomy.toml is not here";
  MemoryNames names;
  Problems problems;
  const auto taxonomy = categories::Taxonomy::read(conf / "taxonomy.toml", names, problems);
  const auto people = Directory::read(conf / "people.toml", names, problems);
  ASSERT_TRUE(taxonomy && people) << problems.to_string();
  const auto loaded = Rulebook::read(conf / "policy.toml", *taxonomy, *people, names, problems);
  ASSERT_TRUE(loaded.rules && loaded.grants) << problems.to_string();
  ASSERT_EQ(loaded.grants->all().size(), 1U);
  EXPECT_EQ(loaded.grants->all()[0].subjects, std::vector<PersonId>{people->by_name("mia.lopez")->id});
}

}  // namespace
}  // namespace citygate::policy
