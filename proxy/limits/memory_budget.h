// memory_budget.h - what the process may take of the machine's memory, and whether it is near to that.
//
//   used = the larger of   what the process took before it had a client + what workers say their connections take
//                          resident memory that no file backs, as the kernel counts it
//
// The first is exact at once; the second, read twice a second by a thread of its own, finds what nobody counts: tables
// that grow, the store, an allocator that keeps what was freed. When only the second is too much, the allocator is
// asked to give back what it keeps.
//
// Owner     app; before the workers and after. Thread: any; start() once, before connections are taken.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace citygate::proxy {

class MemoryBudget {
 public:
  enum class Level : std::uint8_t { Enough, Close, Short };  // Close: the last sixteenth of what clients can have

  // One worker's view.
  class Share {
   public:
    Share(MemoryBudget& budget, std::size_t worker) : budget_(&budget), worker_(worker) {}
    void report(std::uint64_t bytes) { budget_->report(worker_, bytes); }
    [[nodiscard]] Level level() const { return budget_->level(); }

   private:
    MemoryBudget* budget_;
    std::size_t worker_;
  };

  explicit MemoryBudget(std::size_t workers);
  ~MemoryBudget();
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  // 0: half of what the machine, or the control group, has.
  void set_limit(std::uint64_t bytes);
  // What the process takes now is what it takes without clients; reads on from here.
  void start();

  [[nodiscard]] Share share(std::size_t worker) { return {*this, worker}; }
  [[nodiscard]] Level level() const;
  [[nodiscard]] std::uint64_t limit() const { return limit_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t base() const { return base_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t used() const;

 private:
  struct alignas(64) Counted {
    std::atomic<std::uint64_t> bytes{0};
  };
  void report(std::size_t worker, std::uint64_t bytes) {
    counted_[worker].bytes.store(bytes, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t counted() const;
  void watch();

  std::vector<Counted> counted_;
  std::atomic<std::uint64_t> limit_{UINT64_MAX}, base_{0}, resident_{0};
  std::mutex mutex_;
  std::condition_variable wake_;  // with mutex_
  bool stopping_ = false;         // guarded by mutex_
  std::thread watcher_;
};

// Resident memory of this process that no file backs; 0 when the kernel does not say.
[[nodiscard]] std::uint64_t anonymous_memory();
// What the machine has, or the control group that the process is in.
[[nodiscard]] std::uint64_t machine_memory();

}  // namespace citygate::proxy
