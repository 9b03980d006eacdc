// The past: rollback, overrides, and lines of generations that are no more.
#include "categories/history.h"

#include "base/file.h"
#include "categories/digest.h"
#include "categories/source_store.h"
#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;

class HistoryTest : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    store_->set_clock(clock_);
  }
  fs::path root() const { return scratch_.path() / "lists"; }
  Imported take(std::string_view text, std::string name = "bets", std::string category = "gambling") {
    return imported(scratch_.write(name + ".txt", text), std::move(category));
  }
  Override override_of(std::string_view host, std::string_view category, WallTime ends = WallTime::max()) {
    Override out;
    out.host = host;
    out.category = category;
    out.ends = ends;
    return out;
  }

  DrivenClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 30)};
};

TEST_F(HistoryTest, ARollbackBringsTheGenerationBeforeAndHoldsItsSources) {
  const auto first = take("old.example\n");
  const auto second = take("new.example\n");
  const auto back = store_->rollback(GenerationId{}, {.author = "bob", .reason = "too strict"});
  ASSERT_TRUE(back) << back.error().context;
  EXPECT_EQ(back->generation, first.generation);
  EXPECT_EQ(lists()->id(), first.generation);
  EXPECT_EQ(categories(*lists(), "http://old.example/"), "gambling");
  EXPECT_EQ(categories(*lists(), "http://new.example/"), "");
  const auto waiting = store_->waiting();
  ASSERT_TRUE(waiting && waiting->held.size() == 1);
  EXPECT_EQ(waiting->held[0].name, "bets");
  EXPECT_EQ(waiting->held[0].why, "rolled back by bob: too strict");
  // Forward again by name; a person's import ends the hold.
  ASSERT_TRUE(store_->rollback(second.generation, by_test()));
  EXPECT_EQ(categories(*lists(), "http://new.example/"), "gambling");
  take("third.example\n");
  EXPECT_TRUE(store_->waiting()->held.empty());
  EXPECT_EQ(store_->rollback(GenerationId{99}, by_test()).error().kind, Error::Kind::NotFound);
}

TEST_F(HistoryTest, ARollbackTellsOfAllThatItChanges) {
  take("old.example\n");
  take("dice.example\ncards.example\n", "games");
  ASSERT_TRUE(store_->remove("games", by_test()));
  const auto back = store_->rollback(GenerationId{}, by_test());
  ASSERT_TRUE(back) << back.error().context;
  ASSERT_EQ(back->changes.size(), 1U) << "a source that comes back is a change too";
  EXPECT_EQ(back->changes[0].source, "games");
  EXPECT_EQ(back->changes[0].from_version, "");
  EXPECT_EQ(back->changes[0].added, 2U);
  EXPECT_EQ(store_->waiting()->held.size(), 1U);
  const auto entry = store_->history()->back();
  EXPECT_EQ(entry.verb, "rollback");
  EXPECT_EQ(std::pair(entry.added, entry.removed), std::pair(std::uint64_t{2}, std::uint64_t{0}));
  ASSERT_TRUE(store_->add_override(override_of("new.example", "city-allowed"), by_test()));
  EXPECT_EQ(store_->history()->back().added, 0U);
}

TEST_F(HistoryTest, ARollbackToWhatIsInForceChangesNothing) {
  take("old.example\n");
  const auto now = take("new.example\n");
  const auto done = store_->rollback(now.generation, by_test());
  ASSERT_TRUE(done) << done.error().context;
  EXPECT_EQ(done->outcome, Publication::Outcome::Unchanged);
  EXPECT_EQ(done->generation, now.generation);
  EXPECT_EQ(store_->history()->size(), 2U);
  // Who gives no reason is not quoted with one.
  ASSERT_TRUE(store_->rollback(GenerationId{}, {.author = "bob", .reason = ""}));
  EXPECT_EQ(store_->waiting()->held[0].why, "rolled back by bob");
}

