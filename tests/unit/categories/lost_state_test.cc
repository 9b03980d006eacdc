// Files of the lists that are lost, damaged or cannot be written: what is in force may not shrink for it.
#include <fstream>
#include <utility>

#include "categories/history.h"
#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

class LostStateTest : public StoreTest {
 protected:
  fs::path root() const { return scratch_.path() / "lists"; }
  void take_two() {
    imported(scratch_.write("bets.txt", "casino.example\n"), "gambling");
    imported(scratch_.write("play.txt", "play.example\n"), "games");
  }
  static Override denied(std::string host) {
    Override out;
    out.host = std::move(host);
    out.category = kBlockedCategory;
    return out;
  }
  void expect_both(const Lists& lists) {
    EXPECT_EQ(categories(lists, "http://casino.example/"), "gambling");
    EXPECT_EQ(categories(lists, "http://play.example/"), "games");
  }
};

TEST_F(LostStateTest, AnOverrideAfterCurrentWasLostKeepsTheLists) {
  take_two();
  fs::remove(root() / "current");
  ASSERT_TRUE(store_->add_override(denied("bad.example"), by_test()));
  expect_both(*lists());
  EXPECT_EQ(categories(*lists(), "http://bad.example/"), "city-blocked");
  EXPECT_EQ(warning_, "");
}

TEST_F(LostStateTest, AnImportAfterCurrentWasLostKeepsTheOtherSources) {
  take_two();
  fs::remove(root() / "current");
  imported(scratch_.write("more.txt", "more.example\n"), "news");
  expect_both(*lists());
  EXPECT_EQ(categories(*lists(), "http://more.example/"), "news");
}

TEST_F(LostStateTest, AnImportAfterCurrentAndHistoryWereLostKeepsTheOtherSources) {
  take_two();
  fs::remove(root() / "current");
  fs::remove(root() / "history.jsonl");
  reopen();
  imported(scratch_.write("more.txt", "more.example\n"), "news");
  expect_both(*lists());
}

TEST_F(LostStateTest, ADamagedCurrentDoesNotStopTheNextImport) {
  take_two();
  scratch_.write("lists/current", "nonsense\n");
  const auto done = import(scratch_.write("more.txt", "more.example\n"), "news");
  ASSERT_TRUE(done) << done.error().context;
  expect_both(*lists());
  EXPECT_EQ(warning_, "");
}

TEST_F(LostStateTest, ACandidateThatNeverServedDoesNotStandInForADamagedImage) {
  // Images of one second are told apart by their ids: the candidate has to stand in front by that alone.
  std::string served, candidate;
  for (int i = 0; i < 2 || candidate <= served; ++i) {
    served = std::exchange(candidate, "");
    imported(scratch_.write("bets.txt", "h" + std::to_string(i) + ".example\n"), "gambling");
    candidate = lists()->status().image;
  }
  // As if it had been built, and not put in force: what a kill before the guards leaves.
  std::string kept;
  {
    std::ifstream in(root() / "history.jsonl");
    for (std::string line; std::getline(in, line);)
      if (line.find(candidate) == std::string::npos) kept += line + "\n";
  }
  scratch_.write("lists/history.jsonl", kept);
  scratch_.write("lists/current", "nonsense\n");
  reopen();
  EXPECT_EQ(lists()->status().image, served);
  EXPECT_NE(warning_, "");
}

TEST_F(LostStateTest, ARollbackDoesNotEndInNoListsByItself) {
  ASSERT_TRUE(store_->add_override(denied("bad.example"), by_test()));
  imported(scratch_.write("bets.txt", "casino.example\n"), "gambling");
  const auto back = store_->rollback(GenerationId{}, by_test());
  ASSERT_FALSE(back.has_value());
  EXPECT_EQ(back.error().kind, Error::Kind::NotFound);
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
}

TEST_F(LostStateTest, ADamagedWaitingFileStopsAPublishBeforeItsEffect) {
  take_two();
  const auto before = lists()->id();
  scratch_.write("lists/waiting.json", "nonsense\n");
  const auto refused = import(scratch_.write("bets.txt", "other.example\n"), "gambling");
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().context.find("waiting.json"), std::string::npos) << refused.error().context;
  EXPECT_EQ(lists()->id(), before);
}

TEST_F(LostStateTest, AnOverrideThatCouldNotBePublishedIsNotInTheBook) {
  take_two();
  fs::remove_all(root() / "sources");  // of which the damaged image would be built anew
  for (const auto& image : fs::directory_iterator(root() / "images"))
    fs::resize_file(image.path() / "hosts.table", 100);
  const auto failed = store_->add_override(denied("bad.example"), by_test());
  ASSERT_FALSE(failed.has_value());
  EXPECT_TRUE(store_->overrides()->all.empty());
}

