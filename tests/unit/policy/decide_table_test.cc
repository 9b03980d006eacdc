// Every action in every state, against the oracle; and what a table does not show.
#include <gtest/gtest.h>

#include "tests/unit/policy/decide_oracle.h"

namespace citygate::policy {
namespace {

class DecideTable : public ::testing::Test {
 protected:
  DecideTable() {
    if (!loaded_) throw std::runtime_error(city_.problems().to_string());
    for (unsigned kind = 0; kind <= static_cast<unsigned>(kLastGrantKind); ++kind)
      for (const auto term : {Term::Live, Term::Over, Term::ElsewhereAlone}) books_.push_back(book(kind, term));
  }

  // It names every category there is: what it lifts is its kind's matter.
  std::unique_ptr<GrantBook> book(unsigned kind, Term term) {
    Grant grant;
    grant.id = GrantId{7};
    grant.kind = static_cast<GrantKind>(kind);
    grant.subjects = {city_.subject("pat").person};
    for (const auto& category : city_.taxonomy().all()) grant.categories.insert(category.id);
    grant.start = WallTime::min();
    grant.end = time(city_, term == Term::Over ? "2026-11-20T00:00:00" : "2026-12-20T00:00:00");
    if (term == Term::ElsewhereAlone) grant.host = "else.example";
    return std::make_unique<GrantBook>(std::vector{grant});
  }

  Standing standing(const State& state, WallTime now) const {
    using std::chrono::days;
    const auto kind = state.who == Who::Guest ? Subject::Kind::Guest : Subject::Kind::Person;
    Standing out;
    out.acknowledged = city_.rules().acknowledgement({}, kind)->version;
    out.acknowledged_at = now - days(364);
    switch (state.standing) {
      case Access::Nobody:
      case Access::Current: break;
      case Access::OldText: out.acknowledged = TextVersion{1}; break;
      case Access::Lapsed: out.acknowledged_at = now - days(365); break;
      case Access::SuspendedLater:
        out.barred = Reason::Suspended;
        out.barred_from = now + days(1);
        break;
      case Access::Suspended:
        out.barred = Reason::Suspended;
        out.barred_from = now - days(1);
        out.barred_until = now + days(1);
        break;
      case Access::SuspendedBefore:
        out.barred = Reason::Suspended;
        out.barred_from = now - days(2);
        out.barred_until = now;
        break;
      case Access::Revoked:
        out.barred = Reason::Revoked;
        out.barred_from = now;
        break;
      case Access::Ended: out.ends = now; break;
    }
    return out;
  }

  const GrantBook& grants(const State& state) const {
    static const GrantBook none{{}};
    return state.grant ? *books_[static_cast<unsigned>(*state.grant) * 3 + static_cast<unsigned>(state.term)] : none;
  }

  void check(Request& request, const State& state) {
    request.at(city_, state.lunch ? lunch_ : evening_);
    Facts& facts = request.facts;
    facts.subject.kind = state.who == Who::Guest    ? Subject::Kind::Guest
                         : state.who == Who::Device ? Subject::Kind::Device
                                                    : Subject::Kind::Person;
    facts.subject.personal_device = state.who == Who::OwnDevice;
    const Standing standing = this->standing(state, facts.now);
    facts.standing = state.standing == Access::Nobody ? nullptr : &standing;
    facts.stage = state.stage;
    facts.warned = state.warned;
    facts.upload_bytes = state.sends_much ? 5'000'001 : 5'000'000;
    const Usage used{std::chrono::minutes(state.used_up ? 30 : 29), state.used_up ? 5'000'000U : 4'999'999U};
    request.usage.today = {{city_.quota("time"), used}, {city_.quota("volume"), used}};

    const Verdict verdict = policy::decide(facts, city_.rules(), grants(state));
    const Answer wanted = Oracle(state).answer();
    const Answer got{verdict.ruling, verdict.reason, verdict.sealed,
                     verdict.charge == Charge{}                    ? ""
                     : !verdict.charge.quota                       ? "reports"
                     : verdict.charge.quota == city_.quota("time") ? "time"
                                                                   : "volume"};
    ASSERT_EQ(got, wanted) << to_string(got.reason) << " instead of " << to_string(wanted.reason) << ", "
                           << describe(state);
    if (verdict.ruling == Ruling::Allow) {
      ASSERT_GT(verdict.good_until, facts.now) << describe(state);
    }
    ++asked_[static_cast<unsigned>(verdict.reason)];
  }