TEST_F(HistoryTest, ASecondRollbackGoesFurtherBackAndNotForwardAgain) {
  const auto first = take("one.example\n"), second = take("two.example\n"), third = take("three.example\n");
  ASSERT_TRUE(store_->rollback(GenerationId{}, by_test()));
  EXPECT_EQ(lists()->id(), second.generation);
  ASSERT_TRUE(store_->rollback(GenerationId{}, by_test()));
  EXPECT_EQ(lists()->id(), first.generation);
  const auto no_further = store_->rollback(GenerationId{}, by_test());
  ASSERT_FALSE(no_further);
  EXPECT_EQ(no_further.error().kind, Error::Kind::NotFound);
  EXPECT_NE(no_further.error().context.find("--to"), std::string::npos) << no_further.error().context;
  // By name anywhere; and back from there to where that was said.
  ASSERT_TRUE(store_->rollback(third.generation, by_test()));
  ASSERT_TRUE(store_->add_override(override_of("one.example", "city-allowed"), by_test()));
  ASSERT_TRUE(store_->rollback(GenerationId{}, by_test()));
  EXPECT_EQ(categories(*lists(), "http://three.example/"), "");
  EXPECT_EQ(lists()->status().image, hex16(first.generation.value));
}

TEST_F(HistoryTest, ARollbackKeepsProtectedWhatIsProtectedByNow) {
  const auto before = take("casino.example\nspringfield.example\n");
  EXPECT_EQ(categories(*lists(), "http://springfield.example/"), "gambling");
  GuardRules rules;
  rules.protected_hosts = {"springfield.example"};
  store_->set_guards(rules);
  take("poker.example\nspringfield.example\n");
  const auto back = store_->rollback(before.generation, by_test());
  ASSERT_TRUE(back) << back.error().context;
  EXPECT_NE(back->generation, before.generation) << "it is not the same lists";
  EXPECT_EQ(lists()->id(), back->generation);
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
  EXPECT_EQ(categories(*lists(), "http://springfield.example/"), "");
}

TEST_F(HistoryTest, AnOldGenerationProtectsWhatWasProtectedThen) {
  GuardRules rules;
  rules.protected_hosts = {"shelbyville.example"};
  store_->set_guards(rules);
  const auto old = take("springfield.example\nshelbyville.example\n");
  EXPECT_EQ(categories(*lists(), "http://springfield.example/"), "gambling");
  rules.protected_hosts = {"springfield.example"};
  store_->set_guards(rules);
  for (int i = 0; i < 3; ++i) take("springfield.example\nshelbyville.example\nh" + std::to_string(i) + ".example\n");
  EXPECT_EQ(categories(*lists(), "http://springfield.example/"), "");
  EXPECT_EQ(categories(*lists(), "http://shelbyville.example/"), "gambling");
  EXPECT_FALSE(fs::exists(root() / "images" / hex16(old.generation.value)));
  reopen();
  const auto then = store_->lists_of(old.generation);
  ASSERT_TRUE(then) << then.error().context;
  EXPECT_EQ(categories(**then, "http://springfield.example/"), "gambling") << "as an old record says";
  EXPECT_EQ(categories(**then, "http://shelbyville.example/"), "");
  EXPECT_EQ((*then)->status().image, hex16(old.generation.value));
  // It is not told of what cannot be known any more.
  fs::remove_all(root() / "past");
  for (const auto& names : fs::directory_iterator(root() / "protected")) fs::resize_file(names.path(), 5);
  const auto lost = store_->lists_of(old.generation);
  ASSERT_FALSE(lost);
  EXPECT_NE(lost.error().context.find("protected"), std::string::npos) << lost.error().context;
}

