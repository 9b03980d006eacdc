// doorbell.h - how a thread that waits is woken by threads that must not pay for asking whether it waits.
//
// Owner     the recorder. Thread: wait, doze, rise: the one that waits. ring, ring_if_dozing: any.
// Cost      ring_if_dozing: one load, while nobody dozes. It needs no fence, because doze() puts one into every running
//           thread of the process (membarrier): either the bell is heard, or what was done before it is seen.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace citygate::records {

class Doorbell {
 public:
  Doorbell() noexcept;

  // A ring after this ends the wait that is given its value.
  [[nodiscard]] std::uint32_t listen() const noexcept { return rings_.load(std::memory_order_acquire); }
  void wait(std::uint32_t heard, std::chrono::nanoseconds most) noexcept;
  void ring() noexcept;

  // From here to rise(), ring_if_dozing() rings. What other threads did before their last ring_if_dozing() that did not
  // ring can be seen after this. False where the kernel cannot do that: then nobody rings.
  [[nodiscard]] bool doze() noexcept;
  void rise() noexcept { dozing_.store(false, std::memory_order_relaxed); }
  void ring_if_dozing() noexcept {
    if (dozing_.load(std::memory_order_relaxed)) [[unlikely]]
      if (dozing_.exchange(false, std::memory_order_relaxed)) ring();
  }

 private:
  std::atomic<std::uint32_t> rings_{0};
  std::atomic<bool> dozing_{false};
  bool can_doze_ = false;
};

}  // namespace citygate::records
