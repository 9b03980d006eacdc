// clock.h - wall time, taken from an object so that tests drive it.
//
// WallTime is what policy, metering and records speak: microseconds of UTC. Deadlines of sockets use
// std::chrono::steady_clock directly and are not driven.
// Thread: now() from any; DrivenClock::set from any.
#pragma once

#include <atomic>
#include <chrono>

namespace citygate {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;
using MonoTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual WallTime now() const noexcept = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime now() const noexcept override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
};

// Stands still until it is told otherwise (--test-clock).
class DrivenClock final : public Clock {
 public:
  explicit DrivenClock(WallTime start) : now_(start.time_since_epoch().count()) {}
  [[nodiscard]] WallTime now() const noexcept override {
    return WallTime(std::chrono::microseconds(now_.load(std::memory_order_relaxed)));
  }
  void set(WallTime to) noexcept { now_.store(to.time_since_epoch().count(), std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace citygate
