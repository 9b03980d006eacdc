#include "proxy/net/event_loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "proxy/net/epoll_loop.h"

namespace citygate::proxy {

Result<std::unique_ptr<EventLoop>> EventLoop::create() {
  UniqueFd epoll_fd(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll_fd) return fail_errno("make an event loop", Error::Kind::Refused);
  UniqueFd wake_fd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (!wake_fd) return fail_errno("make an eventfd for a loop", Error::Kind::Refused);
  return std::make_unique<EpollLoop>(std::move(epoll_fd), std::move(wake_fd));
}

bool Watch::start(EpollLoop& loop, int fd, std::uint32_t events, Callback callback, void* self, Activity activity) {
  CG_ASSERT(!on());
  epoll_event wanted{.events = events, .data = {.ptr = this}};
  if (::epoll_ctl(loop.epoll_fd_.get(), EPOLL_CTL_ADD, fd, &wanted) != 0) return false;
  loop_ = &loop;
  callback_ = callback;
  self_ = self;
  fd_ = fd;
  activity_ = activity;
  return true;
}

void Watch::stop() {
  if (!on()) return;
  epoll_event unused{};
  ::epoll_ctl(loop_->epoll_fd_.get(), EPOLL_CTL_DEL, fd_, &unused);
  stop_before_close();
}

void Watch::stop_before_close() {
  if (auto* loop = std::exchange(loop_, nullptr)) loop->drop_taken(*this);
}

EpollLoop::EpollLoop(UniqueFd epoll_fd, UniqueFd wake_fd)
    : epoll_fd_(std::move(epoll_fd)), wake_fd_(std::move(wake_fd)), owner_(std::this_thread::get_id()) {
  // Edge-triggered and never read: each write is a new edge, and the counter does not fill in this universe.
  CG_CHECK(wake_watch_.start(*this, wake_fd_.get(), EPOLLIN | EPOLLET, [](void*, std::uint32_t) {}, nullptr));
}

EpollLoop::~EpollLoop() {
  // Tasks and deferred objects may hold transports, which are watched here.
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
}

void EpollLoop::run() {
  owner_ = std::this_thread::get_id();
  in_run_ = std::this_thread::get_id();
  turns_.enter_loop(::gettid());
  turn_ended_ = std::chrono::steady_clock::now();
  for (bool stopping = false; !stopping;) {
    // Looked at before the turn, so that whatever was posted before stop() still runs.
    stopping = stop_.exchange(false, std::memory_order_acquire);
    turn(!stopping && !again_.linked() && !has_tasks_.load(std::memory_order_acquire));
  }
  turns_.leave_loop();
  in_run_ = std::thread::id();
}

void EpollLoop::turn(bool may_block) {
  // Three readings of the clock: as events were taken, when they are done with, at the end. The last one also says how
  // long the next wait may be.
  again_.move_all_to(due_);
  wait_and_dispatch(may_block);
  const MonoTime events_ended = std::chrono::steady_clock::now();
  turns_.part_ended(events_ended);
  run_timers(events_ended);
  run_due();
  run_tasks();
  free_deferred();
  running_turn_ = false;
  turn_ended_ = std::chrono::steady_clock::now();
  turns_.ended(turn_ended_);
}

int EpollLoop::wait_limit(bool may_block) const {
  if (!may_block) return 0;
  if (timers_.empty()) return -1;
  const auto left = timers_.front()->scheduled_ - turn_ended_;
  // Rounded up: a timer that is looked at too early would have the loop spin until its time.
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, INT_MAX));
}

void EpollLoop::wait_and_dispatch(bool may_block) {
  const int got = ::epoll_wait(epoll_fd_.get(), taken_.data(), kEventsPerTurn, wait_limit(may_block));
  CG_CHECK(got >= 0 || errno == EINTR);
  turn_time_ = std::chrono::steady_clock::now();
  turns_.woke(turn_time_);
  running_turn_ = true;
  taken_count_ = std::max(got, 0);
  for (next_taken_ = 0; next_taken_ < taken_count_;) {
    const epoll_event& event = taken_[static_cast<std::size_t>(next_taken_++)];
    if (const auto* watch = static_cast<Watch*>(event.data.ptr)) {
      turns_.doing(watch->activity_);
      watch->callback_(watch->self_, event.events);
    }
  }
  taken_count_ = next_taken_ = 0;
}