TEST_F(LostStateTest, AnOverrideNeedsNoSources) {
  take_two();
  fs::remove_all(root() / "sources");
  ASSERT_TRUE(store_->add_override(denied("bad.example"), by_test()));
  expect_both(*lists());
  EXPECT_EQ(categories(*lists(), "http://bad.example/"), "city-blocked");
}

class DamagedSourceTest : public LostStateTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    LostStateTest::SetUp();
    take_two();
    damage("bets");
  }
  void damage(const std::string& source) {
    for (const auto& version : fs::directory_iterator(root() / "sources" / source)) {
      ASSERT_TRUE(fs::exists(version.path() / GetParam()));
      fs::resize_file(version.path() / GetParam(), 10);
    }
  }
};
INSTANTIATE_TEST_SUITE_P(Files, DamagedSourceTest, ::testing::Values("whole.zst", "manifest.json"));

TEST_P(DamagedSourceTest, IsRemoved) {
  const auto done = store_->remove("bets", by_test());
  ASSERT_TRUE(done) << done.error().context;
  EXPECT_EQ(done->outcome, Publication::Outcome::InForce);
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "");
  EXPECT_EQ(categories(*lists(), "http://play.example/"), "games");
  EXPECT_EQ(store_->history()->back().removed, 1U);
}

TEST_P(DamagedSourceTest, GivesWayToANewVersionWhenAPersonSaysSo) {
  const auto path = scratch_.write("bets.txt", "casino.example\npoker.example\n");
  const auto waits = imported(path, "gambling").publication;
  EXPECT_EQ(waits.outcome, Publication::Outcome::Waiting);
  ASSERT_EQ(waits.findings.size(), 1U);
  EXPECT_TRUE(waits.findings[0].confirmable());
  EXPECT_NE(waits.findings[0].text.find("cannot be compared"), std::string::npos) << waits.findings[0].text;
  EXPECT_EQ(waits.changes.at(0).before, 1U);
  Change sure = by_test();
  sure.guarding = Change::Guarding::Confirmed;
  const auto done = store_->publish_waiting({}, sure);
  ASSERT_TRUE(done) << done.error().context;
  EXPECT_EQ(categories(*lists(), "http://poker.example/"), "gambling");
  EXPECT_EQ(categories(*lists(), "http://play.example/"), "games");
}

TEST_P(DamagedSourceTest, IsMendedByTheSameListAgain) {
  imported(scratch_.write("bets.txt", "casino.example\n"), "gambling");
  imported(scratch_.write("more.txt", "more.example\n"), "news");
  expect_both(*lists());
  EXPECT_EQ(categories(*lists(), "http://more.example/"), "news");
}

TEST_P(DamagedSourceTest, DoesNotDropOutOfTheListsOfOthers) {
  const auto refused = import(scratch_.write("more.txt", "more.example\n"), "news");
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().context.find("source 'bets'"), std::string::npos) << refused.error().context;
  expect_both(*lists());
}

TEST_P(DamagedSourceTest, DoesNotStopARollbackForWhichTheImageIsThere) {
  damage("play");
  const auto back = store_->rollback(GenerationId{}, by_test());
  ASSERT_TRUE(back) << back.error().context;
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
  EXPECT_EQ(categories(*lists(), "http://play.example/"), "");
}

// The mark of what is fetched says that nothing has changed, but what was kept of it is lost.
TEST_P(DamagedSourceTest, IsReadAgainThoughItIsTheSame) {
  ImportRequest request{.path = scratch_.write("more.txt", "more.example\n"), .source = "more", .category = "news"};
  request.input = "a mark";
  for (int i = 0; i < 2; ++i) {
    imported(scratch_.write("bets.txt", "casino.example\n"), "gambling");
    const auto done = store_->update({request}, by_test(), "update", {});
    ASSERT_TRUE(done) << done.error().context;
    EXPECT_TRUE(done->sources[0].second.has_value());
    if (i == 0) damage("more");
  }
  imported(scratch_.write("news.txt", "press.example\n"), "news");
  EXPECT_EQ(categories(*lists(), "http://more.example/"), "news");
}

TEST_F(LostStateTest, AnOverrideLapsesThoughTheSourcesAreGone) {
  DrivenClock clock{std::chrono::sys_days(std::chrono::year(2026) / 11 / 30)};
  store_->set_clock(clock);
  take_two();
  Override made = denied("casino.example");
  made.category = kAllowedCategory;
  made.ends = clock.now() + std::chrono::hours(1);
  ASSERT_TRUE(store_->add_override(made, by_test()));
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "city-allowed");
  fs::remove_all(root() / "sources");
  clock.set(clock.now() + std::chrono::hours(1));
  const auto now = lists();
  ASSERT_NE(now, nullptr);
  expect_both(*now);
}

}  // namespace
}  // namespace citygate::categories