TEST_F(HistoryTest, AnOldGenerationIsBuiltAnewAndSaysWhatItSaid) {
  std::vector<GenerationId> ids;
  Evidence tenth;
  for (int i = 0; i < 50; ++i) {
    ids.push_back(
        take("# version " + std::to_string(i) + "\nalways.example\nv" + std::to_string(i) + ".example\n").generation);
    if (i != 10) continue;
    Classification found;
    const auto now = lists();
    now->classify(target("http://www.v10.example/"), workspace_, found);
    tenth = now->evidence(found, taxonomy_.find("gambling")->id);
    EXPECT_EQ(tenth.line, 3U);
  }
  reopen();
  const auto text = store_->describe(ids[10], tenth);
  ASSERT_TRUE(text) << text.error().context;
  EXPECT_EQ(text->list, "bets");
  EXPECT_EQ(text->file, "bets.txt");
  EXPECT_EQ(text->text, "v10.example");
  const auto then = store_->lists_of(ids[10]);
  ASSERT_TRUE(then) << then.error().context;
  EXPECT_EQ((*then)->id(), ids[10]);
  EXPECT_EQ(categories(**then, "http://v10.example/"), "gambling");
  EXPECT_EQ(categories(**then, "http://v11.example/"), "");
  EXPECT_EQ(categories(*lists(), "http://v10.example/"), "");
  // Deltas: fifty versions take little more than one.
  std::size_t whole = 0;
  for (const auto& version : fs::directory_iterator(root() / "sources" / "bets"))
    whole += fs::exists(version.path() / "whole.zst");
  EXPECT_EQ(whole, 1U);
}

// A directory where the new `current` is to be written stands for a disk that is full at that step.
TEST_F(HistoryTest, WhatCouldNotBePutInForceIsTakenBack) {
  take("old.example\n");
  const auto second = take("new.example\n");
  fs::create_directory(root() / "current.new");
  EXPECT_FALSE(store_->add_override(override_of("new.example", "city-allowed"), by_test()));
  EXPECT_TRUE(store_->overrides()->all.empty());
  EXPECT_FALSE(fs::exists(root() / "overrides.json")) << "there was none";
  EXPECT_FALSE(store_->rollback(GenerationId{}, by_test()));
  EXPECT_TRUE(store_->waiting()->held.empty());
  EXPECT_EQ(lists()->id(), second.generation);
  fs::remove(root() / "current.new");
  ASSERT_TRUE(store_->add_override(override_of("new.example", "city-allowed"), by_test()));
  fs::create_directory(root() / "current.new");
  EXPECT_FALSE(store_->end_override(1, by_test()));
  EXPECT_TRUE(store_->overrides()->all.at(0).in_force(clock_.now()));
  EXPECT_FALSE(fs::exists(root() / "overrides.json.before"));
}

TEST_F(HistoryTest, WhatIsInForceIsInTheHistoryWhetherItCouldBeWrittenThereOrNot) {
  const auto first = take("one.example\n");
  fs::rename(root() / "history.jsonl", root() / "log");
  fs::create_directory(root() / "history.jsonl");
  EXPECT_FALSE(import(scratch_.write("bets.txt", "two.example\n"), "gambling"))
      << "the log is looked at first: nothing has changed";
  EXPECT_EQ(lists()->id(), first.generation);
  fs::remove(root() / "history.jsonl");
  fs::rename(root() / "log", root() / "history.jsonl");
  // A kill after `current` and before the log.
  const std::string log = read_file(root() / "history.jsonl").value();
  const auto second = take("two.example\n");
  std::ofstream(root() / "history.jsonl", std::ios::binary) << log;
  EXPECT_EQ(store_->history()->back().generation, second.generation);
  const auto third = take("three.example\n");
  const auto entries = store_->history().value();
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[1].generation, second.generation);
  EXPECT_EQ(entries[2].generation, third.generation);
}

TEST_F(HistoryTest, ASourceThatIsAsItWasNoLongerWaitsNorIsHeld) {
  const auto first = take("old.example\n");
  take("new.example\n");
  ASSERT_TRUE(store_->rollback(first.generation, by_test()));
  EXPECT_EQ(store_->waiting()->held.size(), 1U);
  EXPECT_TRUE(take("old.example\n").unchanged);
  EXPECT_TRUE(store_->waiting()->held.empty());
}