// An event's callback may drop whoever a later event of the same wake-up is for.
void EpollLoop::drop_taken(const Watch& watch) {
  for (int i = next_taken_; i < taken_count_; ++i) {
    epoll_event& event = taken_[static_cast<std::size_t>(i)];
    if (event.data.ptr == &watch) event.data.ptr = nullptr;
  }
}

void EpollLoop::run_due() {
  while (due_.linked()) {
    auto* object = static_cast<Again*>(due_.next());
    object->unlink();
    turns_.doing(Activity::Again);
    object->on_again();
  }
}

void EpollLoop::run_tasks() {
  if (!has_tasks_.load(std::memory_order_acquire)) return;
  {
    const std::lock_guard lock(mutex_);
    running_.swap(tasks_);
    has_tasks_.store(false, std::memory_order_relaxed);
  }
  // Rare, and often the heaviest: timed apart.
  turns_.part_ended(std::chrono::steady_clock::now());
  for (Task& task : running_) {
    turns_.doing(Activity::Task);
    task();
    task = nullptr;  // what it captured goes before the next one runs
  }
  running_.clear();
  turns_.part_ended(std::chrono::steady_clock::now());
}

void EpollLoop::free_deferred() {
  while (!deferred_.empty()) {
    turns_.doing(Activity::Cleanup);
    freeing_.swap(deferred_);
    freeing_.clear();
  }
}

void EpollLoop::stop() {
  stop_.store(true, std::memory_order_release);
  wake();
}

void EpollLoop::post(Task task) {
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

void EpollLoop::wake() {
  const std::uint64_t one = 1;
  const auto written = ::write(wake_fd_.get(), &one, sizeof one);
  CG_CHECK(written == sizeof one);
}

MonoTime EpollLoop::now() const { return running_turn_ ? turn_time_ : std::chrono::steady_clock::now(); }

void EpollLoop::run_timers(MonoTime now) {
  // No more than there were: one that arms itself anew for at once does not keep the loop from its events.
  for (std::size_t left = timers_.size(); left > 0 && !timers_.empty(); --left) {
    if (timers_.front()->scheduled_ > now) return;
    Timer& timer = *timers_.front();
    unschedule(timer);
    if (!timer.armed_) continue;
    if (timer.deadline_ > now) {
      schedule(timer, timer.deadline_);
      continue;
    }
    timer.armed_ = false;
    turn_time_ = std::max(turn_time_, timer.deadline_);
    turns_.doing(Activity::Timer);
    timer.call_(timer.captured_);
  }
}

void EpollLoop::put(std::size_t place, Timer* timer) {
  timers_[place] = timer;
  timer->place_ = static_cast<std::uint32_t>(place);
}

void EpollLoop::schedule(Timer& timer, MonoTime at) {
  const bool later = timer.place_ != Timer::kNowhere && at > timer.scheduled_;
  timer.scheduled_ = at;
  if (timer.place_ == Timer::kNowhere) {
    timers_.push_back(nullptr);
    put(timers_.size() - 1, &timer);
  }
  if (later)
    sift_down(timer.place_);
  else
    sift_up(timer.place_);
}

void EpollLoop::unschedule(Timer& timer) {
  if (timer.place_ == Timer::kNowhere) return;
  const std::size_t place = std::exchange(timer.place_, Timer::kNowhere);
  Timer* last = timers_.back();
  timers_.pop_back();
  if (last == &timer) return;
  put(place, last);
  sift_up(place);
  sift_down(last->place_);
}

void EpollLoop::sift_up(std::size_t place) {
  Timer* timer = timers_[place];
  for (; place > 0; place = (place - 1) / 2) {
    Timer* parent = timers_[(place - 1) / 2];
    if (parent->scheduled_ <= timer->scheduled_) break;
    put(place, parent);
  }
  put(place, timer);
}

void EpollLoop::sift_down(std::size_t place) {
  Timer* timer = timers_[place];
  for (;;) {
    std::size_t child = 2 * place + 1;
    if (child >= timers_.size()) break;
    if (child + 1 < timers_.size() && timers_[child + 1]->scheduled_ < timers_[child]->scheduled_) ++child;
    if (timer->scheduled_ <= timers_[child]->scheduled_) break;
    put(place, timers_[child]);
    place = child;
  }
  put(place, timer);
}

Timer::~Timer() { epoll_of(loop_).unschedule(*this); }

void Timer::arm(std::chrono::milliseconds after) {
  CG_ON_LOOP(loop_);
  deadline_ = loop_.now() + after;
  armed_ = true;
  if (place_ == kNowhere || scheduled_ > deadline_) epoll_of(loop_).schedule(*this, deadline_);
}

}  // namespace citygate::proxy
