// change_gate.h - one change of what is in force at a time: others wait; while an upgrade hands over, none begins.
//
// Owner     Gateway. Thread: any.
#pragma once

#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/result.h"

namespace citygate::app {

class ChangeGate {
 public:
  class Pass {
   public:
    explicit Pass(ChangeGate& gate) : gate_(&gate) {}
    Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_) gate_->leave();
    }

   private:
    ChangeGate* gate_;
  };

  // Waits for the one who is in. Refused while it is closed.
  [[nodiscard]] Result<Pass> enter();
  // Waits for the one who is in; who waits is refused.
  void close();
  void open();
  [[nodiscard]] bool closed() const;

 private:
  void leave();

  mutable std::mutex mutex_;
  std::condition_variable changed_;     // with mutex_
  bool busy_ = false, closed_ = false;  // guarded by mutex_
};

}  // namespace citygate::app
