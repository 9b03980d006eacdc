// list_updates.h - does to the lists what the clock asks for: updates that are due, overrides that lapse.
//
// What is due at one time is one update, on a thread of its own: a slow server holds up neither what becomes due after it nor an
// override's end.
//
// Owner     RunningGateway, for as long as it lives: whoever changes something may say so at any time.
// Thread    its own and those of at most kUpdates updates, at low priority; look_again() from any. stop() cancels downloads and
//           waits for the rest. `adopt` and `serving` are called from each of these threads.
// Failures  are logged and tried again later (categories/update_schedule.h); what is in force stays.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "categories/updater.h"

namespace citygate::app {

class ListUpdates {
 public:
  struct Needs {
    categories::Updater& updater;
    categories::ListStore& store;
    const Clock& clock;
    std::function<Zone()> zone;             // the city's, as it is now
    std::function<Result<void>()> adopt;    // puts in force what the store calls current
    std::function<GenerationId()> serving;  // what workers decide by
  };
  explicit ListUpdates(Needs needs) : needs_(std::move(needs)) {}
  ~ListUpdates() { stop(); }

  // start() after stop() begins anew: an upgrade may come to nothing. Both from one thread at a time.
  void start();

  // The sources, overrides or the clock have changed: look again now.
  void look_again();
  void stop();

 private:
  void run();
  // What is due now; returns when to look again at the latest.
  [[nodiscard]] WallTime look();
  enum class Caught : std::uint8_t { Up, Not };  // workers decide by what is in force now
  [[nodiscard]] Caught catch_up(const categories::OverrideBook& book, WallTime now);
  struct Running {
    std::atomic<bool> ended = false;
    std::thread thread;
  };
  void reap();
  void begin(std::vector<std::string> names);
  void update(const std::vector<std::string>& names);
  // A running update is at this source no longer.
  void came_to_its_end(const std::string& name);
  void adopt();
  [[nodiscard]] bool wait_until(WallTime then);  // false: stop

  static constexpr std::size_t kUpdates = 4;

  const Needs needs_;
  std::atomic<bool> stopping_ = false;
  std::optional<std::chrono::steady_clock::time_point> caught_up_;  // when it was tried last, in vain
  std::list<Running> running_;  // of the thread's alone, and of stop() after its end
  std::mutex mutex_;
  std::condition_variable wake_;  // with mutex_
  bool again_ = false;            // guarded by mutex_
  // Guarded by mutex_: sources of updates that run, and when these began.
  std::map<std::string, WallTime> at_;
  std::map<std::string, WallTime> was_at_;  // of them, those that came to their end since the last look
  std::thread thread_;
};

}  // namespace citygate::app
