#include "proxy/net/event_loop.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>

#include "proxy/net/libevent_loop.h"

namespace citygate::proxy {

namespace {

constexpr timeval to_timeval(std::chrono::milliseconds wait) {
  return {.tv_sec = wait.count() / 1000, .tv_usec = wait.count() % 1000 * 1000};
}

}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
  const std::unique_ptr<event_config, void (*)(event_config*)> config(event_config_new(), event_config_free);
  CG_CHECK(config != nullptr);
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_NOLOCK);
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_IGNORE_ENV);
  event_config_require_features(config.get(), EV_FEATURE_ET | EV_FEATURE_EARLY_CLOSE);
  UniqueFd wake_fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake_fd) return fail_errno("make an eventfd for a loop", Error::Kind::Refused);
  event_base* base = event_base_new_with_config(config.get());
  if (!base) return fail_errno("make an event loop", Error::Kind::Refused);
  return std::make_unique<LibeventLoop>(base, std::move(wake_fd));
}

LibeventLoop::LibeventLoop(event_base* base, UniqueFd wake_fd)
    : base_(base), wake_fd_(std::move(wake_fd)), owner_(std::this_thread::get_id()) {
  // Edge-triggered and never read: each write is a new edge, and the counter does not fill in this universe.
  event_assign(&wake_event_, base_, wake_fd_.get(), EV_READ | EV_PERSIST | EV_ET, [](int, short, void*) {}, nullptr);
  CG_CHECK(event_add(&wake_event_, nullptr) == 0);
  event_assign(
      &sweep_event_, base_, -1, 0, [](int, short, void* self) { static_cast<LibeventLoop*>(self)->sweep(); }, this);
}

LibeventLoop::~LibeventLoop() {
  // Tasks and deferred objects may hold transports, whose events belong to the base.
  owner_ = std::this_thread::get_id();
  for (;;) {
    std::vector<Task> dropped;
    {
      const std::lock_guard lock(mutex_);
      dropped.swap(tasks_);
    }
    if (dropped.empty() && deferred_.empty()) break;
    dropped.clear();
    free_deferred();
  }
  event_del(&sweep_event_);
  event_del(&wake_event_);
  event_base_free(base_);
}

void LibeventLoop::run() {
  owner_ = std::this_thread::get_id();
  in_run_ = std::this_thread::get_id();
  for (bool stopping = false; !stopping;) {
    // Looked at before the turn, so that whatever was posted before stop() still runs.
    stopping = stop_.exchange(false, std::memory_order_acquire);
    turn(!stopping && !again_.linked() && !has_tasks_.load(std::memory_order_acquire));
  }
  in_run_ = std::thread::id();
}

void LibeventLoop::turn(bool may_block) {
  turn_time_.reset();
  running_turn_ = true;
  again_.move_all_to(due_);
  event_base_loop(base_, may_block ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK);
  run_due();
  run_tasks();
  free_deferred();
  running_turn_ = false;
}

void LibeventLoop::run_due() {
  while (due_.linked()) {
    auto* object = static_cast<Again*>(due_.next());
    object->unlink();
    object->on_again();
  }
}

void LibeventLoop::run_tasks() {
  if (!has_tasks_.load(std::memory_order_acquire)) return;
  {
    const std::lock_guard lock(mutex_);
    running_.swap(tasks_);
    has_tasks_.store(false, std::memory_order_relaxed);
  }
  for (Task& task : running_) {
    task();
    task = nullptr;  // what it captured goes before the next one runs
  }
  running_.clear();
}

void LibeventLoop::free_deferred() {
  while (!deferred_.empty()) {
    freeing_.swap(deferred_);
    freeing_.clear();
  }
}

void LibeventLoop::stop() {
  stop_.store(true, std::memory_order_release);
  wake();
}

void LibeventLoop::post(Task task) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = tasks_.empty();
    tasks_.push_back(std::move(task));
    has_tasks_.store(true, std::memory_order_release);
  }
  // The running thread looks at has_tasks_ before it waits, and a queue that was not empty has woken it already.
  if (was_empty && in_run_.load(std::memory_order_relaxed) != std::this_thread::get_id()) wake();
}

void LibeventLoop::wake() {
  const std::uint64_t one = 1;
  const auto written = ::write(wake_fd_.get(), &one, sizeof one);
  CG_CHECK(written == sizeof one);
}

MonoTime LibeventLoop::now() const {
  if (!running_turn_) return std::chrono::steady_clock::now();
  if (!turn_time_) turn_time_ = std::chrono::steady_clock::now();
  return *turn_time_;
}

void LibeventLoop::arm_sweep() {
  sweep_armed_ = true;
  const timeval wait = to_timeval(kResetSweep);
  CG_CHECK(event_add(&sweep_event_, &wait) == 0);
}

void LibeventLoop::sweep() {
  sweep_armed_ = false;
  std::vector<pollfd> polls;
  for (ListLink* link = old_suspects_.next(); link != &old_suspects_; link = link->next())
    polls.push_back({.fd = static_cast<ResetSuspect*>(link)->suspect_fd(), .events = 0, .revents = 0});
  if (!polls.empty() && ::poll(polls.data(), polls.size(), 0) >= 0) {
    ListLink these;
    old_suspects_.move_all_to(these);
    // A callback may drop other suspects, never add to `these`: found ones are gathered first.
    ListLink found;
    for (const pollfd& poll : polls) {
      auto* suspect = static_cast<ResetSuspect*>(these.next());
      suspect->unlink();
      if ((poll.revents & (POLLERR | POLLHUP)) != 0) suspect->insert_before(found);
    }
    while (found.linked()) {
      auto* suspect = static_cast<ResetSuspect*>(found.next());
      suspect->unlink();
      suspect->on_reset_found();
    }
  }
  if (!old_suspects_.linked()) young_suspects_.move_all_to(old_suspects_);
  if (old_suspects_.linked() || young_suspects_.linked()) arm_sweep();
}

struct Timer::Impl {
  Impl(EventLoop& event_loop, Callback timer_callback)
      : loop(libevent_of(event_loop)), callback(std::move(timer_callback)) {
    event.assign(loop, -1, 0, [](int, short, void* self) { static_cast<Impl*>(self)->on_event(); }, this);
  }

  void schedule(MonoTime at) {
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(at - loop.now());
    event.add_after(std::max(wait, std::chrono::milliseconds(0)));
    scheduled = at;
  }

  // libevent's clock is the coarse one, and the deadline may have been moved: the event may come too early for it.
  void on_event() {
    scheduled.reset();
    if (!armed) return;
    if (loop.now() < deadline) return schedule(deadline);
    armed = false;
    callback();
  }

  LibeventLoop& loop;
  Callback callback;
  EventHolder event;
  bool armed = false;
  MonoTime deadline{};
  std::optional<MonoTime> scheduled;  // when libevent will call; may be before the deadline, and when there is none
};

Timer::Timer(EventLoop& loop, Callback callback) : impl_(std::make_unique<Impl>(loop, std::move(callback))) {}
Timer::~Timer() = default;

void Timer::arm(std::chrono::milliseconds after) {
  CG_ON_LOOP(impl_->loop);
  impl_->deadline = impl_->loop.now() + after;
  impl_->armed = true;
  if (!impl_->scheduled || *impl_->scheduled > impl_->deadline) impl_->schedule(impl_->deadline);
}

void Timer::cancel() { impl_->armed = false; }

bool Timer::armed() const { return impl_->armed; }

}  // namespace citygate::proxy
