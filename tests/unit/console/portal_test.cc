// The portal's small parts: forms, pages, tokens, certificates. The whole of it: tests/integration/portal_test.py.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "console/portal/html.h"
#include "console/portal/http_message.h"
#include "proxy/identity/form_token.h"
#include "proxy/identity/session_table.h"
#include "proxy/tls/self_signed.h"

namespace citygate::console {
namespace {

constexpr std::string_view kNasty = "<script>alert(\"1\")</script>&'";

TEST(Form, IsDecoded) {
  const Fields form = parse_form("name=pat.reed&password=a+b%26c%3D%C3%A9&empty=&bare&=x&name=second");
  EXPECT_EQ(form.at("name"), "pat.reed") << "the first of a repeated one";
  EXPECT_EQ(form.at("password"), "a b&c=\xc3\xa9");
  EXPECT_EQ(form.at("empty"), "");
  EXPECT_EQ(form.at("bare"), "");
  EXPECT_EQ(form.at(""), "x");
}

TEST(Form, BrokenEscapesAreTakenAsTheyStand) {
  EXPECT_EQ(parse_form("a=100%&b=%4&c=%zz").at("a"), "100%");
  EXPECT_EQ(parse_form("a=100%&b=%4&c=%zz").at("b"), "%4");
  EXPECT_EQ(parse_form("a=100%&b=%4&c=%zz").at("c"), "%zz");
  EXPECT_TRUE(parse_form("").empty());
  EXPECT_TRUE(parse_form("&&&").empty());
}

TEST(Form, HasABound) {
  std::string text;
  for (int i = 0; i < 1'000; ++i) text += "f" + std::to_string(i) + "=1&";
  EXPECT_EQ(parse_form(text).size(), 64U);
}

// Every way by which a text gets into a page.
TEST(Html, EscapesWhateverItIsGiven) {
  const Html::Choice choices[] = {{std::string(kNasty), std::string(kNasty)}};
  Html html;
  html.heading(kNasty).paragraph(kNasty).done(kNasty).wrong(kNasty).document(kNasty).link(kNasty, kNasty);
  html.terms({{std::string(kNasty), std::string(kNasty)}});
  html.table(kNasty, {std::string(kNasty)}, {{std::string(kNasty)}});
  html.form(kNasty, kNasty).hidden(kNasty, kNasty);
  html.input(Html::Input::Text, kNasty, kNasty, kNasty, Html::Need::Required, kNasty);
  html.input(Html::Input::Lines, kNasty, kNasty, kNasty, Html::Need::Optional, kNasty);
  html.choice(kNasty, kNasty, choices).submit(kNasty, kNasty, kNasty).end_form();
  PageFrame frame{.title = std::string(kNasty),
                  .city = std::string(kNasty),
                  .footer = std::string(kNasty),
                  .ways = {choices[0]},
                  .here = std::string(kNasty),
                  .sign_out = std::string(kNasty),
                  .going_to = {}};
  const std::string body = html_answer(200, frame, html).body;
  EXPECT_EQ(body.find("<script"), std::string::npos);
  EXPECT_EQ(body.find("alert(\""), std::string::npos);
  EXPECT_EQ(body.find("&'"), std::string::npos);
  EXPECT_NE(body.find("&lt;script&gt;"), std::string::npos);
}

TEST(Html, APageKeepsItsFormsToItselfAndToWhereThePersonWasGoing) {
  const auto policy_of = [](std::string going_to) {
    PageFrame frame;
    frame.going_to = std::move(going_to);
    for (const auto& [name, value] : html_answer(200, frame, Html()).headers)
      if (name == "Content-Security-Policy") return value;
    return std::string();
  };
  EXPECT_NE(policy_of("").find("form-action 'self';"), std::string::npos);
  EXPECT_NE(policy_of("http://news.example/a?b").find("form-action 'self' http://news.example:80;"), std::string::npos);
  for (const std::string_view odd : {"http://a;script-src *", "javascript:x", "http://a\r\nX: y/"}) {
    const std::string policy = policy_of(std::string(odd));
    EXPECT_EQ(policy.find("script-src"), std::string::npos) << odd;
    EXPECT_EQ(policy.find('\n'), std::string::npos) << odd;
  }
}

TEST(Html, InputsOfOnePageHaveLabelsOfTheirOwn) {
  Html html;
  html.input(Html::Input::Text, "a", "A").input(Html::Input::Password, "b", "B", "a hint");
  for (const std::string_view part :
       {"for=\"in1\"", "id=\"in1\"", "for=\"in2\"", "id=\"in2\"", "aria-describedby=\"hint2\"", "id=\"hint2\""})
    EXPECT_NE(html.markup().find(part), std::string::npos) << part;
}

TEST(FormTokens, AreOfOneBrowserAddressAndPurpose) {
  const proxy::FormTokens tokens;
  const IpAddress here = IpAddress::v4(0x0a000001), there = IpAddress::v4(0x0a000002);
  const std::string cookie = proxy::new_cookie(), token = tokens.token(cookie, here, "disputes");
  EXPECT_TRUE(tokens.right(token, cookie, here, "disputes"));
  EXPECT_FALSE(tokens.right(token, proxy::new_cookie(), here, "disputes"));
  EXPECT_FALSE(tokens.right(token, cookie, there, "disputes"));
  EXPECT_FALSE(tokens.right(token, cookie, here, "decisions"));
  EXPECT_FALSE(tokens.right("", cookie, here, "disputes"));
  EXPECT_FALSE(tokens.right(token.substr(1), cookie, here, "disputes"));
  EXPECT_FALSE(tokens.right(tokens.token("", here, "disputes"), "", here, "disputes")) << "without a cookie";
  EXPECT_FALSE(proxy::FormTokens().right(token, cookie, here, "disputes")) << "of another process";
}

TEST(Cookies, AreLongAndNeverTheSame) {
  EXPECT_EQ(proxy::new_cookie().size(), 64U);
  EXPECT_NE(proxy::new_cookie(), proxy::new_cookie());
}

TEST(SelfSigned, IsForItsNamesAndNobodyElseReadsTheKey) {
  const auto directory = std::filesystem::temp_directory_path() / ("citygate-portal-" + std::to_string(::getpid()));
  const proxy::CertificateFiles files{directory / "portal.crt", directory / "portal.key"};
  const WallTime now = SystemClock().now();
  const IpAddress address = IpAddress::v4(0x7f000001);
  EXPECT_FALSE(proxy::self_signed_serves(files, {"portal.example"}, {address}, now)) << "there is none yet";
  const auto made = proxy::make_self_signed(files, {"portal.example"}, {address}, now);
  ASSERT_TRUE(made) << made.error().context;
  struct stat about{};
  ASSERT_EQ(::stat(files.key.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  const auto context = proxy::TlsContext::load(files, std::make_shared<proxy::TicketKeys>());
  ASSERT_TRUE(context) << context.error().context;
  EXPECT_EQ((*context)->warning(now), "");
  EXPECT_TRUE(proxy::self_signed_serves(files, {"portal.example"}, {address}, now));
  EXPECT_FALSE(proxy::self_signed_serves(files, {"other.example"}, {}, now));
  EXPECT_FALSE(proxy::self_signed_serves(files, {}, {IpAddress::v4(0x7f000002)}, now));
  EXPECT_TRUE(proxy::self_signed_serves(files, {"portal.example"}, {}, now + std::chrono::days(790)));
  EXPECT_FALSE(proxy::self_signed_serves(files, {"portal.example"}, {}, now + std::chrono::days(800)))
      << "about to end: it is made anew";
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace citygate::console
