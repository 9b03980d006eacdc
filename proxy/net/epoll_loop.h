// epoll_loop.h - what the .cc files of proxy/net share: the loop behind EventLoop, and a descriptor that it watches.
//
// A turn    1. epoll waits; each event goes to its Watch
//           2. timers that are due
//           3. those who had wanted another go (Again) before this turn, in order of asking
//           4. posted tasks, in order
//           5. what was handed to defer_delete() is freed, with what that hands over in turn
// A descriptor is added once, for its life, usually edge-triggered: in steady state no epoll_ctl is made. What epoll
// knows (EPOLLRDHUP, EPOLLERR) reaches the watcher as it is, so a reset is seen as one, whatever bytes came with it.
// Every EventLoop is an EpollLoop.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <mutex>
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
  friend class EpollLoop;
};

// A descriptor and who is told of its events. Stays where it is while it is on.
class Watch {
 public:
  using Callback = void (*)(void* self, std::uint32_t events);  // EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLERR, EPOLLHUP

  Watch() = default;
  ~Watch() { stop(); }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // `events` as epoll_ctl(2) takes them; EPOLLET among them for edges. False: the kernel refuses (errno says why).
  // `activity`: what a slow turn is put down to.
  [[nodiscard]] bool start(EpollLoop& loop, int fd, std::uint32_t events, Callback callback, void* self,
                           Activity activity = Activity::Other);
  void stop();  // no callback after this, not even for an event that was taken already
  // The same where the descriptor is closed next and no other process holds it: epoll forgets it by itself.
  void stop_before_close();
  [[nodiscard]] bool on() const { return loop_ != nullptr; }
  void doing(Activity activity) { activity_ = activity; }

 private:
  friend class EpollLoop;
  EpollLoop* loop_ = nullptr;  // while it is on
  Callback callback_ = nullptr;
  void* self_ = nullptr;
  int fd_ = -1;
  Activity activity_ = Activity::Other;
};

class EpollLoop final : public EventLoop {
 public:
  EpollLoop(UniqueFd epoll_fd, UniqueFd wake_fd);
  ~EpollLoop() override;

  void run() override;
  void stop() override;
  void post(Task task) override;
  void defer_delete(std::unique_ptr<Deferred> object) override { deferred_.push_back(std::move(object)); }
  [[nodiscard]] MonoTime now() const override;
  [[nodiscard]] bool on_thread() const override {
    return owner_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }

  [[nodiscard]] const TurnWatch& turns() const override { return turns_; }

  void call_again(Again& object) { object.insert_before(again_); }

 private:
  friend class Watch;
  friend class Timer;

  void turn(bool may_block);
  void wait_and_dispatch(bool may_block);
  [[nodiscard]] int wait_limit(bool may_block) const;  // milliseconds, -1: until something happens
  void drop_taken(const Watch& watch);
  void run_timers(MonoTime now);
  void run_due();
  void run_tasks();
  void free_deferred();
  void wake();

  // The heap of timers, the earliest first.
  void schedule(Timer& timer, MonoTime at);
  void unschedule(Timer& timer);
  void sift_up(std::size_t place);
  void sift_down(std::size_t place);
  void put(std::size_t place, Timer* timer);

  static constexpr int kEventsPerTurn = 256;

  UniqueFd epoll_fd_, wake_fd_;
  Watch wake_watch_;
  std::array<epoll_event, kEventsPerTurn> taken_{};
  int next_taken_ = 0, taken_count_ = 0;  // those still to be given out in this turn
  std::vector<Timer*> timers_;
  ListLink again_, due_;  // due: asked for before this turn
  std::vector<std::unique_ptr<Deferred>> deferred_, freeing_;
  std::vector<Task> running_;
  MonoTime turn_time_{};   // when this turn's events were taken
  MonoTime turn_ended_{};  // the last one; none before the first
  TurnWatch turns_;
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

inline EpollLoop& epoll_of(EventLoop& loop) { return static_cast<EpollLoop&>(loop); }

}  // namespace citygate::proxy