TEST_F(HistoryTest, AChainOfDeltasEndsInAWholeVersion) {
  const fs::path lists = scratch_.path() / "store";
  fs::create_directories(lists / "sources");
  SourceStore store(lists);
  std::string before, text;
  for (std::uint32_t i = 0; i < 2 * SourceStore::kMaxChain; ++i) {
    text += "+n" + std::to_string(i) + ".example\n";
    const auto from = lists / "sources" / "ut1" / ".new";
    fs::create_directories(from);
    std::ofstream(from / "entries") << text;
    SourceManifest manifest;
    manifest.name = "ut1";
    Digest digest;
    digest.add(text);
    manifest.entries_sha256 = digest.finish_hex();
    manifest.id = manifest.entries_sha256.substr(0, 16);
    ASSERT_TRUE(store.keep(from, manifest, before));
    EXPECT_LE(manifest.chain, SourceStore::kMaxChain);
    EXPECT_EQ(manifest.against.empty(), i % (SourceStore::kMaxChain + 1) == 0);
    before = manifest.id;
    const auto read = store.read("ut1", before);
    ASSERT_TRUE(read) << read.error().context;
    EXPECT_EQ(*read, text);
  }
  store.sweep({"ut1/" + before});
  EXPECT_EQ(*store.read("ut1", before), text);
  // Damage anywhere under it is told by name.
  for (const auto& version : fs::directory_iterator(lists / "sources" / "ut1"))
    if (fs::exists(version.path() / "whole.zst")) fs::resize_file(version.path() / "whole.zst", 10);
  const auto damaged = store.read("ut1", before);
  ASSERT_FALSE(damaged);
  EXPECT_NE(damaged.error().context.find("source 'ut1'"), std::string::npos);
}

TEST_F(HistoryTest, AnOverrideStandsInPlaceOfTheListsAndLapsesByItself) {
  const auto before = take("casino.example\nbet.example/live\n");
  const Change by_alice{.author = "alice", .reason = "charity raffle"};
  const auto made =
      store_->add_override(override_of("casino.example", kAllowedCategory, clock_.now() + hours(1)), by_alice);
  ASSERT_TRUE(made) << made.error().context;
  EXPECT_EQ(made->number, 1U);
  auto now = lists();
  EXPECT_NE(now->id(), before.generation);
  EXPECT_EQ(categories(*now, "http://www.casino.example/x"), "city-allowed");
  EXPECT_EQ(
      why(*now, "http://www.casino.example/x", "city-allowed"),
      "overrides overrides:1 casino.example is city-allowed, by alice until 2026-11-30T01:00:00Z: charity raffle");
  EXPECT_EQ(store_->history()->back().overrides, std::vector<std::uint32_t>{1});

  // The more specific one wins, of equal ones the last.
  ASSERT_TRUE(store_->add_override(override_of("poker.casino.example", "games"), by_alice));
  Override path = override_of("casino.example", "news");
  path.path = "/press";
  ASSERT_TRUE(store_->add_override(path, by_alice));
  ASSERT_TRUE(store_->add_override(override_of("poker.casino.example", kBlockedCategory), by_alice));
  now = lists();
  EXPECT_EQ(categories(*now, "http://a.poker.casino.example/"), "city-blocked");
  EXPECT_EQ(categories(*now, "http://casino.example/Press/2026"), "news");
  EXPECT_EQ(categories(*now, "http://casino.example/pressed"), "city-allowed");

  clock_.set(clock_.now() + hours(1));
  now = lists();
  EXPECT_EQ(categories(*now, "http://www.casino.example/x"), "gambling");
  EXPECT_EQ(store_->history()->back().verb, "lapse");
  EXPECT_EQ(store_->history()->back().generation, now->id());
  ASSERT_TRUE(store_->end_override(3, by_alice));
  EXPECT_EQ(categories(*lists(), "http://casino.example/press"), "gambling");
  EXPECT_EQ(store_->end_override(3, by_alice).error().kind, Error::Kind::NotFound);
  // What it said then is still known.
  const auto old = store_->describe(
      GenerationId{1},
      {taxonomy_.find("news")->id, SourceId{*names_.find(NameKind::Source, "overrides/overrides")}, 3});
  ASSERT_TRUE(old);
  EXPECT_NE(old->text.find("casino.example/press is news, by alice"), std::string::npos) << old->text;
}

