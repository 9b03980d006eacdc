// Guards: what may not be put in force, what waits for a person, and what a person can do about it.
#include "categories/guards.h"

#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

class GuardsTest : public StoreTest {
 protected:
  static std::string hosts(int from, int to) {
    std::string out;
    for (int i = from; i < to; ++i) out += "h" + std::to_string(i) + ".example\n";
    return out;
  }
  Imported take(std::string_view text, std::string category = "gambling", std::string name = "bets") {
    return imported(scratch_.write(name + ".txt", text), std::move(category));
  }
  void guard(GuardRules rules) { store_->set_guards(std::move(rules)); }
  Publication published(Result<Publication> done) {
    EXPECT_TRUE(done) << done.error().context;
    return done ? *done : Publication{};
  }
};

TEST_F(GuardsTest, ASourceThatLosesTooMuchWaitsForAPerson) {
  take(hosts(0, 1000));
  const auto before = lists()->id();
  const auto lost = take(hosts(0, 800));
  EXPECT_EQ(lost.publication.outcome, Publication::Outcome::Waiting);
  EXPECT_EQ(lost.publication.waiting, std::vector<std::string>{"bets"});
  ASSERT_EQ(lost.publication.findings.size(), 1U);
  EXPECT_EQ(lost.publication.findings[0].text,
            "source 'bets' would lose 200 of its 1000 entries, 20.0 %; more than 10 % waits for a person");
  EXPECT_EQ(lists()->id(), before);
  EXPECT_EQ(categories(*lists(), "http://h900.example/"), "gambling");

  const auto waiting = store_->waiting();
  ASSERT_TRUE(waiting && waiting->versions.size() == 1);
  EXPECT_EQ(waiting->versions[0].why, std::vector<std::string>{lost.publication.findings[0].text});
  const auto diff = store_->diff(before, GenerationId{});
  ASSERT_TRUE(diff && diff->size() == 1);
  EXPECT_EQ(diff->front().removed, 200U);
  EXPECT_EQ(diff->front().categories.front().removed_examples,
            (std::vector<std::string>{"h800.example", "h801.example", "h802.example"}));

  // What waits outlasts the process.
  reopen();
  const auto done = published(store_->publish_waiting(
      {}, {.author = "alice", .reason = "the list was cleaned", .guarding = Change::Guarding::Confirmed}));
  EXPECT_EQ(done.outcome, Publication::Outcome::InForce);
  EXPECT_EQ(categories(*lists(), "http://h900.example/"), "");
  EXPECT_TRUE(store_->waiting()->versions.empty());
  const auto history = store_->history();
  ASSERT_TRUE(history);
  EXPECT_EQ(history->back().verb, "publish");
  EXPECT_EQ(history->back().author, "alice");
  EXPECT_EQ(history->back().reason, "the list was cleaned");
  EXPECT_EQ(history->back().removed, 200U);
}

TEST_F(GuardsTest, GainHasALimitOfItsOwnAndSmallSourcesAreNotJudged) {
  take(hosts(0, 50), "news", "small");
  EXPECT_EQ(take(hosts(0, 500), "news", "small").publication.outcome, Publication::Outcome::InForce);
  GuardRules rules;
  rules.of_source["small"] = {.loss_percent = 10, .gain_percent = 5};
  guard(rules);
  EXPECT_EQ(take(hosts(0, 526), "news", "small").publication.outcome, Publication::Outcome::Waiting);
  EXPECT_EQ(take(hosts(0, 525), "news", "small").publication.outcome, Publication::Outcome::InForce);
}

