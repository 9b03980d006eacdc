#include "app/watchdog.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/log.h"
#include "base/thread_name.h"
#include "base/thread_stack.h"

namespace citygate::app {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

constexpr milliseconds kStackPatience{500};

class RunningWatchdog final : public Watchdog {
 public:
  RunningWatchdog(std::vector<Watched> workers, Options options) : options_(std::move(options)) {
    if (!options_.report) options_.report = [](const std::string& text) { log::error("{}", text); };
    for (Watched& worker : workers) workers_.push_back({.watched = std::move(worker)});
  }
  ~RunningWatchdog() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stop_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  void launch() {
    thread_ = std::thread([this] { run(); });
  }

  std::uint64_t stalls() const override { return stalls_.load(std::memory_order_relaxed); }

 private:
  struct Seen {
    Watched watched;
    MonoTime reported{};  // the turn that was reported and has not ended, by its beginning
    std::uint64_t turns_at_nudge = 0;
  };

  void run() {
    name_this_thread("watchdog");
    const bool wanted = options_.alive_every.count() > 0;
    const auto pause = wanted ? std::min(options_.look_every, options_.alive_every) : options_.look_every;
    for (Seen& seen : workers_) nudge(seen);
    MonoTime next_nudge = Steady::now() + options_.alive_every;
    std::unique_lock lock(mutex_);
    while (!stop_.wait_for(lock, std::min<Steady::duration>(pause, until_stall()), [this] { return stopping_; })) {
      lock.unlock();
      for (std::size_t i = 0; i < workers_.size(); ++i) look(i);
      if (wanted && Steady::now() >= next_nudge && all_turned()) {
        options_.on_alive();
        for (Seen& seen : workers_) nudge(seen);
        next_nudge = Steady::now() + options_.alive_every;
      }
      lock.lock();
    }
  }

  // A turn that runs is looked at when it becomes a stall, so that none is over by the next look that is due anyhow.
  [[nodiscard]] Steady::duration until_stall() const {
    Steady::duration out = options_.stall;
    for (const Seen& seen : workers_) {
      const MonoTime began = seen.watched.turns.began();
      if (began != MonoTime{} && began != seen.reported) out = std::min(out, began + options_.stall - Steady::now());
    }
    return std::max<Steady::duration>(out, milliseconds(1));
  }

  void look(std::size_t index) {
    Seen& seen = workers_[index];
    const proxy::TurnWatch& turns = seen.watched.turns;
    const MonoTime began = turns.began();
    if (seen.reported != MonoTime{} && began != seen.reported) {
      options_.report(fmt::format("worker {} goes on after {} ms or more", index, since(seen.reported).count()));
      seen.reported = {};
    }
    if (began == MonoTime{} || began == seen.reported || since(began) < options_.stall) return;
    const auto activity = turns.activity();
    const auto stack = thread_stack(turns.thread(), kStackPatience);
    seen.reported = began;
    stalls_.fetch_add(1, std::memory_order_relaxed);
    // One that waits in the kernel answers when it comes out, and its turn may end with that.
    const std::string_view ended =
        turns.began() != began ? "; it ended as its stack was taken, which may be later" : "";
    options_.report(fmt::format("worker {} has not finished a turn for {} ms; it is busy with: {}{}\n{}", index,
                                since(began).count(), to_string(activity), ended,
                                stack ? describe_stack(*stack) : stack.error().context));
  }

  [[nodiscard]] bool all_turned() const {
    return std::ranges::all_of(workers_, [](const Seen& seen) {
      const auto& turns = seen.watched.turns;
      return turns.thread() == 0 || turns.turns() != seen.turns_at_nudge;
    });
  }

  static void nudge(Seen& seen) {
    seen.turns_at_nudge = seen.watched.turns.turns();
    seen.watched.nudge();
  }

  static milliseconds since(MonoTime then) { return std::chrono::floor<milliseconds>(Steady::now() - then); }

  Options options_;
  std::vector<Seen> workers_;  // the thread's alone
  std::atomic<std::uint64_t> stalls_{0};
  std::mutex mutex_;
  std::condition_variable stop_;  // with mutex_
  bool stopping_ = false;         // guarded by mutex_
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Watchdog>> Watchdog::start(std::vector<Watched> workers, Options options) {
  CG_TRY_VOID(prepare_thread_stacks());
  auto watchdog = std::make_unique<RunningWatchdog>(std::move(workers), std::move(options));
  try {
    watchdog->launch();
  } catch (const std::system_error& error) {
    return fail(Error::Kind::Refused, fmt::format("start the watchdog: {}", error.what()));
  }
  return watchdog;
}

}  // namespace citygate::app
