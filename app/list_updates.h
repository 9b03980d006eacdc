// list_updates.h - does to the lists what the clock asks for: updates that are due, overrides that lapse.
//
// Owner     RunningGateway, for as long as it lives: whoever changes something may say so at any time.
// Thread    its own, at low priority; look_again() from any. stop() cancels a download and waits for the rest.
// Failures  are logged and tried again later (categories/update_schedule.h); what is in force stays.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

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
  void update(std::vector<std::string> names);
  [[nodiscard]] bool wait_until(WallTime then);  // false: stop

  const Needs needs_;
  std::atomic<bool> stopping_ = false;
  std::optional<std::chrono::steady_clock::time_point> caught_up_;  // when it was tried last, in vain
  std::mutex mutex_;
  std::condition_variable wake_;  // with mutex_
  bool again_ = false;            // guarded by mutex_
  std::thread thread_;
};

}  // namespace citygate::app
