// Updates of lists by the clock, with a clock that goes on between two questions, as a real one does.
#include "app/list_updates.h"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>

#include "tests/unit/categories/slow_server.h"
#include "tests/unit/categories/support.h"

namespace citygate::app {
namespace {

using categories::SourcesFile;
using categories::Updater;
using ::testing::HasSubstr;

class GoingClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const noexcept override {
    return WallTime(std::chrono::microseconds(kStart + ++asked_));
  }

 private:
  static constexpr std::int64_t kStart = 1'796'000'000'000'000;  // 2026-11-30
  mutable std::atomic<std::int64_t> asked_ = 0;
};

class ListUpdatesTest : public categories::StoreTest {
 protected:
  std::shared_ptr<const SourcesFile> sources(const std::string& text) {
    Problems problems;
    auto file = SourcesFile::read(scratch_.write("sources.toml", text), taxonomy_, problems);
    EXPECT_TRUE(file) << problems.to_string();
    return file ? std::make_shared<const SourcesFile>(*std::move(file)) : nullptr;
  }

  // Of an update that puts something in force once.
  ListUpdates::Needs needs(Updater& updater) {
    return {.updater = updater,
            .store = *store_,
            .clock = clock_,
            .zone = [] { return *Zone::open("America/Chicago"); },
            .adopt = [this]() -> Result<void> {
              serving_ = lists()->id().value;
              adopted_.set_value();
              return {};
            },
            .serving = [this] { return GenerationId{serving_}; }};
  }

