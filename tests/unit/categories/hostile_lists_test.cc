// Lists made by somebody who means harm: one source must not open what another lists, nor hide why it is listed, nor slip past the guards.
#include <fmt/format.h>

#include "categories/guards.h"
#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

class HostileListsTest : public StoreTest {
 protected:
  Imported take(std::string_view text, std::string category, std::string name) {
    return imported(scratch_.write(name + ".txt", text), std::move(category));
  }
};

TEST_F(HostileListsTest, ListedNamesBelowAProhibitedOneDoNotPushItOut) {
  std::string name = "casino.example", more;
  for (int i = 0; i < 40; ++i) more += (name = "a." + name) + "\n";
  take("casino.example\n", "gambling", "bets");
  take(more, "news", "harmless");
  EXPECT_EQ(categories(*lists(), "http://" + name + "/"), "gambling news");
  EXPECT_EQ(why(*lists(), "http://" + name + "/", "gambling"), "bets bets.txt:1 casino.example");
}

TEST_F(HostileListsTest, ListedPathsBelowAProhibitedOneDoNotPushItOut) {
  std::string path = "site.example/bets", more;
  for (int i = 0; i < 20; ++i) more += (path += "/a") + "\n";
  take("site.example/bets\n", "gambling", "bets");
  take(more, "news", "harmless");
  EXPECT_EQ(categories(*lists(), "http://" + path), "gambling news");
  EXPECT_EQ(why(*lists(), "http://" + path, "gambling"), "bets bets.txt:1 site.example/bets");
}

TEST_F(HostileListsTest, ExceptionsThatMatchEverythingDoNotCrowdOutTheEvidence) {
  std::string text = "||own.example^\n";
  for (char c = 'a'; c <= 'z'; ++c) text += "@@/casino.*q=.*" + std::string(1, c) + "/\n";
  take(text, "ads", "aaa");
  take("casino.example\n", "gambling", "bets");
  const std::string url = "http://casino.example/?q=abcdefghijklmnopqrstuvwxyz";
  EXPECT_EQ(categories(*lists(), url), "gambling");
  EXPECT_EQ(why(*lists(), url, "gambling"), "bets bets.txt:1 casino.example");
}

TEST_F(HostileListsTest, ManyNamesThatSayTheSameDoNotCrowdOutTheEvidence) {
  std::string name = "casino.example", more;
  for (int i = 0; i < 60; ++i) more += (name = "a." + name) + "\n";
  take("casino.example\n", "gambling", "bets");
  take(more, "malware", "many");
  EXPECT_EQ(why(*lists(), "http://" + name + "/", "gambling"), "bets bets.txt:1 casino.example");
}

TEST_F(HostileListsTest, ANameRepeatedAThousandTimesDoesNotHideTheLinesOfOthers) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "casino.example\n";
  take(text, "news", "aaa");
  take("casino.example\n", "gambling", "bets");
  EXPECT_EQ(why(*lists(), "http://casino.example/", "gambling"), "bets bets.txt:1 casino.example");
  EXPECT_EQ(why(*lists(), "http://casino.example/", "news"), "aaa aaa.txt:1 casino.example");
}

TEST_F(HostileListsTest, NoSourceTakesANameThatEvidenceGivesToTheGateway) {
  for (std::string name : {"overrides", "signs"}) {
    const auto refused = import(scratch_.write(name, "casino.example\n"), "gambling", name);
    ASSERT_FALSE(refused.has_value()) << name;
    EXPECT_NE(refused.error().context.find("the gateway's own"), std::string::npos) << refused.error().context;
  }
}

TEST_F(HostileListsTest, AProtectedNameAboveAnotherIsProtectedWithItsPaths) {
  GuardRules rules;
  rules.protected_hosts = {"springfield.example", "www.springfield.example"};
  store_->set_guards(rules);
  take("casino.example\n", "gambling", "bets");
  take("casino.example\nspringfield.example/permits\n", "gambling", "bets");
  EXPECT_EQ(categories(*lists(), "http://springfield.example/permits"), "");
}

