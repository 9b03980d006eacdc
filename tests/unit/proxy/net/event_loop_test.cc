#include "proxy/net/event_loop.h"

#include <thread>
#include <vector>

#include "loop_fixture.h"

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;

class EventLoopTest : public LoopFixture {};

TEST_F(EventLoopTest, runs_posts_of_four_threads_each_in_order) {
  constexpr int kThreads = 4, kPosts = 1000;
  std::vector<int> seen(kThreads, 0);
  int total = 0, out_of_order = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kPosts; ++i)
        loop_->post([&, t, i] {
          out_of_order += seen[static_cast<std::size_t>(t)]++ != i;
          if (++total == kThreads * kPosts) noted();
        });
    });
  run_until([&] { return total == kThreads * kPosts; });
  EXPECT_EQ(out_of_order, 0);
}

TEST_F(EventLoopTest, a_post_wakes_a_loop_that_waits) {
  std::jthread other;
  bool ran = false;
  loop_->post([&] {
    other = std::jthread([&] {
      loop_->post([&] {
        ran = true;
        noted();
      });
    });
  });
  run_until([&] { return ran; });
}

TEST_F(EventLoopTest, a_task_posted_by_a_task_runs_in_the_next_turn) {
  std::string order;
  loop_->post([&] {
    order += 'a';
    loop_->post([&] { order += 'c'; });
  });
  loop_->post([&] { order += 'b'; });
  run_once();
  EXPECT_EQ(order, "ab");
  run_once();
  EXPECT_EQ(order, "abc");
}

TEST_F(EventLoopTest, stop_before_run_is_kept_and_what_was_posted_before_it_runs) {
  bool ran = false;
  loop_->post([&] { ran = true; });
  loop_->stop();
  loop_->run();
  EXPECT_TRUE(ran);
}

TEST_F(EventLoopTest, another_thread_can_stop_it) {
  std::jthread other([&] { loop_->stop(); });
  loop_->run();
}

TEST_F(EventLoopTest, belongs_to_the_thread_that_runs_it) {
  EXPECT_TRUE(loop_->on_thread()) << "its maker prepares it";
  bool inside = false;
  std::thread([&] {
    loop_->post([&] {
      inside = loop_->on_thread();
      loop_->stop();
    });
    loop_->run();
  }).join();
  EXPECT_TRUE(inside);
  EXPECT_FALSE(loop_->on_thread());
}

TEST_F(EventLoopTest, frees_what_is_deferred_at_the_end_of_the_turn_and_what_that_defers) {
  struct Object : Deferred {
    Object(EventLoop& l, std::string& o, char n, std::unique_ptr<Deferred> h)
        : loop(l), order(o), name(n), held(std::move(h)) {}
    ~Object() override {
      order += name;
      if (held) loop.defer_delete(std::move(held));
    }
    EventLoop& loop;
    std::string& order;
    char name;
    std::unique_ptr<Deferred> held;
  };
  std::string order;
  loop_->post([&] {
    auto inner = std::make_unique<Object>(*loop_, order, '2', nullptr);
    loop_->defer_delete(std::make_unique<Object>(*loop_, order, '1', std::move(inner)));
    order += 'a';
  });
  loop_->post([&] { order += 'b'; });
  run_once();
  EXPECT_EQ(order, "ab12");
}

TEST_F(EventLoopTest, drops_tasks_and_deferred_objects_with_itself) {
  auto token = std::make_shared<int>(0);
  struct Object : Deferred {
    explicit Object(std::shared_ptr<int> t) : token(std::move(t)) {}
    std::shared_ptr<int> token;
  };
  loop_->post([token] {});
  loop_->defer_delete(std::make_unique<Object>(token));
  loop_.reset();
  EXPECT_EQ(token.use_count(), 1);
}

TEST_F(EventLoopTest, the_time_stands_still_within_a_turn) {
  MonoTime first, second, third;
  loop_->post([&] {
    first = loop_->now();
    while (std::chrono::steady_clock::now() == first) {
    }
    second = loop_->now();
    loop_->post([&] { third = loop_->now(); });
  });
  run_once();
  run_once();
  EXPECT_EQ(first, second);
  EXPECT_GT(third, first);
}

TEST_F(EventLoopTest, timers_fire_in_the_order_of_their_deadlines_and_never_early) {
  std::string order;
  std::vector<std::unique_ptr<TestTimer>> timers;
  const auto add = [&](char name, std::chrono::milliseconds after) {
    const MonoTime due = loop_->now() + after;
    timers.push_back(std::make_unique<TestTimer>(*loop_, [&, name, due] {
      order += std::chrono::steady_clock::now() >= due ? name : '!';
      noted();
    }));
    timers.back()->arm(after);
  };
  add('c', 90ms);
  add('a', 5ms);
  add('b', 45ms);
  run_until([&] { return order.size() == 3; });
  EXPECT_EQ(order, "abc");
}

TEST_F(EventLoopTest, a_moved_timer_fires_once_at_its_last_deadline) {
  int fired = 0;
  TestTimer timer(*loop_, [&] {
    ++fired;
    noted();
  });
  const MonoTime start = loop_->now();
  timer.arm(5ms);
  timer.arm(60ms);  // later: the loop still holds the first
  EXPECT_TRUE(timer.armed());
  run_until([&] { return fired == 1; });
  EXPECT_GE(std::chrono::steady_clock::now() - start, 60ms);
  EXPECT_FALSE(timer.armed());
  timer.arm(1h);
  timer.arm(1ms);  // earlier
  run_until([&] { return fired == 2; });
}

TEST_F(EventLoopTest, a_cancelled_timer_is_silent_and_can_be_armed_again) {
  int fired = 0, other_fired = 0;
  TestTimer timer(*loop_, [&] { ++fired; });
  TestTimer other(*loop_, [&] {
    ++other_fired;
    noted();
  });
  timer.arm(1ms);
  timer.cancel();
  EXPECT_FALSE(timer.armed());
  other.arm(30ms);
  run_until([&] { return other_fired == 1; });
  EXPECT_EQ(fired, 0);
  timer.arm(1ms);
  other.arm(30ms);
  run_until([&] { return other_fired == 2; });
  EXPECT_EQ(fired, 1);
}

TEST_F(EventLoopTest, a_timer_may_arm_itself_and_a_dropped_one_is_silent) {
  int fired = 0;
  std::unique_ptr<TestTimer> timer;
  timer = std::make_unique<TestTimer>(*loop_, [&] {
    if (++fired < 3) timer->arm(1ms);
    noted();
  });
  timer->arm(0ms);
  run_until([&] { return fired == 3; });
  timer->arm(0ms);
  timer.reset();
  run_once();
  run_once();
  EXPECT_EQ(fired, 3);
}

}  // namespace
}  // namespace citygate::proxy