TEST_F(HistoryTest, AnOverrideThatMakesNoSenseIsRefused) {
  take("casino.example\n");
  EXPECT_NE(store_->add_override(override_of("casino.example", "gambing"), by_test())
                .error()
                .context.find("not in the taxonomy"),
            std::string::npos);
  EXPECT_NE(
      store_->add_override(override_of("casino.example", "news", clock_.now()), by_test()).error().context.find("past"),
      std::string::npos);
  for (const char* blank : {"", " ", "\t\n "}) {
    const auto refused = store_->add_override(override_of("casino.example", "news"), {.author = "a", .reason = blank});
    ASSERT_FALSE(refused) << '"' << blank << '"';
    EXPECT_NE(refused.error().context.find("a reason"), std::string::npos);
    EXPECT_FALSE(store_->add_override(override_of("casino.example", "news"), {.author = blank, .reason = "r"}));
  }
  EXPECT_TRUE(store_->overrides()->all.empty());
}

TEST_F(HistoryTest, AnOverrideThatReachesFarWaitsForAPerson) {
  GuardRules guards;
  guards.protected_hosts = {"permits.city.example"};
  store_->set_guards(std::move(guards));
  for (const auto& [host, category] : {std::pair{"co.uk", kAllowedCategory}, {"city.example", kBlockedCategory}}) {
    const auto refused = store_->add_override(override_of(host, category), by_test());
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().kind, Error::Kind::Refused);
    EXPECT_TRUE(store_->overrides()->all.empty());
  }
  Change confirmed = by_test();
  confirmed.guarding = Change::Guarding::Confirmed;
  ASSERT_TRUE(store_->add_override(override_of("co.uk", kAllowedCategory), confirmed));
  EXPECT_EQ(categories(*lists(), "http://any.co.uk/"), "city-allowed");
}

TEST_F(HistoryTest, AnOverrideThatTakesAnothersPlaceEndsIt) {
  take("casino.example\n");
  const auto in_an_hour = clock_.now() + hours(1);
  ASSERT_TRUE(store_->add_override(override_of("casino.example", kBlockedCategory, in_an_hour), by_test()));
  ASSERT_TRUE(store_->add_override(override_of("casino.example", kAllowedCategory), by_test()));
  EXPECT_EQ(store_->history()->back().overrides, std::vector<std::uint32_t>{2});
  EXPECT_FALSE(store_->overrides()->all.at(0).in_force(clock_.now()));
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "city-allowed");
}

TEST_F(HistoryTest, AnOverrideThatOutlastsAnotherHoldsAgainWhenThatLapses) {
  take("casino.example\n");
  ASSERT_TRUE(store_->add_override(override_of("casino.example", kBlockedCategory), by_test()));
  ASSERT_TRUE(
      store_->add_override(override_of("casino.example", kAllowedCategory, clock_.now() + hours(1)), by_test()));
  EXPECT_EQ(store_->history()->back().overrides, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "city-allowed");
  clock_.set(clock_.now() + hours(1));
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "city-blocked");
}

TEST_F(HistoryTest, OverridesWorkWithoutAnyList) {
  ASSERT_TRUE(store_->add_override(override_of("bad.example", kBlockedCategory), by_test()));
  reopen();
  EXPECT_EQ(categories(*lists(), "http://bad.example/"), "city-blocked");
}

TEST_F(HistoryTest, ATornHistoryLosesNothingButTheTornLine) {
  take("one.example\n");
  take("two.example\n");
  const auto log = root() / "history.jsonl";
  fs::resize_file(log, fs::file_size(log) - 20);
  reopen();  // appends what is in force again
  auto history = store_->history();
  ASSERT_TRUE(history);
  ASSERT_EQ(history->size(), 2U);
  EXPECT_EQ(history->back().generation, lists()->id());
  take("three.example\n");
  EXPECT_EQ(store_->history()->size(), 3U);
}

TEST_F(HistoryTest, WhatIsOlderThanFourHundredDaysIsForgotten) {
  const auto first = take("one.example\n");
  for (int step = 0; step < 22; ++step) {
    clock_.set(clock_.now() + hours(20 * 24));
    take("h" + std::to_string(step) + ".example\n");
  }
  const auto entries = store_->history().value();
  EXPECT_EQ(entries.size(), 21U);
  EXPECT_EQ(entries.front().at, "2027-01-09T00:00:00Z");
  EXPECT_EQ(store_->lists_of(first.generation).error().kind, Error::Kind::NotFound);
  reopen();
  EXPECT_EQ(store_->history()->size(), 21U);
}

