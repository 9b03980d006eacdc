#include "records/doorbell.h"

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ctime>

namespace citygate::records {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));

Doorbell::Doorbell() noexcept
    : can_doze_(::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0) {}

void Doorbell::wait(std::uint32_t heard, std::chrono::nanoseconds most) noexcept {
  if (most <= std::chrono::nanoseconds(0)) return;
  const timespec timeout{.tv_sec = static_cast<std::time_t>(most.count() / 1'000'000'000),
                         .tv_nsec = static_cast<long>(most.count() % 1'000'000'000)};
  // Every way in which this ends is a reason to look again.
  static_cast<void>(
      ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&rings_), FUTEX_WAIT_PRIVATE, heard, &timeout, nullptr, 0));
}

void Doorbell::ring() noexcept {
  rings_.fetch_add(1, std::memory_order_release);
  static_cast<void>(
      ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&rings_), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0));
}

bool Doorbell::doze() noexcept {
  if (!can_doze_) return false;
  dozing_.store(true, std::memory_order_relaxed);
  if (::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0) return true;
  rise();
  return false;
}

}  // namespace citygate::records
