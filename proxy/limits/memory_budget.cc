#include "proxy/limits/memory_budget.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>

#include "base/thread_name.h"

namespace citygate::proxy {
namespace {

constexpr std::chrono::milliseconds kReadEvery{500};
// Giving back takes the allocator's locks for a while: not more often than this.
constexpr std::chrono::seconds kTrimEvery{10};

}  // namespace

std::uint64_t anonymous_memory() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t size = 0, resident = 0, shared = 0;
  if (!(file >> size >> resident >> shared) || resident < shared) return 0;
  return (resident - shared) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::uint64_t machine_memory() {
  auto out =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  // Version 2 of control groups, seen from inside a container, and version 1.
  for (const char* path : {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::ifstream file(path);
    std::uint64_t bytes = 0;
    if (file >> bytes && bytes > 0) out = std::min(out, bytes);  // "max" is no number
  }
  return out;
}

MemoryBudget::MemoryBudget(std::size_t workers) : counted_(workers) {}

MemoryBudget::~MemoryBudget() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

void MemoryBudget::set_limit(std::uint64_t bytes) { limit_ = bytes > 0 ? bytes : machine_memory() / 2; }

void MemoryBudget::start() {
  base_ = anonymous_memory();
  resident_ = base_.load();
  watcher_ = std::thread([this] { watch(); });
}

std::uint64_t MemoryBudget::counted() const {
  std::uint64_t sum = 0;
  for (const Counted& worker : counted_) sum += worker.bytes.load(std::memory_order_relaxed);
  return sum;
}

std::uint64_t MemoryBudget::used() const {
  return std::max(base() + counted(), resident_.load(std::memory_order_relaxed));
}

MemoryBudget::Level MemoryBudget::level() const {
  const std::uint64_t limit = this->limit(), now = used();
  if (now > limit) return Level::Short;
  return now > limit - (limit - std::min(limit, base())) / 16 ? Level::Close : Level::Enough;
}

void MemoryBudget::watch() {
  name_this_thread("memory");
  auto trimmed = std::chrono::steady_clock::time_point{};
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, kReadEvery, [this] { return stopping_; })) {
    const auto now = std::chrono::steady_clock::now();
    std::uint64_t resident = anonymous_memory();
    if (resident > limit() - limit() / 16 && base() + counted() < resident && now - trimmed >= kTrimEvery) {
      trimmed = now;
      ::malloc_trim(0);
      resident = anonymous_memory();
    }
    resident_ = resident;
  }
}

}  // namespace citygate::proxy
