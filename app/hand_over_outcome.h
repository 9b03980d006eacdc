// hand_over_outcome.h - tells the operator who waits for an upgrade what became of the process that was started for
// him.
//
// Any process may ask to take over, also one that somebody started by hand: what became of that one is not the answer.
// Owner     Gateway. Thread: wait() one at a time, the others any.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace citygate::app {

class HandOverOutcome {
 public:
  struct Answer {
    enum class What : std::uint8_t {
      TookOver,
      Failed,   // `why` says at what
      Ended,    // and never asked to take over; `why` says how it ended
      Another,  // `successor` has taken over, which is not the one that was started
      Stopping  // this process stops, and hands over to nobody any more
    };
    What what;
    std::string why{};
    pid_t successor = 0;
    bool ended = false;  // `end_of` has said so
  };

  // Before the process is started: what fails from now on is kept for wait().
  void expect();
  // Until it is known what became of `process`. `end_of` says how it ended, nothing while it runs.
  [[nodiscard]] Answer wait(pid_t process, const std::function<std::optional<std::string>(pid_t)>& end_of);

  void begins(pid_t process);  // to take over; one of the next two follows
  void failed(pid_t process, const std::string& why);
  void succeeded(pid_t process);
  void no_more();

 private:
  std::mutex mutex_;
  std::condition_variable known_;  // with mutex_
  // Guarded by mutex_.
  bool expected_ = false, no_more_ = false;
  pid_t under_way_ = 0, successor_ = 0;
  std::map<pid_t, std::string> failed_;  // while one is expected
};

}  // namespace citygate::app