TEST_F(HistoryTest, AClockThatIsWrongForAWhileCostsNoHistory) {
  const auto first = take("one.example\n");
  const WallTime right = clock_.now();
  for (const WallTime wrong : {WallTime(std::chrono::sys_days(std::chrono::year(2099) / 1 / 1)), WallTime{}})
    for (int day = 0; day < 3; ++day) {
      clock_.set(wrong + hours(24 * day));
      take(utc_text(clock_.now()).substr(0, 10) + ".example\n");
    }
  clock_.set(right + hours(24));
  take("three.example\n");
  EXPECT_EQ(store_->history()->size(), 8U);
  const auto then = store_->lists_of(first.generation);
  ASSERT_TRUE(then) << then.error().context;
  EXPECT_EQ(categories(**then, "http://one.example/"), "gambling");
}

TEST_F(HistoryTest, ASourceThatARollbackTookAwayIsNotHeldForEver) {
  take("one.example\n");
  take("press.example\n", "press", "news");
  ASSERT_TRUE(store_->rollback(GenerationId{}, by_test()));
  EXPECT_TRUE(store_->waiting()->holds("press"));
  const auto removed = store_->remove("press", by_test());
  ASSERT_TRUE(removed) << removed.error().context;
  EXPECT_EQ(removed->outcome, Publication::Outcome::Unchanged);
  EXPECT_EQ(removed->generation, lists()->id());
  EXPECT_FALSE(store_->waiting()->holds("press"));
  EXPECT_FALSE(store_->remove("press", by_test()));
}

// "fair.example" among what is added looked like a site that is closed from now on.
TEST_F(HistoryTest, WhatIsComparedIsShownAsAPersonWouldWriteIt) {
  const auto a = take("! Title: bets\n||one.example^\n");
  const auto b = take("! Title: bets\n||one.example^\n@@||fair.one.example^\n|two.example^\n/casino[0-9]+x/\n");
  const auto diff = store_->diff(a.generation, b.generation);
  ASSERT_TRUE(diff) << diff.error().context;
  ASSERT_EQ(diff->size(), 1U);
  EXPECT_EQ((*diff)[0].categories[0].added_examples,
            (std::vector<std::string>{"exception fair.one.example", "two.example", "/casino[0-9]+x/"}));
}

TEST_F(HistoryTest, TwoGenerationsAreCompared) {
  const auto a = take("one.example\ntwo.example\n");
  take("press.example\n", "press", "news");
  const auto b = take("two.example\nthree.example\n");
  const auto diff = store_->diff(a.generation, b.generation);
  ASSERT_TRUE(diff) << diff.error().context;
  ASSERT_EQ(diff->size(), 2U);
  EXPECT_EQ((*diff)[0].source, "bets");
  EXPECT_EQ((*diff)[0].added, 1U);
  EXPECT_EQ((*diff)[0].removed, 1U);
  EXPECT_EQ((*diff)[0].categories[0].added_examples, std::vector<std::string>{"three.example"});
  EXPECT_EQ((*diff)[1].source, "press");
  EXPECT_EQ((*diff)[1].from_version, "");
  EXPECT_EQ(store_->diff(b.generation, b.generation)->size(), 0U);
}

TEST_F(HistoryTest, TheFirstListsThatWaitAreComparedWithNone) {
  GuardRules rules;
  rules.must_allow = {"open.example"};
  store_->set_guards(rules);
  EXPECT_EQ(take("open.example\n").publication.outcome, Publication::Outcome::Waiting);
  const auto diff = store_->diff(lists()->id(), GenerationId{});
  ASSERT_TRUE(diff) << diff.error().context;
  ASSERT_EQ(diff->size(), 1U);
  EXPECT_EQ((*diff)[0].added, 1U);
}

TEST_F(HistoryTest, AListThatWasOnlySortedAnewHasNotChanged) {
  const auto a = take("one.example\ntwo.example\n");
  const auto b = take("two.example\n\none.example\none.example\n");
  EXPECT_NE(a.generation, b.generation);
  EXPECT_TRUE(b.publication.changes[0].empty());
}

}  // namespace
}  // namespace citygate::categories