TEST_F(GuardsTest, ACategoryThatVanishesFromALargeSourceWaitsForAPerson) {
  const auto ut1 = [&](const std::string& vpn, int gambling) {
    fs::remove_all(scratch_.path() / "ut1");
    scratch_.write("ut1/adult/domains", hosts(0, 20'000));
    scratch_.write("ut1/gambling/domains", hosts(20'000, 20'000 + gambling));
    scratch_.write("ut1/" + vpn + "/domains", hosts(30'000, 30'300));
    return imported(scratch_.path() / "ut1").publication;
  };
  ut1("vpn", 901);
  const auto lost = ut1("of-no-meaning", 1);
  EXPECT_EQ(lost.outcome, Publication::Outcome::Waiting);
  ASSERT_EQ(lost.findings.size(), 2U);
  EXPECT_EQ(lost.findings[0].text,
            "source 'ut1' would lose 900 of its 901 entries under gambling, 99.9 %; more than 10 % waits for a person");
  EXPECT_EQ(lost.findings[1].text,
            "source 'ut1' would lose 300 of its 300 entries under vpn, 100.0 %; more than 10 % waits for a person");
  EXPECT_EQ(categories(*lists(), "http://h30007.example/"), "vpn");
  EXPECT_EQ(ut1("vpn", 880).outcome, Publication::Outcome::InForce);
  EXPECT_EQ(ut1("vpn", 1500).findings.at(0).kind, Finding::Kind::Gain);
}

TEST_F(GuardsTest, ASmallCategoryMayShrinkButNotVanish) {
  const auto own = [&](int vpn) {
    std::string text;
    for (int i = 0; i < 30; ++i) text += "g" + std::to_string(i) + ".example,gambling\n";
    for (int i = 0; i < vpn; ++i) text += "v" + std::to_string(i) + ".example,vpn\n";
    return imported(scratch_.write("own.csv", text)).publication.outcome;
  };
  own(20);
  EXPECT_EQ(own(0), Publication::Outcome::Waiting);
  EXPECT_EQ(own(19), Publication::Outcome::InForce);
  EXPECT_EQ(own(0), Publication::Outcome::InForce);
}

TEST_F(GuardsTest, WhatIsConfirmedDoesNotWaitAndWhatIsDroppedIsForgotten) {
  take(hosts(0, 1000));
  const auto path = scratch_.write("bets.txt", hosts(0, 10));
  ASSERT_TRUE(import(path, "gambling"));
  ASSERT_TRUE(store_->drop_waiting({"bets"}));
  EXPECT_TRUE(store_->waiting()->versions.empty());
  EXPECT_EQ(store_->publish_waiting({}, by_test()).error().kind, Error::Kind::NotFound);
  Change sure = by_test();
  sure.guarding = Change::Guarding::Confirmed;
  const auto done = store_->import({.path = path, .source = "", .category = "gambling", .version = ""}, sure, {});
  ASSERT_TRUE(done);
  EXPECT_EQ(done->second.outcome, Publication::Outcome::InForce);
  EXPECT_EQ(lists()->status().entries, 10U);
}

TEST_F(GuardsTest, OneSourceThatWaitsDoesNotHoldUpTheOthers) {
  take(hosts(0, 1000));
  take(hosts(2000, 2500), "news", "press");
  const auto done = store_->update(
      {{.path = scratch_.write("bets.txt", hosts(0, 500)), .source = "bets", .category = "gambling", .version = ""},
       {.path = scratch_.write("press.txt", hosts(2000, 2501)), .source = "press", .category = "news", .version = ""}},
      by_test(), "update", {});
  ASSERT_TRUE(done) << done.error().context;
  EXPECT_EQ(done->publication.outcome, Publication::Outcome::Partly);
  EXPECT_EQ(done->publication.waiting, std::vector<std::string>{"bets"});
  EXPECT_EQ(categories(*lists(), "http://h2500.example/"), "news");
  EXPECT_EQ(categories(*lists(), "http://h900.example/"), "gambling");
}

TEST_F(GuardsTest, EntriesThatWouldCloseAProtectedNameAreSetAside) {
  GuardRules rules;
  rules.protected_hosts = {"springfield.example", "state.xx.example", "gov"};
  guard(rules);
  const auto done = take(
      "casino.example\nspringfield.example\nclerk.springfield.example\nwww.springfield.example/pay\nxx.example\n"
      "notspringfield.example\nlottery.ok.gov\nxx.example/permits\n");
  EXPECT_EQ(done.publication.outcome, Publication::Outcome::InForce);
  EXPECT_EQ(done.publication.set_aside_count, 4U);
  ASSERT_EQ(done.publication.set_aside.size(), 4U);
  EXPECT_EQ(done.publication.set_aside[1], "bets bets.txt:3: clerk.springfield.example");
  EXPECT_EQ(lists()->status().set_aside_count, 4U);
  for (std::string_view open :
       {"springfield.example", "clerk.springfield.example", "www.springfield.example/pay", "state.xx.example",
        "tax.state.xx.example", "lottery.ok.gov", "state.xx.example/permits"})
    EXPECT_EQ(categories(*lists(), "http://" + std::string(open)), "") << open;
  for (std::string_view closed :
       {"casino.example", "xx.example", "other.xx.example", "other.xx.example/permits", "notspringfield.example"})
    EXPECT_EQ(categories(*lists(), "http://" + std::string(closed)), "gambling") << closed;
  // What is merely personal may be said of it.
  take("springfield.example\n", "news", "press");
  EXPECT_EQ(categories(*lists(), "http://springfield.example/"), "news");
}

TEST_F(GuardsTest, AnExpressionDoesNotCloseAProtectedName) {
  GuardRules rules;
  rules.protected_hosts = {"springfield.example"};
  guard(rules);
  scratch_.write("ut1/gambling/expressions", "(casino|lottery)\n");
  scratch_.write("ut1/gambling/domains", "bets.example\n");
  imported(scratch_.path() / "ut1");
  EXPECT_EQ(categories(*lists(), "http://other.example/casino"), "gambling");
  EXPECT_EQ(categories(*lists(), "http://www.springfield.example/parks/casino-night"), "");
  EXPECT_EQ(lists()->status().entries, 2U) << "what keeps it open is an entry of no list";
  EXPECT_EQ(categories(*lists(), "http://bets.example/"), "gambling");
}

// No table holds a single label, so an exception at "gov" was never met.
TEST_F(GuardsTest, AnExpressionDoesNotCloseWhatIsBelowAProtectedLabel) {
  GuardRules rules;
  rules.protected_hosts = {"gov", "mil", "city.example"};
  rules.must_allow = {"https://town.gov/jackpot-12"};
  guard(rules);
  scratch_.write("ut1/gambling/expressions", "jackpot-[0-9]+\n^[^/]*\\.(gov|mil)/\n");
  scratch_.write("ut1/gambling/domains", "bets.example\n");
  const auto done = imported(scratch_.path() / "ut1");
  EXPECT_EQ(done.publication.outcome, Publication::Outcome::InForce);
  reopen();
  for (std::string_view open : {"http://city.example/jackpot-12", "http://town.gov/jackpot-12", "https://www.town.gov/",
                                "http://gov/jackpot-12", "http://base.mil/jackpot-7"})
    EXPECT_EQ(categories(*lists(), open).find("gambling"), std::string::npos) << open;
  for (std::string_view closed : {"http://other.example/jackpot-12", "http://gov.example/jackpot-12",
                                  "http://notgov/jackpot-12", "http://bets.example/"})
    EXPECT_EQ(categories(*lists(), closed), "gambling") << closed;
}

// The exception that keeps an expression from closing it took away all that the same source said.
TEST_F(GuardsTest, WhatElseIsSaidOfAProtectedNameStaysBesideItsException) {
  GuardRules rules;
  rules.protected_hosts = {"city.example", "gov"};
  guard(rules);
  scratch_.write("ut1/gambling/expressions", "jackpot\n");
  scratch_.write("ut1/gambling/domains", "example\nbets.example\n");
  scratch_.write("ut1/press/domains", "city.example\ntown.gov\n");
  scratch_.write("ut1/press/expressions", "/daily/\n");
  imported(scratch_.path() / "ut1");
  for (std::string_view url : {"http://city.example/", "http://www.city.example/jackpot", "http://town.gov/jackpot",
                               "http://city.example/daily/jackpot", "http://other.gov/daily/jackpot"}) {
    EXPECT_EQ(categories(*lists(), url), "news") << url;
    EXPECT_TRUE(why(*lists(), url, "news").starts_with("ut1 press/")) << url;
  }
  EXPECT_EQ(categories(*lists(), "http://other.example/daily/jackpot"), "gambling news");
}

TEST_F(GuardsTest, ANameThatIsProtectedFromNowOnIsOpenAtTheNextUpdate) {
  take("springfield.example\ncasino.example\n");
  EXPECT_EQ(categories(*lists(), "http://springfield.example/"), "gambling");
  GuardRules rules;
  rules.protected_hosts = {"springfield.example"};
  guard(rules);
  EXPECT_EQ(take("springfield.example\ncasino.example\n").publication.outcome, Publication::Outcome::InForce);
  EXPECT_EQ(categories(*lists(), "http://springfield.example/"), "");
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
  EXPECT_EQ(take("springfield.example\ncasino.example\n").publication.outcome, Publication::Outcome::Unchanged);
}

TEST_F(GuardsTest, TheCanaryHoldsWhateverChanged) {
  GuardRules rules;
  rules.must_allow = {"https://open.example/forms"};
  rules.must_block = {"casino.example"};
  guard(rules);
  EXPECT_EQ(take("casino.example\n").publication.outcome, Publication::Outcome::InForce);
  const auto closed = take("casino.example\nopen.example\n");
  EXPECT_EQ(closed.publication.outcome, Publication::Outcome::Waiting);
  EXPECT_EQ(closed.publication.findings[0].kind, Finding::Kind::MustAllow);
  const auto open = take("poker.example\n");
  EXPECT_EQ(open.publication.outcome, Publication::Outcome::Waiting);
  EXPECT_EQ(open.publication.findings[0].kind, Finding::Kind::MustBlock);
  EXPECT_EQ(
      open.publication.findings[0].text,
      "casino.example must be refused, and without the line that bets had no list would put it under a prohibited "
      "category");
  ASSERT_TRUE(store_->drop_waiting({}));
  const auto removed = store_->remove("bets", by_test());
  ASSERT_TRUE(removed) << removed.error().context;
  EXPECT_EQ(removed->outcome, Publication::Outcome::Stopped);
  EXPECT_TRUE(removed->waiting.empty()) << "no version of it waits";
  EXPECT_TRUE(store_->waiting()->versions.empty());
  EXPECT_EQ(removed->findings.at(0).kind, Finding::Kind::MustBlock);
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
}

TEST_F(GuardsTest, AMissOfTheCanaryHoldsTheSourceThatClosedTheUrlAlone) {
  GuardRules rules;
  rules.must_block = {"casino.example"};
  guard(rules);
  take("casino.example\n");
  take("play.example\n", "games", "more");
  const auto round = [&](std::string_view bets, std::string_view more) {
    return store_->update({{.path = scratch_.write("bets.txt", bets), .source = "bets", .category = "gambling"},
                           {.path = scratch_.write("more.txt", more), .source = "more", .category = "games"}},
                          by_test(), "update", {});
  };
  const auto done = round("poker.example\n", "play.example\nchess.example\n");
  ASSERT_TRUE(done) << done.error().context;
  EXPECT_EQ(done->publication.outcome, Publication::Outcome::Partly);
  EXPECT_EQ(done->publication.waiting, std::vector<std::string>{"bets"});
  EXPECT_EQ(categories(*lists(), "http://chess.example/"), "games");
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
}

TEST_F(GuardsTest, WhatTheListsInForceDoWrongAlreadyHoldsNoUpdate) {
  take("casino.example\n");
  take("play.example\n", "games", "more");
  GuardRules rules;
  rules.must_allow = {"casino.example"};
  rules.must_block = {"poker.example"};
  guard(rules);
  const auto done = take("play.example\nchess.example\n", "games", "more");
  EXPECT_EQ(done.publication.outcome, Publication::Outcome::InForce);
  ASSERT_EQ(done.publication.findings.size(), 2U);
  EXPECT_TRUE(done.publication.findings[0].standing);
  EXPECT_TRUE(done.publication.findings[1].standing);
  EXPECT_EQ(take("casino.example\ndice.example\n").publication.outcome, Publication::Outcome::InForce);
  // But what another source adds to it is its own fault.
  const auto closed = take("play.example\ncasino.example\n", "vpn", "more");
  EXPECT_EQ(closed.publication.waiting, std::vector<std::string>{"more"});
  ASSERT_TRUE(store_->waiting()->versions.size() == 1);
  EXPECT_EQ(store_->waiting()->versions[0].why.size(), 1U);
}

TEST_F(GuardsTest, NamesProtectedFromNowOnAreOpenThoughWhatChangedIsHeld) {
  GuardRules rules;
  take("springfield.example\ncasino.example\n");
  rules.protected_hosts = {"springfield.example"};
  rules.must_block = {"casino.example"};
  guard(rules);
  const auto done = take("springfield.example\npoker.example\n");
  EXPECT_EQ(done.publication.outcome, Publication::Outcome::Partly);
  EXPECT_EQ(categories(*lists(), "http://springfield.example/"), "");
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
}

// Two sources, and a URL that neither of them closes though it must be refused. Then the image in force cannot be opened any more.
TEST_F(GuardsTest, WhatWasUnmetBeforeAnImageWasDamagedHoldsNoUpdate) {
  GuardRules rules;
  take("casino.example\n");
  take("play.example\n", "games", "more");
  rules.must_block = {"poker.example", "casino.example"};
  guard(rules);
  const auto damage = [&] {
    fs::resize_file(scratch_.path() / "lists" / "images" / lists()->status().image / "hosts.table", 100);
  };
  damage();
  const auto done = take("play.example\nchess.example\n", "games", "more");
  EXPECT_EQ(done.publication.outcome, Publication::Outcome::InForce);
  EXPECT_TRUE(store_->waiting()->versions.empty());
  ASSERT_EQ(done.publication.findings.size(), 1U);
  EXPECT_TRUE(done.publication.findings[0].standing);
  EXPECT_EQ(categories(*lists(), "http://chess.example/"), "games");
  // What a change does itself holds it, and it alone.
  damage();
  const auto round = store_->update(
      {{.path = scratch_.write("bets.txt", "dice.example\n"), .source = "bets", .category = "gambling"},
       {.path = scratch_.write("more.txt", "play.example\ngo.example\n"), .source = "more", .category = "games"}},
      by_test(), "update", {});
  ASSERT_TRUE(round) << round.error().context;
  EXPECT_EQ(round->publication.outcome, Publication::Outcome::Partly);
  EXPECT_EQ(round->publication.waiting, std::vector<std::string>{"bets"});
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
  EXPECT_EQ(categories(*lists(), "http://go.example/"), "games");
  EXPECT_EQ(warning_, "");
}

TEST_F(GuardsTest, ADamagedImageIsBuiltAnewThoughWhatChangedIsHeld) {
  take("casino.example\n");
  GuardRules rules;
  rules.must_block = {"poker.example", "casino.example"};
  guard(rules);
  fs::resize_file(scratch_.path() / "lists" / "images" / lists()->status().image / "hosts.table", 100);
  const auto done = take("dice.example\n");
  EXPECT_EQ(done.publication.waiting, std::vector<std::string>{"bets"});
  ASSERT_EQ(done.publication.findings.size(), 2U);
  EXPECT_TRUE(done.publication.findings[0].standing) << "poker.example is refused by nobody";
  EXPECT_FALSE(done.publication.findings[1].standing);
  EXPECT_EQ(store_->waiting()->versions.at(0).why, std::vector<std::string>{done.publication.findings[1].text});
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
  EXPECT_EQ(warning_, "");
}

TEST_F(GuardsTest, ANameThatIsProtectedNoMoreHoldsNothingThatChangedElsewhere) {
  GuardRules rules;
  rules.protected_hosts = {"springfield.example"};
  rules.must_allow = {"springfield.example"};
  guard(rules);
  take("springfield.example\ncasino.example\n");
  take("play.example\n", "games", "more");
  rules.protected_hosts.clear();
  guard(rules);
  const auto done = take("play.example\nchess.example\n", "games", "more");
  EXPECT_EQ(done.publication.outcome, Publication::Outcome::InForce);
  EXPECT_TRUE(done.publication.waiting.empty());
  ASSERT_EQ(done.publication.findings.size(), 1U);
  EXPECT_EQ(done.publication.findings[0].kind, Finding::Kind::MustAllow);
  EXPECT_TRUE(done.publication.findings[0].standing);
  EXPECT_EQ(categories(*lists(), "http://chess.example/"), "games");
}

// A gateway that starts for the first time takes up the lists that it ships with, and only then those that the canary was
// written for. Held back, they would have left it with none at all.
TEST_F(GuardsTest, TheFirstListsAreNotHeldForWhatLaterOnesWillSay) {
  GuardRules rules;
  rules.must_block = {"casino.example"};
  guard(rules);
  const auto first = take("poker.example\n", "gambling", "starter");
  EXPECT_EQ(first.publication.outcome, Publication::Outcome::InForce);
  EXPECT_TRUE(first.publication.findings.empty());
  const auto second = take("poker.example\ndice.example\n", "gambling", "starter");
  EXPECT_EQ(second.publication.outcome, Publication::Outcome::InForce);
  ASSERT_EQ(second.publication.findings.size(), 1U);
  EXPECT_TRUE(second.publication.findings[0].standing) << "nothing gets worse by it, but it is told";
  EXPECT_EQ(take("casino.example\n").publication.outcome, Publication::Outcome::InForce);
}

}  // namespace
}  // namespace citygate::categories
