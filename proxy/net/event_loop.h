// event_loop.h - one thread's loop, timers, and work posted from other threads. epoll stays behind it.
//
// Owner     Worker. Thread: everything but post() and stop() belongs to the thread that runs run().
// Delivery  callbacks run one after another; what is handed to defer_delete() is freed at the end of the turn, so
//           nothing is destroyed under its own callback.
// Cost      no lock and no allocation per event; post() takes a short lock and wakes the loop by an eventfd.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>

#include "base/clock.h"
#include "base/result.h"
#include "proxy/net/turn_watch.h"

namespace citygate::proxy {

// Anything that may have to die in the middle of its own callback.
class Deferred {
 public:
  virtual ~Deferred() = default;
};

class EventLoop {
 public:
  using Task = std::move_only_function<void()>;

  [[nodiscard]] static Result<std::unique_ptr<EventLoop>> create();
  virtual ~EventLoop() = default;

  virtual void run() = 0;            // until stop()
  virtual void stop() = 0;           // any thread
  virtual void post(Task task) = 0;  // any thread; tasks run in order
  virtual void defer_delete(std::unique_ptr<Deferred> object) = 0;

  // The time at which this turn's events were taken; refreshed once a turn.
  [[nodiscard]] virtual MonoTime now() const = 0;
  [[nodiscard]] virtual bool on_thread() const = 0;
  [[nodiscard]] virtual const TurnWatch& turns() const = 0;  // any thread
};

#define CG_ON_LOOP(loop) CG_ASSERT((loop).on_thread())

class EpollLoop;

// One deadline at a time. arm() again moves it; a moved or cancelled timer does not fire, and none fires early. Cheap
// to re-arm: moving a deadline later touches nothing but this object. Stays where it is.
class Timer {
 public:
  // `callback` captures a pointer at most, usually `this`: there is a timer or two in every idle connection.
  template <class Callback>
    requires(std::is_trivially_copyable_v<Callback> && sizeof(Callback) <= sizeof(void*))
  Timer(EventLoop& loop, Callback callback) : loop_(loop) {
    std::memcpy(&captured_, &callback, sizeof callback);
    call_ = [](void* captured) { (*std::launder(reinterpret_cast<Callback*>(&captured)))(); };
  }
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  void arm(std::chrono::milliseconds after);
  void cancel() { armed_ = false; }
  [[nodiscard]] bool armed() const { return armed_; }

 private:
  friend class EpollLoop;
  static constexpr std::uint32_t kNowhere = UINT32_MAX;

  EventLoop& loop_;
  void (*call_)(void* captured);
  void* captured_ = nullptr;
  MonoTime deadline_{};
  MonoTime scheduled_{};            // when the loop will look at it; may be before the deadline, and when there is none
  std::uint32_t place_ = kNowhere;  // in the loop's heap
  bool armed_ = false;
};

}  // namespace citygate::proxy