  GoingClock clock_;
  std::promise<void> adopted_;
  std::atomic<std::uint64_t> serving_ = 0;
};

// What was never asked is due "now"; compared with a moment before that it never was, and the thread asked without end.
TEST_F(ListUpdatesTest, ASourceThatWasNeverAskedIsFetchedAtOnce) {
  const auto list = scratch_.write("bets.txt", "casino.example\n");
  store_->set_clock(clock_);
  Updater updater(*store_, clock_, scratch_.path() / "lists" / "staging", "citygate/test");
  updater.set_sources(
      sources("[[source]]\nname = \"bets\"\npath = \"" + list.string() + "\"\ncategory = \"gambling\"\n"));
  ListUpdates updates(needs(updater));
  updates.start();
  ASSERT_EQ(adopted_.get_future().wait_for(std::chrono::minutes(2)), std::future_status::ready);
  updates.stop();
  EXPECT_EQ(categories(*lists(), "http://casino.example/"), "gambling");
  EXPECT_GT(updater.standing(*Zone::open("America/Chicago")).front().next, clock_.now());
}

// It held for as long as the download took: half an hour, if the server was slow enough.
TEST_F(ListUpdatesTest, AnOverrideEndsWhileAServerIsSlow) {
  DrivenClock clock(WallTime(std::chrono::seconds(1'796'000'000)));
  store_->set_clock(clock);
  imported(scratch_.write("bets.txt", "casino.example\n"), "gambling");
  categories::Override made;
  made.host = "casino.example";
  made.category = categories::kAllowedCategory;
  made.ends = clock.now() + std::chrono::hours(1);
  ASSERT_TRUE(store_->add_override(made, by_test()));
  std::atomic<std::uint64_t> serving = lists()->id().value;
  categories::SlowServer slow;
  Updater updater(*store_, clock, scratch_.path() / "lists" / "staging", "citygate/test");
  updater.set_sources(sources("[[source]]\nname = \"slow\"\nurl = \"" + slow.url() + "\"\ncategory = \"gambling\"\n"));
  std::promise<std::string> adopted;
  std::mutex mutex;
  int times = 0;
  ListUpdates updates({.updater = updater,
                       .store = *store_,
                       .clock = clock,
                       .zone = [] { return *Zone::open("America/Chicago"); },
                       .adopt = [&]() -> Result<void> {
                         const std::lock_guard lock(mutex);
                         const auto now = lists();
                         serving = now->id().value;
                         if (times++ == 0) adopted.set_value(categories(*now, "http://casino.example/"));
                         return {};
                       },
                       .serving = [&serving] { return GenerationId{serving}; }});
  updates.start();
  slow.wait_until_asked();
  clock.set(clock.now() + std::chrono::hours(2));
  auto first = adopted.get_future();
  ASSERT_EQ(first.wait_for(std::chrono::minutes(2)), std::future_status::ready);
  EXPECT_EQ(first.get(), "gambling");
  slow.let_go();
  updates.stop();
}

// One thread asked and waited for all: while one server was slow, no other source was asked, however long it was due.
TEST_F(ListUpdatesTest, ASourceThatBecomesDueWhileAServerIsSlowIsNotHeldUp) {
  DrivenClock clock(WallTime(std::chrono::seconds(1'796'000'000)));
  store_->set_clock(clock);
  categories::SlowServer slow;
  const auto quick = scratch_.write("quick.txt", "casino.example\n");
  Updater updater(*store_, clock, scratch_.path() / "lists" / "staging", "citygate/test", std::chrono::milliseconds(0));
  const std::string rest = "\"\ncategory = \"gambling\"\n";
  updater.set_sources(sources("[[source]]\nname = \"slow\"\nurl = \"" + slow.url() + rest +
                              "[[source]]\nname = \"quick\"\npath = \"" + quick.string() + rest));
  std::mutex mutex;
  std::condition_variable adopted;
  std::string seen;
  std::atomic<std::uint64_t> serving = 0;
  ListUpdates updates({.updater = updater,
                       .store = *store_,
                       .clock = clock,
                       .zone = [] { return *Zone::open("America/Chicago"); },
                       .adopt = [&]() -> Result<void> {
                         const std::lock_guard lock(mutex);
                         const auto now = lists();
                         serving = now->id().value;
                         seen = categories(*now, "http://casino.example/") + "," +
                                categories(*now, "http://poker.example/") + "," +
                                categories(*now, "http://slow.example/");
                         adopted.notify_all();
                         return {};
                       },
                       .serving = [&serving] { return GenerationId{serving}; }});
  const auto comes = [&](const std::string& what) {
    std::unique_lock lock(mutex);
    return adopted.wait_for(lock, std::chrono::minutes(2), [&] { return seen == what; });
  };
  updates.start();
  EXPECT_TRUE(comes("gambling,,")) << "published while the other is waited for";
  const auto standing = updater.standing(*Zone::open("America/Chicago"));
  EXPECT_EQ(standing[0].updating, "begun by the clock at 2026-11-30T00:53:20Z");
  scratch_.write("quick.txt", "casino.example\npoker.example\n");
  clock.set(clock.now() + std::chrono::hours(48));
  EXPECT_TRUE(comes("gambling,gambling,")) << "it became due while the other is waited for";
  slow.let_go();
  EXPECT_TRUE(comes("gambling,gambling,gambling"));
  updates.stop();
  EXPECT_EQ(updater.standing(*Zone::open("America/Chicago"))[0].updating, "");
}

// `lists update` tells a person what of a list is not used; what the clock updates has the log alone to tell it in.
TEST_F(ListUpdatesTest, TheLogTellsWhatOfAListIsNotUsed) {
  std::string hosts;
  for (int i = 0; i < 30; ++i) hosts += "casino-" + std::to_string(i) + ".example\n";
  scratch_.write("ut1/gambling/domains", hosts + "not a name\n");
  scratch_.write("ut1/jstor/domains", "papers.example\n");
  store_->set_clock(clock_);
  Updater updater(*store_, clock_, scratch_.path() / "lists" / "staging", "citygate/test");
  updater.set_sources(sources("[[source]]\nname = \"ut1\"\npath = \"" + (scratch_.path() / "ut1").string() + "\"\n"));
  testing::internal::CaptureStderr();
  ListUpdates updates(needs(updater));
  updates.start();
  const auto came = adopted_.get_future().wait_for(std::chrono::minutes(2));
  updates.stop();
  const std::string log = testing::internal::GetCapturedStderr();
  ASSERT_EQ(came, std::future_status::ready) << log;
  EXPECT_THAT(log, HasSubstr("lists: ut1: unknown to the taxonomy, skipped: jstor\n"));
  EXPECT_THAT(log, HasSubstr("lists: ut1: 1 line not used: not a host name; the first is gambling/domains:31\n"));
}

TEST_F(ListUpdatesTest, StoppingCancelsWhatIsFetchedAndStartingBeginsAnew) {
  DrivenClock clock(WallTime(std::chrono::seconds(1'796'000'000)));
  store_->set_clock(clock);
  std::promise<void> asked, asked_again;
  int times = 0;
  categories::ListServer server([&](const categories::ListRequest&) {
    const int time = times++;
    if (time == 0) asked.set_value();
    if (time == 1) asked_again.set_value();
    return categories::ListAnswer{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n", "a.example\n",
                                  categories::ListAnswer::Then::Hold};
  });
  Updater updater(*store_, clock, scratch_.path() / "lists" / "staging", "citygate/test");
  updater.set_sources(
      sources("[[source]]\nname = \"bets\"\nurl = \"" + server.url("/bets.txt") + "\"\ncategory = \"gambling\"\n"));
  ListUpdates updates({.updater = updater,
                       .store = *store_,
                       .clock = clock,
                       .zone = [] { return *Zone::open("America/Chicago"); },
                       .adopt = []() -> Result<void> { return {}; },
                       .serving = [] { return GenerationId{}; }});
  updates.start();
  asked.get_future().wait();
  updates.stop();
  EXPECT_EQ(updater.standing(*Zone::open("America/Chicago"))[0].updating, "") << "nobody is at it any more";
  clock.set(clock.now() + std::chrono::hours(48));
  updates.start();
  asked_again.get_future().wait();
  updates.stop();
  EXPECT_TRUE(store_->history()->empty());
}

}  // namespace
}  // namespace citygate::app
