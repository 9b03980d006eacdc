// turn_watch.h - what a loop is doing and for how long: counted by its own thread, looked at by any.
//
//   wait │ woke ─▶ events ─▶ timers, again ─▶ tasks ─▶ cleanup ─▶ ended │ wait
//
// A turn in which nothing was to be done beyond kSlow is slow: it held up every connection of its worker. It is put
// down to the part that took longest and, among events, to whatever most of them were: a clock around each callback
// would cost more than some of them.
// Cost      a store and an addition an event; the clock is read where the loop reads it anyway.
#pragma once

#include <sys/types.h>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/counter.h"
#include "base/histogram.h"

namespace citygate::proxy {

enum class Activity : std::uint8_t {
  Other,
  Accept,  // new connections
  Client,  // a client's socket
  Origin,  // an origin's socket
  Dial,    // a connection to an origin was made or refused
  Dns,     // an answer of a name server
  Timer,
  Again,    // what had more to do than its share of a turn
  Task,     // posted by another thread: a new generation, an answer, room in the spool
  Cleanup,  // freeing what has ended
};
inline constexpr std::size_t kActivities = 10;
[[nodiscard]] std::string_view to_string(Activity activity);  // "accept"

class TurnWatch {
 public:
  static constexpr std::chrono::milliseconds kSlow{5};

  // --- the loop's thread

  void enter_loop(pid_t thread) { thread_.store(thread, std::memory_order_relaxed); }
  void leave_loop() { thread_.store(0, std::memory_order_relaxed); }

  void woke(MonoTime now) {
    woke_ = mark_ = now;
    longest_ = {};
    ran_ = {};
    began_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  }
  void doing(Activity activity) {
    activity_.store(activity, std::memory_order_relaxed);
    ++ran_[static_cast<std::size_t>(activity)];
  }
  // All since the last mark was what most of the callbacks since then were.
  void part_ended(MonoTime now);
  void ended(MonoTime now);

  // --- any thread

  // When the running turn began; no time at all while the loop waits.
  [[nodiscard]] MonoTime began() const { return MonoTime(MonoTime::duration(began_.load(std::memory_order_relaxed))); }
  [[nodiscard]] Activity activity() const { return activity_.load(std::memory_order_relaxed); }  // the last one begun
  [[nodiscard]] pid_t thread() const { return thread_.load(std::memory_order_relaxed); }  // 0: nobody runs the loop
  [[nodiscard]] std::uint64_t turns() const { return turns_.get(); }
  [[nodiscard]] std::uint64_t slow_turns(Activity activity) const {
    return slow_[static_cast<std::size_t>(activity)].get();
  }
  [[nodiscard]] HistogramValues durations() const { return durations_.values(); }

 private:
  // the loop's thread's
  MonoTime woke_{}, mark_{};
  MonoTime::duration longest_{};  // of this turn's parts, and what it was
  Activity longest_activity_ = Activity::Other;
  std::array<std::uint16_t, kActivities> ran_{};  // callbacks since the last mark

  // any thread's to read
  std::atomic<MonoTime::rep> began_{0};
  std::atomic<Activity> activity_{Activity::Other};
  std::atomic<pid_t> thread_{0};
  Counter turns_;
  std::array<Counter, kActivities> slow_;
  Histogram durations_{10};  // 1 µs to 137 s
};

}  // namespace citygate::proxy
