// libevent_loop.h - what the .cc files of proxy/net share: the loop behind EventLoop, and libevent's event in a holder.
//
// A turn    1. libevent waits and runs the callbacks of all events taken
//           2. those who had wanted another go (Again) before this turn, in order of asking
//           3. posted tasks, in order
//           4. what was handed to defer_delete() is freed, with what that hands over in turn
// Only here and in those .cc files is libevent seen. Every EventLoop is a LibeventLoop.
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/file.h"
#include "proxy/net/event_loop.h"

namespace citygate::proxy {

// A place in a circular list that an object takes and leaves by itself, without allocation.
class ListLink {
 public:
  ListLink() = default;
  ~ListLink() { unlink(); }
  ListLink(const ListLink&) = delete;
  ListLink& operator=(const ListLink&) = delete;

  [[nodiscard]] bool linked() const { return next_ != this; }
  void unlink() {
    next_->previous_ = previous_;
    previous_->next_ = next_;
    next_ = previous_ = this;
  }
  void insert_before(ListLink& other) {
    unlink();
    next_ = &other;
    previous_ = other.previous_;
    previous_->next_ = this;
    other.previous_ = this;
  }
  [[nodiscard]] ListLink* next() const { return next_; }
  // All that follows this head moves behind `other`, which is empty.
  void move_all_to(ListLink& other) {
    if (!linked()) return;
    other.next_ = next_;
    other.previous_ = previous_;
    next_->previous_ = previous_->next_ = &other;
    next_ = previous_ = this;
  }

 private:
  ListLink* next_ = this;
  ListLink* previous_ = this;
};

// Wants a call in the next turn; destroying it takes it off the list.
class Again : private ListLink {
 public:
  virtual void on_again() = 0;

 protected:
  void never_mind() { unlink(); }
  virtual ~Again() = default;

 private:
  friend class LibeventLoop;
};

// Was emptied by a short read and may have been reset without our knowing; see LibeventLoop::watch_for_reset.
class ResetSuspect : private ListLink {
 public:
  void clear_suspicion() { unlink(); }
  [[nodiscard]] virtual int suspect_fd() const = 0;
  virtual void on_reset_found() = 0;

 protected:
  virtual ~ResetSuspect() = default;

 private:
  friend class LibeventLoop;
};

class LibeventLoop final : public EventLoop {
 public:
  LibeventLoop(event_base* base, UniqueFd wake_fd);
  ~LibeventLoop() override;

  void run() override;
  void stop() override;
  void post(Task task) override;
  void defer_delete(std::unique_ptr<Deferred> object) override { deferred_.push_back(std::move(object)); }
  [[nodiscard]] MonoTime now() const override;
  [[nodiscard]] bool on_thread() const override {
    return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }

  void call_again(Again& object) { object.insert_before(again_); }

  // epoll tells of a FIN (EPOLLRDHUP), but libevent shows EPOLLERR as "readable and writable", like any other wake-up.
  // A reset that is taken together with bytes is therefore not seen by one who stops at a short read, and no second
  // edge comes. Suspects that stayed quiet for kResetSweep are looked at once, all in one poll(); in busy connections
  // the next edge clears the suspicion before that, so this costs two list moves a read.
  void watch_for_reset(ResetSuspect& suspect) {
    suspect.insert_before(young_suspects_);
    if (!sweep_armed_) arm_sweep();
  }
  static constexpr std::chrono::milliseconds kResetSweep{250};

  [[nodiscard]] event_base* base() { return base_; }

 private:
  void turn(bool may_block);
  void run_due();
  void run_tasks();
  void free_deferred();
  void wake();
  void arm_sweep();
  void sweep();

  event_base* base_;
  UniqueFd wake_fd_;
  event wake_event_{};
  event sweep_event_{};
  bool sweep_armed_ = false;
  ListLink again_, due_;                    // due: asked for before this turn
  ListLink young_suspects_, old_suspects_;  // old: there since before the last sweep
  std::vector<std::unique_ptr<Deferred>> deferred_, freeing_;
  std::vector<Task> running_;
  mutable std::optional<MonoTime> turn_time_;
  bool running_turn_ = false;

  // Read by any thread.
  std::atomic<bool> stop_{false};
  std::atomic<std::thread::id> owner_;     // who may touch the rest: the creator, then the thread of run()
  std::atomic<std::thread::id> in_run_{};  // none while nobody runs
  std::atomic<bool> has_tasks_{false};
  // Guarded by mutex_.
  std::mutex mutex_;
  std::vector<Task> tasks_;
};

inline LibeventLoop& libevent_of(EventLoop& loop) { return static_cast<LibeventLoop&>(loop); }

// One registered event: assigned once, removed when dropped.
class EventHolder {
 public:
  EventHolder() = default;
  ~EventHolder() { remove(); }
  EventHolder(const EventHolder&) = delete;
  EventHolder& operator=(const EventHolder&) = delete;

  void assign(LibeventLoop& loop, int fd, short what, event_callback_fn callback, void* argument) {
    remove();
    CG_CHECK(event_assign(&event_, loop.base(), fd, what, callback, argument) == 0);
    assigned_ = true;
  }
  [[nodiscard]] bool add() { return event_add(&event_, nullptr) == 0; }
  void add_after(std::chrono::milliseconds after) {
    const timeval wait{.tv_sec = after.count() / 1000, .tv_usec = after.count() % 1000 * 1000};
    CG_CHECK(event_add(&event_, &wait) == 0);
  }
  void remove() {
    if (assigned_) event_del(&event_);
  }

 private:
  event event_{};
  bool assigned_ = false;
};

}  // namespace citygate::proxy
