// turn_clock.h - wall time as of the turn in which a loop asks.
//
// What happens in one turn happens at one time, as for the loop's own now(): a request asks for the time eight times,
// and the kernel's clock costs some 30 ns in a virtual machine. Behind a clock that is driven, each turn sees what is
// set.
//
// Owner     Worker, beside its loop. Thread: the loop's.
#pragma once

#include "base/clock.h"
#include "proxy/net/event_loop.h"

namespace citygate::proxy {

class TurnClock final : public Clock {
 public:
  TurnClock(const EventLoop& loop, const Clock& clock) : loop_(loop), clock_(clock) {}

  [[nodiscard]] WallTime now() const noexcept override {
    if (const MonoTime turn = loop_.now(); turn != turn_) {
      turn_ = turn;
      now_ = clock_.now();
    }
    return now_;
  }

 private:
  const EventLoop& loop_;
  const Clock& clock_;
  mutable MonoTime turn_{};
  mutable WallTime now_{};
};

}  // namespace citygate::proxy
