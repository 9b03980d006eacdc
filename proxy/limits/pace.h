// pace.h - whether a peer that is waited for keeps moving: bytes a second, over windows of waiting.
//
// Only time in which nothing but this peer was waited for counts, so that a slow origin is not held against the client.
// Silence is a deadline's business; this is for those who send or take a byte just before each.
// Owner     an exchange, one for each direction. Cost: nothing while nobody is waited for.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace citygate::proxy {

class Pace {
 public:
  struct Rule {
    std::uint64_t bytes_per_second = 0;  // 0: any pace will do
    std::chrono::milliseconds window{0};
  };

  void reset() { *this = Pace{}; }
  // From now on it is this peer that is waited for. Before its first byte there is no pace: it may itself be waiting,
  // for 100 Continue say.
  void wait(MonoTime now) {
    if (begun_ && since_ == MonoTime{}) since_ = now;
  }
  // It has moved so much. False: too little for the time that it was waited for.
  [[nodiscard]] bool moved(std::uint64_t bytes, MonoTime now, const Rule& rule) {
    begun_ = true;
    bytes_ += bytes;
    if (since_ != MonoTime{}) waited_ += std::chrono::duration_cast<std::chrono::milliseconds>(now - since_);
    since_ = MonoTime{};
    if (waited_ < rule.window || rule.bytes_per_second == 0) return true;
    const bool enough = bytes_ >= rule.bytes_per_second * static_cast<std::uint64_t>(waited_.count()) / 1000;
    waited_ = std::chrono::milliseconds(0);
    bytes_ = 0;
    return enough;
  }

 private:
  MonoTime since_{};  // none: it is not waited for
  std::chrono::milliseconds waited_{0};
  std::uint64_t bytes_ = 0;
  bool begun_ = false;
};

}  // namespace citygate::proxy