TEST_F(HostileListsTest, APatternThatClosesOnlyTheSecureSiteMeetsTheGuards) {
  GuardRules rules;
  rules.protected_hosts = {"springfield.example"};
  store_->set_guards(rules);
  take("casino.example\n", "gambling", "bets");
  const std::string kPattern =
      "! an adblock list\n||casino.example^\n||bet.example^$important\n/^https:\\/\\/springfield\\./\n";
  take(kPattern, "gambling", "bets");
  EXPECT_EQ(categories(*lists(), "https://springfield.example/"), "");
  rules.must_allow = {"shelbyville.example"};
  store_->set_guards(rules);
  EXPECT_EQ(take(kPattern + "/^https:\\/\\/shelbyville\\./\n", "gambling", "bets").publication.outcome,
            Publication::Outcome::Waiting);
}

TEST_F(HostileListsTest, AProtectedNameThatTwoSourcesCloseIsKeptFromBoth) {
  GuardRules rules;
  rules.protected_hosts = {"springfield.example"};
  take("springfield.example\n", "gambling", "aaa");  // before anybody protected it
  take("casino.example\n", "gambling", "bets");
  store_->set_guards(rules);
  take("casino.example\nspringfield.example\n", "gambling", "bets");
  EXPECT_EQ(categories(*lists(), "http://springfield.example/"), "");
  EXPECT_EQ(take("play.example\n", "games", "more").publication.outcome, Publication::Outcome::InForce);
}

TEST_F(HostileListsTest, AFloodOfExcusedEntriesDoesNotHideAProtectedName) {
  GuardRules rules;
  rules.protected_hosts = {"springfield.example"};
  store_->set_guards(rules);
  std::string text;
  for (int i = 0; i < 10'000; ++i)
    text += "||h" + std::to_string(i) + ".springfield.example^\n@@||h" + std::to_string(i) + ".springfield.example^\n";
  take(text + "||clerk.springfield.example^\n", "gambling", "bets");
  EXPECT_EQ(categories(*lists(), "http://clerk.springfield.example/"), "");
}

// Whoever asks for a page writes its query: an expression that may be found there opened all that its source closed.
TEST_F(HostileListsTest, WhatIsWrittenIntoAQueryOpensNoNameThatIsClosed) {
  take("||bad-site.example^\n||path.example/x^\n/trojan[0-9]/\n@@/goodbanner/\n@@||fair.bad-site.example^\n", "malware",
       "feed");
  take("||ads.example^\n@@/goodbanner/\n", "ads", "ads");
  const auto now = lists();
  for (std::string_view closed : {"http://bad-site.example/", "http://bad-site.example/?/goodbanner/",
                                  "https://www.bad-site.example/goodbanner", "http://path.example/x?goodbanner"}) {
    EXPECT_EQ(categories(*now, closed), "malware") << closed;
    EXPECT_TRUE(why(*now, closed, "malware").starts_with("feed feed.txt:")) << closed;
  }
  EXPECT_EQ(categories(*now, "http://fair.bad-site.example/"), "");
  EXPECT_EQ(categories(*now, "http://other.example/trojan1"), "malware");
  EXPECT_EQ(categories(*now, "http://other.example/trojan1?goodbanner"), "") << "what an expression says";
  EXPECT_EQ(categories(*now, "http://ads.example/"), "ads");
  EXPECT_EQ(categories(*now, "http://ads.example/goodbanner"), "") << "what closes nothing";
}

TEST_F(HostileListsTest, ExceptionsThatOpenMuchOfTheirSourceWaitForAPerson) {
  std::string text, exceptions;
  for (int i = 0; i < 500; ++i) text += "||h" + std::to_string(i) + ".example^\n";
  for (int i = 100; i < 200; ++i) exceptions += "@@||h" + std::to_string(i) + ".example^\n";
  take(text, "gambling", "bets");
  const auto opened = take(text + exceptions, "gambling", "bets");
  EXPECT_EQ(opened.publication.outcome, Publication::Outcome::Waiting);
  EXPECT_EQ(categories(*lists(), "http://h7.example/"), "gambling");
  ASSERT_FALSE(opened.publication.findings.empty());
  EXPECT_EQ(opened.publication.findings[0].text,
            "source 'bets' would open 100 of the 500 names looked at, 20.0 %, by exceptions of its own; more than 10 "
            "% waits "
            "for a person");
  Change sure = by_test();
  sure.guarding = Change::Guarding::Confirmed;
  const auto done = store_->publish_waiting({}, sure);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->outcome, Publication::Outcome::InForce);
}

