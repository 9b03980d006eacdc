#include "app/watchdog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "proxy/net/event_loop.h"

namespace citygate::app {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

// Something that happens on one thread and is waited for on another, as long as it takes.
class Event {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

class WatchdogTest : public testing::Test {
 protected:
  ~WatchdogTest() override {
    watchdog_.reset();
    if (thread_.joinable()) {
      loop_->stop();
      thread_.join();
    }
  }

  void run_loop() {
    thread_ = std::thread([this] { loop_->run(); });
  }
  void watch(Watchdog::Options options, milliseconds look_every = milliseconds(5)) {
    options.stall = milliseconds(20);
    options.look_every = look_every;
    options.report = [this](std::string text) {
      const std::lock_guard lock(mutex_);
      reports_.push_back(std::move(text));
      reported_.notify_all();
    };
    auto started = Watchdog::start({{.turns = loop_->turns(), .nudge = [this] { loop_->post([] {}); }}}, options);
    ASSERT_TRUE(started) << started.error().context;
    watchdog_ = std::move(*started);
  }
  std::string report(std::size_t number) {
    std::unique_lock lock(mutex_);
    reported_.wait(lock, [&] { return reports_.size() > number; });
    return reports_[number];
  }

  std::unique_ptr<proxy::EventLoop> loop_ = std::move(*proxy::EventLoop::create());
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable reported_;
  std::vector<std::string> reports_;  // guarded by mutex_
  std::unique_ptr<Watchdog> watchdog_;
};

TEST_F(WatchdogTest, AStallIsReportedOnceWithAStackAndSoIsItsEnd) {
  run_loop();
  watch({});
  Event go_on;
  loop_->post([&] { go_on.wait(); });
  const std::string stall = report(0);
  EXPECT_THAT(stall, HasSubstr("worker 0 has not finished a turn for"));
  EXPECT_THAT(stall, HasSubstr("busy with: task"));
  EXPECT_THAT(stall, HasSubstr("\n#0 "));
  EXPECT_THAT(stall, HasSubstr("app_test+0x")) << "the frames of this program";
  go_on.set();
  EXPECT_THAT(report(1), HasSubstr("worker 0 goes on"));
  EXPECT_EQ(watchdog_->stalls(), 1U);

  Event again;
  loop_->post([&] { again.wait(); });
  EXPECT_THAT(report(2), HasSubstr("has not finished a turn"));
  again.set();
  EXPECT_THAT(report(3), HasSubstr("goes on"));
  EXPECT_EQ(watchdog_->stalls(), 2U);
}

// A turn of 1.1 s between two looks of a quarter of a second each was not seen.
TEST_F(WatchdogTest, AStallIsReportedWhenItBecomesOneNotWhenTheNextLookIsDue) {
  run_loop();
  Event hanging, go_on;
  loop_->post([&] {
    hanging.set();
    go_on.wait();
  });
  hanging.wait();
  watch({}, std::chrono::hours(24));
  EXPECT_THAT(report(0), HasSubstr("has not finished a turn for"));
  EXPECT_EQ(watchdog_->stalls(), 1U);
  go_on.set();
  loop_->stop();
  thread_.join();  // before what it waits for goes
}

TEST_F(WatchdogTest, AliveIsSaidAgainAndAgainWhileTheLoopTurns) {
  run_loop();
  Event often;
  int times = 0;
  watch({.alive_every = milliseconds(5), .on_alive = [&] {
           if (++times == 5) often.set();
         }});
  often.wait();
  EXPECT_EQ(watchdog_->stalls(), 0U);
}

TEST_F(WatchdogTest, AliveIsNotSaidWhileALoopHangs) {
  run_loop();
  Event hanging, go_on, alive_after;
  std::atomic<int> alive_while_hanging{0};
  std::atomic<bool> reported{false};
  loop_->post([&] {
    hanging.set();
    go_on.wait();
  });
  hanging.wait();
  watch({.alive_every = milliseconds(5), .on_alive = [&] {
           if (!reported)
             ++alive_while_hanging;
           else
             alive_after.set();
         }});
  static_cast<void>(report(0));  // several times as long as an alive takes
  EXPECT_EQ(alive_while_hanging, 0);
  reported = true;
  go_on.set();
  alive_after.wait();
}

TEST_F(WatchdogTest, ALoopThatNobodyRunsIsAlive) {
  Event alive;
  watch({.alive_every = milliseconds(5), .on_alive = [&] { alive.set(); }});
  alive.wait();
}

TEST_F(WatchdogTest, StopsWithoutWaitingForItsPause) {
  auto started = Watchdog::start({}, {.look_every = std::chrono::hours(1)});
  ASSERT_TRUE(started);
}

}  // namespace
}  // namespace citygate::app
