#include "proxy/pages.h"

#include "desk_fixture.h"

namespace citygate::proxy {
namespace {

class PagesTest : public DeskFixture {
 protected:
  PageContext context() { return {config_, names_, *desk_}; }
  Case case_;
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(PagesTest, ARefusalSaysWhatWhyAndWhomToAsk) {
  open(case_, "http://www.bets.example/win?now=<script>");
  const LocalAnswer page = refusal_page(context(), case_, RecordId{0x1f});
  EXPECT_EQ(page.status, 403);
  EXPECT_TRUE(has(page.body, "http://www.bets.example/win"));
  EXPECT_TRUE(has(page.body, "Gambling &lt;and&gt; betting"));
  EXPECT_TRUE(has(page.body, "Gambling is prohibited"));
  EXPECT_TRUE(has(page.body, "S1(h)"));
  EXPECT_TRUE(has(page.body, "IT &amp; friends, 555-0100"));
  EXPECT_TRUE(has(page.body, "000000000000001f"));
  EXPECT_FALSE(has(page.body, "<script>"));
  EXPECT_FALSE(has(page.body, "http-equiv")) << "nothing that loads or moves by itself";
  EXPECT_TRUE(has(page.extra_fields, "Proxy-Status: citygate; error=http_request_denied; details=\"This kind of site"));
  EXPECT_TRUE(has(page.extra_fields, "Clause: S1(h)"));
  EXPECT_EQ(page.extra_fields.find("\r\n\r\n"), std::string::npos);
}

TEST_F(PagesTest, AUsedUpQuotaSaysWhatWasUsedAndWhenItRefills) {
  open(case_, "http://films.example/");
  ASSERT_EQ(case_.verdict.ruling, Ruling::Allow);
  ASSERT_EQ(case_.meter->lease(case_.verdict.charge.quota, desk_->local(clock_.now()).day, 1'000'000, 2'000'000),
            1'000'000u);
  desk_->decide(case_, Stage::Request, {});
  ASSERT_EQ(case_.verdict.reason, Reason::BytesUsedUp);
  const LocalAnswer page = refusal_page(context(), case_, RecordId{1});
  EXPECT_TRUE(has(page.body, "1.0 of 1.0 MB used today"));
  EXPECT_TRUE(has(page.body, "2026-11-24 00:00:00 CST"));
  EXPECT_TRUE(has(page.extra_fields, "Opens again: 2026-11-24 00:00:00 CST"));
}

TEST_F(PagesTest, TheSignInPageAsksForBasicCredentials) {
  config_.realm = "City \"staff\"";
  const LocalAnswer page = sign_in_page(context(), SignIn::Wrong);
  EXPECT_EQ(page.status, 407);
  EXPECT_TRUE(has(page.extra_fields, "Proxy-Authenticate: Basic realm=\"City \\\"staff\\\"\", charset=\"UTF-8\"\r\n"));
  EXPECT_TRUE(has(page.body, "wrong"));
}

TEST_F(PagesTest, WhoIsBarredReadsTheOrderAndThatTriesAreRecorded) {
  policy::Standing barred;
  barred.barred = Reason::Suspended;
  barred.order = GrantId{*names_.intern(NameKind::Grant, "suspend/17")};
  barred.barred_from = clock_.now() - std::chrono::hours(1);
  barred.barred_until = clock_.now() + std::chrono::hours(47);
  open(case_, "http://paper.example/");
  policy::StandingTable standing;
  standing.set(case_.subject.person, barred);
  snapshots_.standing = std::make_shared<const policy::StandingTable>(standing);
  desk_->adopt(snapshots_);
  desk_->decide(case_, Stage::Request, {});
  ASSERT_EQ(case_.verdict.reason, Reason::Suspended);
  const LocalAnswer page = refusal_page(context(), case_, RecordId{1});
  EXPECT_EQ(page.status, 403);
  EXPECT_TRUE(has(page.body, "suspend/17"));
  EXPECT_TRUE(has(page.body, "In force since</dt><dd>2026-11-23 11:00:00 CST")) << page.body;
  EXPECT_TRUE(has(page.body, "Until</dt><dd>2026-11-25 11:00:00 CST")) << page.body;
  EXPECT_TRUE(has(page.body, "Each further try is recorded."));
}

TEST_F(PagesTest, ThePortalIsNamedInWordsLinkAndStatus) {
  open(case_, "http://paper.example/");
  case_.verdict.ruling = Ruling::Portal;
  case_.verdict.reason = Reason::NotAcknowledged;
  const LocalAnswer told = portal_page(context(), case_, 511, "https://gate.example/?to=x&signature=y");
  EXPECT_EQ(told.status, 511);
  EXPECT_TRUE(has(told.body, "<a href=\"https://gate.example/?to=x&amp;signature=y\">"));
  EXPECT_TRUE(has(told.body, "IT &amp; friends, 555-0100"));
  EXPECT_TRUE(has(told.extra_fields, "Link: <https://gate.example/?to=x&signature=y>; rel=\"help\"\r\n"));
  EXPECT_TRUE(has(told.extra_fields, "details=\"The policy for the use of the web must be read"));
  EXPECT_TRUE(has(told.extra_fields, "Cache-Control: no-store\r\n"));
  EXPECT_FALSE(has(told.extra_fields, "Location:"));
  const LocalAnswer led = portal_page(context(), case_, 302, "https://gate.example/");
  EXPECT_TRUE(has(led.extra_fields, "Location: https://gate.example/\r\n"));
  EXPECT_TRUE(has(led.extra_fields, "Cache-Control: no-store\r\n"));
}

TEST_F(PagesTest, WithoutAPortalTheRefusalSaysWhatIsMissing) {
  open(case_, "http://paper.example/");
  case_.verdict.ruling = Ruling::Refuse;
  case_.verdict.reason = Reason::NotAcknowledged;
  EXPECT_TRUE(has(refusal_page(context(), case_, RecordId{1}).body, "its portal is not set up"));
  case_.verdict.reason = Reason::UnknownPerson;
  EXPECT_TRUE(has(refusal_page(context(), case_, RecordId{1}).body, "whose computer has this address"));
}

TEST_F(PagesTest, AnOverloadedGatewaySaysWhenToComeBack) {
  EXPECT_TRUE(has(error_page(context(), 503, Reason::Overloaded).extra_fields, "Retry-After: 5\r\n"));
}

}  // namespace
}  // namespace citygate::proxy