TEST_F(HostileListsTest, ExceptionsThatOpenPagesOrTheFrontOfMuchOfASourceWaitForAPerson) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "||h" + std::to_string(i) + ".example^\n";
  take(text, "gambling", "bets");
  for (const auto& [front, back] : {std::pair("", "/page/"), std::pair("www.", "^")}) {
    std::string exceptions;
    for (int i = 100; i < 200; ++i) exceptions += fmt::format("@@||{}h{}.example{}\n", front, i, back);
    EXPECT_EQ(take(text + exceptions, "gambling", "bets").publication.outcome, Publication::Outcome::Waiting) << back;
  }
  EXPECT_EQ(categories(*lists(), "https://h150.example/"), "gambling");
}

TEST_F(HostileListsTest, OneExceptionThatOpensAWholeSourceWaitsForAPerson) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "||h" + std::to_string(i) + ".site.example^\n";
  take(text, "gambling", "bets");
  EXPECT_EQ(take(text + "@@||site.example^\n", "gambling", "bets").publication.outcome, Publication::Outcome::Waiting);
  EXPECT_EQ(categories(*lists(), "https://h7.site.example/"), "gambling");
  EXPECT_EQ(take(text + "@@||h7.site.example^\n", "gambling", "bets").publication.outcome,
            Publication::Outcome::InForce);
  EXPECT_EQ(categories(*lists(), "https://h7.site.example/"), "");
}

// Those that find the URLs of one scheme, or the pages of sites alone, opened a source though its names stayed closed elsewhere.
TEST_F(HostileListsTest, AnExceptionByExpressionOpensASourceUnderNoSchemeAndOnNoPage) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "||h" + std::to_string(i) + ".example^\n";
  take(text, "gambling", "bets");
  for (std::string_view line : {"@@/^https:/", "@@|https://", "@@|http://", R"(@@/example\/./)", R"(@@/\/\/www\./)"}) {
    take(text + std::string(line) + "\n", "gambling", "bets");
    for (std::string_view url : {"https://h7.example/", "http://h7.example/", "https://www.h7.example/page"})
      EXPECT_EQ(categories(*lists(), url), "gambling") << line;
  }
  EXPECT_EQ(take(text + "@@||h7.example^\n", "gambling", "bets").publication.outcome, Publication::Outcome::InForce);
}

TEST_F(HostileListsTest, AnExceptionOpensNothingThatAnotherSourceLists) {
  take("casino.example\ncasino.example/play\n", "gambling", "bets");
  take("||nothing.example^\n@@||casino.example^\n@@||example^\n@@/.*/\n", "gambling", "aaa");
  take("||nothing.example^\n@@||casino.example^\n@@||casino.example/play^\n@@/.*/\n", "gambling", "zzz");
  for (std::string url : {"http://casino.example/", "https://www.casino.example/play/x?y=1"}) {
    EXPECT_EQ(categories(*lists(), url), "gambling") << url;
    EXPECT_TRUE(why(*lists(), url, "gambling").starts_with("bets bets.txt:")) << why(*lists(), url, "gambling");
  }
}

TEST_F(HostileListsTest, AnOverrideOfAFrontEndDoesNotOpenWhatIsSeenThroughIt) {
  take("casino.example\n", "gambling", "bets");
  Override made;
  made.host = "translate.google.com";
  made.category = kAllowedCategory;
  ASSERT_TRUE(store_->add_override(made, by_test()));
  const auto now = lists();
  EXPECT_EQ(categories(*now, "http://translate.google.com/translate?u=http%3A%2F%2Fcasino.example%2F"),
            "city-allowed gambling");
  std::string many = "http://translate.google.com/translate?";
  for (const char* name : {"a", "b", "c", "d", "casino"}) many += fmt::format("u=http://{}.example/&", name);
  EXPECT_EQ(categories(*now, many), "city-allowed nested-url") << "one is carried that was not looked at";
  EXPECT_EQ(categories(*now, "http://translate.google.com/translate?u=http%3A%2F%2Ffine.example%2F"), "city-allowed");
}

}  // namespace
}  // namespace citygate::categories
