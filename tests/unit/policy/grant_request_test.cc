#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/policy/grant_desk.h"

namespace citygate::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Kind = Error::Kind;

constexpr std::string_view kSha = "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef";

struct Wrong {
  const char* name;
  const char* kind;
  const char* by;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  Error::Kind error;
  const char* says;
};

class WrongRequest : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongRequest, IsToldInWords) {
  GrantDesk desk;
  const auto& [name, kind, by, fields, error, says] = GetParam();
  Act act{.kind = ActKind::GrantRequest, .author = by, .via = "test", .reason = "for work", .subject = ""};
  act.fields = {{"kind", kind}, {"end", "2026-11-27T12:00:00"}};
  for (const auto& [field, value] : fields)
    if (field == "reason")
      act.reason = value;
    else if (value.empty())
      act.fields.erase(act.fields.find(field));
    else
      act.fields.insert_or_assign(std::string(field), std::string(value));
  const auto kept = desk.enact(std::move(act));
  ASSERT_FALSE(kept) << kept->field("steps");
  EXPECT_THAT(kept.error().context, HasSubstr(says));
  EXPECT_EQ(kept.error().kind, error) << kept.error().context;
  EXPECT_EQ(desk.acts.last(), 0U) << "nothing is kept of it";
}

INSTANTIATE_TEST_SUITE_P(
    Any, WrongRequest,
    ::testing::Values(
        Wrong{"Kind", "exemptions", "pat", {}, Kind::NotFound, "did you mean 'exemption'"},
        Wrong{"NoKind", "", "pat", {{"kind", ""}}, Kind::Malformed, "kinds are law-enforcement"},
        Wrong{"FieldOfAnother", "business-use", "pat", {{"case", "7"}}, Kind::Malformed, "takes no 'case'"},
        Wrong{"OwnSteps", "exemption", "pat", {{"steps", "supervisor: pat"}}, Kind::Malformed, "takes no 'steps'"},
        Wrong{"Misspelt", "exemption", "pat", {{"catgories", "games"}}, Kind::Malformed, "did you mean 'categories'"},
        Wrong{"UnknownAuthor", "exemption", "patt", {}, Kind::NotFound, "did you mean 'pat'"},
        Wrong{"DeviceAsks", "exemption", "room", {}, Kind::Refused, "room is a device"},
        Wrong{"UnknownSubject", "exemption", "pat", {{"for", "quin"}}, Kind::NotFound, "did you mean 'quinn'"},
        Wrong{"NoReason",
              "exemption",
              "pat",
              {{"categories", "games"}, {"reason", ""}},
              Kind::Malformed,
              "needs a reason"},
        Wrong{"NoEnd", "exemption", "pat", {{"categories", "games"}, {"end", ""}}, Kind::Malformed, "until when?"},
        Wrong{"EndNoTime",
              "exemption",
              "pat",
              {{"categories", "games"}, {"end", "friday"}},
              Kind::Malformed,
              "'friday' is no time"},
        Wrong{"EndBeforeStart",
              "exemption",
              "pat",
              {{"categories", "games"}, {"start", "2026-11-28"}},
              Kind::Malformed,
              "before it starts"},
        Wrong{"EndIsPast",
              "exemption",
              "pat",
              {{"categories", "games"}, {"end", "2026-11-20T11:00:00"}},
              Kind::Malformed,
              "before it starts"},
        Wrong{"StartIsPast",
              "exemption",
              "pat",
              {{"categories", "games"}, {"start", "2026-11-20T11:58:59"}},
              Kind::Refused,
              "nothing is granted backwards"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Categories, WrongRequest,
    ::testing::Values(
        Wrong{"None", "exemption", "pat", {}, Kind::Malformed, "Name 'categories'"},
        Wrong{"Unknown", "exemption", "pat", {{"categories", "game"}}, Kind::NotFound, "did you mean 'games'"},
        Wrong{"Foreign", "exemption", "pat", {{"categories", "press"}}, Kind::NotFound, "called 'news'"},
        Wrong{"ProhibitedExempted",
              "exemption",
              "pat",
              {{"categories", "games gambling"}},
              Kind::Refused,
              "'gambling' is prohibited"},
        Wrong{"NotBlocked", "exemption", "pat", {{"categories", "news"}}, Kind::Refused, "is not blocked"},
        Wrong{"Threat", "exemption", "pat", {{"categories", "malware"}}, Kind::Refused, "nothing opens"},
        Wrong{"SealedThreat",
              "law-enforcement",
              "ray",
              {{"case", "7"}, {"for", "mia"}, {"categories", "phishing"}},
              Kind::Refused,
              "nothing opens"},
        Wrong{"SealedCircumvention",
              "law-enforcement",
              "ray",
              {{"case", "7"}, {"for", "mia"}, {"categories", "vpn"}},
              Kind::Refused,
              "nothing opens"},
        Wrong{"SealedButOpen",
              "law-enforcement",
              "ray",
              {{"case", "7"}, {"for", "mia"}, {"categories", "news"}},
              Kind::Refused,
              "is not prohibited for mia"},
        Wrong{"SealedButBlocked",
              "law-enforcement",
              "ray",
              {{"case", "7"}, {"for", "mia"}, {"categories", "games"}},
              Kind::Refused,
              "is not prohibited for mia"},
        Wrong{"NoStreaming", "streaming-permit", "pat", {{"categories", "news"}}, Kind::Refused, "is no streaming"},
        Wrong{"StreamingOfWhat", "streaming-permit", "pat", {}, Kind::Malformed, "'categories' or a 'host'"},
        Wrong{"ProhibitedStreamed",
              "streaming-permit",
              "pat",
              {{"categories", "pornography"}},
              Kind::Refused,
              "is prohibited"},
        Wrong{
            "BusinessProhibited", "business-use", "pat", {{"categories", "gambling"}}, Kind::Refused, "is prohibited"},
        Wrong{
            "BusinessBlocked", "business-use", "pat", {{"categories", "games"}}, Kind::Refused, "ask for an exemption"},
        Wrong{"BusinessStreaming",
              "business-use",
              "pat",
              {{"categories", "streaming-media"}},
              Kind::Refused,
              "ask for a streaming permit"},
        Wrong{"BusinessWork", "business-use", "pat", {{"categories", "government"}}, Kind::Refused, "no personal use"},
        Wrong{"Host",
              "exemption",
              "pat",
              {{"categories", "games"}, {"host", "http://x/"}},
              Kind::Malformed,
              "is no host"}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Kinds, WrongRequest,
    ::testing::Values(
        Wrong{"NoCase",
              "law-enforcement",
              "ray",
              {{"for", "mia"}, {"categories", "gambling"}},
              Kind::Malformed,
              "which case?"},
        Wrong{"NoOfficers",
              "law-enforcement",
              "ray",
              {{"case", "7"}, {"categories", "gambling"}},
              Kind::Malformed,
              "Name officers"},
        Wrong{"TwoDepartments",
              "law-enforcement",
              "ray",
              {{"case", "7"}, {"for", "mia pat"}, {"categories", "gambling"}},
              Kind::Malformed,
              "of one department"},
        Wrong{"UnitWhere",
              "law-enforcement",
              "ray",
              {{"case", "7"}, {"units", "vice"}, {"categories", "gambling"}},
              Kind::Malformed,
              "of which department"},
        Wrong{"UnknownUnit",
              "law-enforcement",
              "ray",
              {{"case", "7"}, {"units", "vise"}, {"department", "police"}, {"categories", "gambling"}},
              Kind::NotFound,
              "did you mean 'vice'"},
        Wrong{"UnknownDepartment",
              "law-enforcement",
              "ray",
              {{"case", "7"}, {"units", "vice"}, {"department", "polise"}, {"categories", "gambling"}},
              Kind::NotFound,
              "did you mean 'police'"},
        Wrong{"DeviceAsOfficer",
              "law-enforcement",
              "ray",
              {{"case", "7"}, {"for", "room"}, {"categories", "gambling"}},
              Kind::Malformed,
              "is a device"},
        Wrong{"NoHash", "software-download", "pat", {{"url", "http://t.example/x"}}, Kind::Malformed, "SHA-256"},
        Wrong{"ShortHash",
              "software-download",
              "pat",
              {{"sha256", "abc"}, {"url", "http://t.example/x"}},
              Kind::Malformed,
              "'abc' is no SHA-256"},
        Wrong{"NoUrl", "software-download", "pat", {{"sha256", kSha}}, Kind::Malformed, "is no URL"},
        Wrong{"NoDevice", "personal-device", "pat", {}, Kind::Malformed, "which device?"},
        Wrong{"DeviceAddress", "personal-device", "pat", {{"address", "10.1"}}, Kind::Malformed, "no address"},
        Wrong{"DeviceOfTwo",
              "personal-device",
              "pat",
              {{"for", "pat sue"}, {"description", "x"}},
              Kind::Malformed,
              "one person"},
        Wrong{"NoGuest", "guest-account", "sue", {}, Kind::Malformed, "sign in as"},
        Wrong{"GuestName", "guest-account", "sue", {{"for", "joe smith"}}, Kind::Malformed, "is no name"},
        Wrong{"GuestTaken", "guest-account", "sue", {{"for", "pat"}}, Kind::Refused, "somebody else's name"},
        Wrong{"GuestOfTheFile", "guest-account", "sue", {{"for", "gia"}}, Kind::Refused, "no grant has said"},
        Wrong{"GuestSponsor",
              "guest-account",
              "sue",
              {{"for", "joe"}, {"sponsor", "gia"}},
              Kind::Refused,
              "gia is a guest"},
        Wrong{"GuestTooLong",
              "guest-account",
              "sue",
              {{"for", "joe"}, {"end", "2027-02-19T12:00:00"}},
              Kind::Refused,
              "at most 90 days"},
        Wrong{"AboutWhom", "record-access", "pat", {}, Kind::Malformed, "whose records?"},
        Wrong{"AboutOneself", "record-access", "pat", {{"about", "pat"}}, Kind::Refused, "needs no grant"},
        Wrong{"TwoReaders",
              "record-access",
              "pat",
              {{"for", "pat sue"}, {"about", "lee"}},
              Kind::Malformed,
              "ask for each reader"},
        Wrong{"EightDays",
              "record-access",
              "pat",
              {{"about", "lee"}, {"end", "2026-11-27T12:00:01"}},
              Kind::Refused,
              "at most 7 days at a time (S4 3.2): until 2026-11-27 12:00:00 CST"}),
    [](const auto& each) { return each.param.name; });

TEST(GrantRequest, AKindThatThePolicyHasNotCannotBeGranted) {
  GrantDesk desk("[city]\nname = \"Springfield\"\ntime_zone = \"America/Chicago\"\n");
  EXPECT_THAT(desk.steps(desk.ask("streaming-permit", "pat", {{"host", "radio.example"}})),
              HasSubstr("the policy of Springfield has no 'streaming-permit'"));
}

TEST(GrantRequest, WritesWhatItHasFoundIntoTheAct) {
  GrantDesk desk;
  const auto name = desk.ask("law-enforcement", "ray",
                             {{"case", "2026-0417"},
                              {"for", "ray"},
                              {"units", "vice"},
                              {"department", "police"},
                              {"categories", "pornography gambling pornography"}});
  ASSERT_TRUE(name) << said(name);
  EXPECT_EQ(*name, "law-enforcement/act-1");
  const auto grant = desk.fold.find(*name);
  EXPECT_THAT(grant->subjects, ElementsAre("mia", "ray", "sam"));
  EXPECT_THAT(grant->categories, ElementsAre("gambling", "pornography"));
  EXPECT_EQ(grant->grant.case_number, "2026-0417");
  EXPECT_EQ(grant->department, "police");
  EXPECT_EQ(grant->purpose, "for work");
  EXPECT_TRUE(grant->ordered);
  EXPECT_EQ(grant->grant.start, desk.clock.now());
  EXPECT_EQ(desk.steps(name), "supervisor: sgt; city-manager: cora")
      << "ray's supervisor would be cora, who decides in place of him as chief as well: one signature";
}

TEST(GrantRequest, AStreamingPermitForAHostIsForAllStreaming) {
  GrantDesk desk;
  const auto name = desk.ask("streaming-permit", "pat", {{"for", "room"}, {"host", "Radio.Example."}});
  ASSERT_TRUE(name) << said(name);
  EXPECT_THAT(desk.fold.find(*name)->categories, ElementsAre("streaming-media", "video"));
  EXPECT_EQ(desk.fold.find(*name)->grant.host, "radio.example");
}

TEST(GrantRequest, AHashIsWrittenInOneForm) {
  GrantDesk desk;
  const auto name = desk.ask("software-download", "pat", {{"sha256", kSha}, {"url", "http://t.example/x.exe"}});
  ASSERT_TRUE(name) << said(name);
  EXPECT_EQ(desk.fold.find(*name)->sha256, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  EXPECT_EQ(desk.fold.find(*name)->title, "Downloading software");
  EXPECT_EQ(desk.fold.find(*name)->clause, "S3 C8");
}

TEST(GrantRequest, AFileMayHaveAName) {
  GrantDesk desk;
  const auto ask = [&desk](std::string_view name) {
    return desk.ask("software-download", "pat",
                    {{"sha256", kSha}, {"url", "http://t.example/get"}, {"name", std::string(name)}});
  };
  EXPECT_THAT(said(ask("a\r\nb.exe")), HasSubstr("control characters"));
  const auto named = ask("setup 1.exe");
  ASSERT_TRUE(named) << said(named);
  EXPECT_EQ(desk.fold.find(*named)->file_name, "setup 1.exe");
}

TEST(GrantRequest, SevenDaysAreSevenDaysOfTheCalendar) {
  GrantDesk desk;
  desk.at("2026-10-27T12:00:00");  // the clocks go back on November 1: 169 hours
  EXPECT_TRUE(desk.ask("record-access", "pat", {{"about", "lee"}, {"end", "2026-11-03T12:00:00"}}));
  desk.at("2027-03-10T12:00:00");  // and forward on March 14: 167 hours, but 168 are seven days as well
  EXPECT_TRUE(desk.ask("record-access", "pat", {{"about", "lee"}, {"end", "2027-03-17T12:00:00"}}));
  EXPECT_THAT(said(desk.ask("record-access", "pat", {{"about", "quinn"}, {"end", "2027-03-17T13:00:01"}})),
              HasSubstr("at most 7 days"));
}

TEST(GrantRequest, AStartAMinuteAgoIsNow) {
  GrantDesk desk;
  const auto name = desk.ask("exemption", "pat", {{"categories", "games"}, {"start", "2026-11-20T11:59:00"}});
  ASSERT_TRUE(name) << said(name);
  EXPECT_EQ(desk.fold.find(*name)->grant.start, desk.clock.now());
}

TEST(GrantRequest, OneWaitsAtATime) {
  GrantDesk desk;
  const auto first = desk.ask("exemption", "pat", {{"categories", "games"}});
  ASSERT_TRUE(first);
  EXPECT_THAT(said(desk.ask("exemption", "pat", {{"categories", "games"}})), HasSubstr("asked for already: " + *first));
  EXPECT_TRUE(desk.ask("exemption", "pat", {{"categories", "weapons"}}));
  EXPECT_TRUE(desk.ask("exemption", "pat", {{"categories", "games"}, {"host", "chess.example"}}));
  ASSERT_TRUE(desk.refuse(*first, "sue"));
  EXPECT_TRUE(desk.ask("exemption", "pat", {{"categories", "games"}}));
}

}  // namespace
}  // namespace citygate::policy