  static std::string describe(const State& state) {
    std::string out = "stage " + std::string(to_string(state.stage));
    out += ", who " + std::to_string(static_cast<int>(state.who));
    out += ", standing " + std::to_string(static_cast<int>(state.standing));
    if (state.grant) out += ", grant " + std::string(to_string(*state.grant));
    out += ", term " + std::to_string(static_cast<int>(state.term));
    out += state.lunch ? ", lunch" : ", evening";
    if (state.used_up) out += ", used up";
    if (state.warned) out += ", warned";
    if (state.sends_much) out += ", sends much";
    for (const auto category : state.categories) out += " " + std::string(category);
    return out;
  }

  City city_;
  const bool loaded_ = city_.load(kOraclePolicy);  // before the times, which are by its clock
  std::vector<std::unique_ptr<GrantBook>> books_;
  const WallTime lunch_ = time(city_, "2026-11-20T12:30:00"), evening_ = time(city_, "2026-11-20T13:00:00");
  std::array<std::size_t, 64> asked_{};
};

const std::vector<std::vector<std::string_view>> kFound = {
    {},
    {"malware"},
    {"gambling"},
    {"vpn"},
    {"games"},
    {"streaming-media"},
    {"software"},
    {"weapons"},
    {"news"},
    {"social"},
    {"video"},
    {"government"},
    {"gambling", "malware"},
    {"gambling", "vpn"},
    {"gambling", "news"},
    {"games", "software"},
    {"news", "social"},
    {"news", "video"},
    {"news", "software", "weapons"},
    {"social", "weapons"},
    {"social", "streaming-media"},
    {"government", "software", "video"},
    {"news", "social", "video", "government", "weapons"},
};

TEST_F(DecideTable, EveryActionInEveryState) {
  std::vector<std::pair<std::optional<GrantKind>, Term>> grants = {{std::nullopt, Term::Live}};
  for (unsigned kind = 0; kind <= static_cast<unsigned>(kLastGrantKind); ++kind)
    for (const auto term : {Term::Live, Term::Over, Term::ElsewhereAlone})
      grants.emplace_back(static_cast<GrantKind>(kind), term);
  std::size_t cases = 0;
  for (const auto& found : kFound) {
    Request request(city_, "pat", found);
    for (const auto who : {Who::Person, Who::Guest, Who::Device, Who::OwnDevice})
      for (const auto standing : kStandings)
        for (const auto& [grant, term] : grants)
          for (unsigned bits = 0; bits < 16; ++bits)
            for (const auto stage :
                 {Stage::Request, Stage::Resolved, Stage::Hello, Stage::Response, Stage::Body, Stage::Tick}) {
              ++cases;
              check(request, {who, standing, grant, term, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0,
                              (bits & 8) != 0, stage, found});
              if (HasFatalFailure()) return;
            }
  }
  EXPECT_EQ(cases, 23U * 4 * 9 * 25 * 16 * 6);
  for (const auto reason : {Reason::Work,          Reason::Uncategorised,   Reason::WithinQuota,
                            Reason::NoQuota,       Reason::Warned,          Reason::SealedGrant,
                            Reason::Granted,       Reason::BusinessUse,     Reason::Revoked,
                            Reason::Suspended,     Reason::NotAcknowledged, Reason::PersonalDevice,
                            Reason::Malware,       Reason::Prohibited,      Reason::Circumvention,
                            Reason::Blocked,       Reason::WarningShown,    Reason::OutsideWindow,
                            Reason::MinutesUsedUp, Reason::BytesUsedUp,     Reason::HeldForApproval,
                            Reason::UploadTooLarge})
    EXPECT_GT(asked_[static_cast<unsigned>(reason)], 0U) << to_string(reason);
}

// A grant for one site opens what is below it, and in a tunnel not what hides behind its name.
TEST_F(DecideTable, AGrantForAHostHoldsThereAndBelow) {
  Grant grant;
  grant.id = GrantId{7};
  grant.kind = GrantKind::Exemption;
  grant.subjects = {city_.subject("pat").person};
  grant.categories = city_.set({"games"});
  grant.host = "play.example";
  grant.start = WallTime::min();
  grant.end = time(city_, "2026-12-20T00:00:00");
  const GrantBook book(std::vector{grant});
  Request request(city_, "pat", {"games"});
  request.facts.subject.kind = Subject::Kind::Device;  // nothing to acknowledge
  const auto ruling = [&](const char* url, std::string_view hello = "") {
    EXPECT_TRUE(parse_url(url, request.target));
    request.facts.hello_host = hello;
    return policy::decide(request.facts, city_.rules(), book).ruling;
  };
  EXPECT_EQ(ruling("http://play.example/"), Ruling::Allow);
  EXPECT_EQ(ruling("http://www.play.example/"), Ruling::Allow);
  EXPECT_EQ(ruling("http://display.example/"), Ruling::Refuse);
  EXPECT_EQ(ruling("http://example/"), Ruling::Refuse);
  EXPECT_EQ(ruling("http://play.example/", "www.play.example"), Ruling::Allow);
  EXPECT_EQ(ruling("http://play.example/", "other.example"), Ruling::Refuse);
  ASSERT_TRUE(parse_url("http://play.example/", request.target));
  request.facts.hello_host = "";
  const Verdict verdict = policy::decide(request.facts, city_.rules(), book);
  EXPECT_EQ(verdict.grant, grant.id);
  EXPECT_EQ(verdict.good_until, grant.end);
  EXPECT_EQ(city_.rule_name(verdict.rule), "blocked");
}

// What the sealed grant covers leaves no trace elsewhere, also where the officer is barred or has to acknowledge.
TEST_F(DecideTable, WhatASealedGrantCoversStaysSealedWhenAccessIsRefused) {
  for (const auto standing : {Access::Suspended, Access::OldText, Access::Ended}) {
    State state{.standing = standing, .grant = GrantKind::LawEnforcement, .categories = {"gambling"}};
    Request request(city_, "pat", state.categories);
    const Standing entry = this->standing(state, request.facts.now);
    request.facts.standing = &entry;
    const Verdict verdict = policy::decide(request.facts, city_.rules(), grants(state));
    EXPECT_NE(verdict.ruling, Ruling::Allow);
    EXPECT_TRUE(verdict.sealed);
    EXPECT_EQ(verdict.grant, GrantId{7});
    EXPECT_FALSE(verdict.category);
  }
}

TEST_F(DecideTable, GoodUntilIsTheFirstEndOfWhatItReliedOn) {
  State state{.grant = GrantKind::BusinessUse, .lunch = true, .categories = {"news"}};
  Request request(city_, "pat", state.categories, "2026-11-20T12:30:00");
  Standing entry = standing(state, request.facts.now);
  request.facts.standing = &entry;
  const auto until = [&] { return policy::decide(request.facts, city_.rules(), grants(state)).good_until; };
  EXPECT_EQ(until(), entry.acknowledged_at + std::chrono::days(365)) << "before the grant's end";
  entry.acknowledged_at = request.facts.now;
  EXPECT_EQ(until(), time(city_, "2026-12-20T00:00:00")) << "the grant's end; its hours do not matter";
  entry.ends = request.facts.now + std::chrono::hours(5);
  EXPECT_EQ(until(), entry.ends);
  entry.barred = Reason::Suspended;
  entry.barred_from = request.facts.now + std::chrono::hours(4);
  EXPECT_EQ(until(), entry.barred_from);
  request.facts.subject.personal_device = true;
  EXPECT_EQ(until(), time(city_, "2026-11-20T13:00:00")) << "the hours of personal devices";
  state.grant.reset();
  request.facts.subject.personal_device = false;
  EXPECT_EQ(until(), time(city_, "2026-11-20T13:00:00")) << "the rule's window";
}

TEST_F(DecideTable, APersonalDeviceOpensWithItsHours) {
  Request request(city_, "pat", {"government"}, "2026-11-20T13:00:00");
  request.facts.subject.personal_device = true;
  const Verdict verdict = policy::decide(request.facts, city_.rules(), GrantBook{{}});
  EXPECT_EQ(verdict.reason, Reason::PersonalDevice);
  EXPECT_EQ(verdict.opens_at, time(city_, "2026-11-27T12:00:00"));
}

TEST_F(DecideTable, AGrantForOneDeviceIsForNoOther) {
  Request request(city_, "pat", {"government"}, "2026-11-20T13:00:00");
  request.facts.subject.personal_device = true;
  request.facts.client = *IpAddress::parse("192.0.2.7");
  const auto refused = [&](std::optional<IpAddress> device) {
    std::vector<Grant> grants = this->grants({.grant = GrantKind::Device, .categories = {}}).all();
    grants.front().device = device;
    return policy::decide(request.facts, city_.rules(), GrantBook(std::move(grants))).reason == Reason::PersonalDevice;
  };
  EXPECT_FALSE(refused(std::nullopt)) << "told by a description alone";
  EXPECT_FALSE(refused(request.facts.client));
  EXPECT_TRUE(refused(IpAddress::parse("192.0.2.8")));
}

TEST_F(DecideTable, AVerdictSaysHowMuchMayBeSent) {
  Request request(city_, "kiosk", {"government"});
  request.facts.subject.kind = Subject::Kind::Device;
  EXPECT_EQ(city_.decide(request.facts).upload_limit, 5'000'000U);
  request.facts.categories = city_.set({"software"});
  EXPECT_EQ(city_.decide(request.facts).upload_limit, UINT64_MAX);
}

TEST(DecideSanctioned, LapsesByItself) {
  City city;
  ASSERT_TRUE(
      city.load("[city]\nname = \"X\"\ntime_zone = \"America/Chicago\"\n"
                "[[sanctioned]]\ntitle = \"V\"\nhosts = [\"site.example\"]\nowner = \"it\"\nuntil = 2026-11-21\n"
                "[[sanctioned]]\ntitle = \"W\"\nhosts = [\"site.example\", \"other.example\"]\nowner = \"it\"\n"
                "until = 2026-11-23\n"))
      << city.problems().to_string();
  Request request(city, "pat", {"vpn"});
  EXPECT_EQ(city.decide(request.facts).reason, Reason::Work);
  EXPECT_EQ(city.decide(request.facts).good_until, time(city, "2026-11-23")) << "the later of two";
  request.facts.hello_host = "other.example";
  EXPECT_EQ(city.decide(request.facts).reason, Reason::Work);
  request.facts.hello_host = "foreign.example";
  EXPECT_EQ(city.decide(request.facts).reason, Reason::Circumvention);
  request.facts.hello_host = "";
  request.at(city, "2026-11-22T23:59:59");
  EXPECT_EQ(city.decide(request.facts).reason, Reason::Work);
  request.at(city, "2026-11-23T00:00:00");
  EXPECT_EQ(city.decide(request.facts).reason, Reason::Circumvention);
}

}  // namespace
}  // namespace citygate::policy
