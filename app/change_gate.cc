#include "app/change_gate.h"

namespace citygate::app {

Result<ChangeGate::Pass> ChangeGate::enter() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !busy_ || closed_; });
  if (closed_) return fail(Error::Kind::Refused, "an upgrade is under way, nothing is changed meanwhile; ask again");
  busy_ = true;
  return Pass(*this);
}

void ChangeGate::close() {
  std::unique_lock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !busy_; });
}

void ChangeGate::open() {
  std::lock_guard lock(mutex_);
  closed_ = false;
}

bool ChangeGate::closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

void ChangeGate::leave() {
  std::lock_guard lock(mutex_);
  busy_ = false;
  changed_.notify_all();
}

}  // namespace citygate::app
