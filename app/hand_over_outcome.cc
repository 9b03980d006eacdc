#include "app/hand_over_outcome.h"

#include <chrono>
#include <utility>

namespace citygate::app {
namespace {

// How soon it is noticed that the process has ended by itself.
constexpr std::chrono::milliseconds kLook{50};

}  // namespace

void HandOverOutcome::expect() {
  std::lock_guard lock(mutex_);
  expected_ = true;
  failed_.clear();
}

HandOverOutcome::Answer HandOverOutcome::wait(pid_t process,
                                              const std::function<std::optional<std::string>(pid_t)>& end_of) {
  using What = Answer::What;
  std::optional<std::string> end;
  std::unique_lock lock(mutex_);
  const auto answer = [&](What what, std::string why = {}) {
    expected_ = false;
    failed_.clear();
    return Answer{.what = what, .why = std::move(why), .successor = successor_, .ended = end.has_value()};
  };
  for (;;) {
    if (successor_ == process) return answer(What::TookOver);
    if (const auto found = failed_.find(process); found != failed_.end()) return answer(What::Failed, found->second);
    if (successor_ != 0) return answer(What::Another);
    if (no_more_) return answer(What::Stopping);
    // One that ends in the middle is the hand-over's: what it stumbled over says more than its exit status.
    if (end && under_way_ != process) return answer(What::Ended, *end);
    if (!end) end = end_of(process);
    if (!end || under_way_ == process) known_.wait_for(lock, kLook);
  }
}

void HandOverOutcome::begins(pid_t process) {
  std::lock_guard lock(mutex_);
  under_way_ = process;
}

void HandOverOutcome::failed(pid_t process, const std::string& why) {
  std::lock_guard lock(mutex_);
  if (under_way_ == process) under_way_ = 0;
  if (expected_) failed_[process] = why;
  known_.notify_all();
}

void HandOverOutcome::succeeded(pid_t process) {
  std::lock_guard lock(mutex_);
  under_way_ = 0;
  successor_ = process;
  known_.notify_all();
}

void HandOverOutcome::no_more() {
  std::lock_guard lock(mutex_);
  no_more_ = true;
  known_.notify_all();
}

}  // namespace citygate::app
