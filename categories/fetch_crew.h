// fetch_crew.h - fetches sources side by side, on a few threads: a slow server holds up nobody but itself.
//
//   caller ── count, work ──▶ up to kThreads threads: fetch(0), fetch(1), ... begun in this order
//      ▲                          │
//      └──── News: lines, ends ───┘
//
// Thread    the caller's alone, but for what Work::fetch may call. Lines come in the order in which they were said.
// Lifetime  the destructor begins nothing more, tells what runs to end, and waits for it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace citygate::categories {

class FetchCrew {
 public:
  static constexpr std::size_t kThreads = 4;
  struct Work {
    std::function<std::string(std::size_t)> headline;  // said as it begins; short, because it is asked under a lock
    std::function<void(std::size_t, FetchCrew&)> fetch;
  };

  FetchCrew(std::size_t count, Work work);
  FetchCrew(const FetchCrew&) = delete;
  FetchCrew& operator=(const FetchCrew&) = delete;
  ~FetchCrew();

  struct News {
    std::vector<std::string> lines;
    std::vector<std::size_t> done;  // what `fetch` left behind of them is the caller's now
    bool all_done = false;
  };
  // Since the last call; there may be none when `at_most` has passed.
  [[nodiscard]] News wait(std::chrono::milliseconds at_most);

  // Of Work::fetch.
  void say(std::string line);
  [[nodiscard]] bool ended() const { return ended_.load(); }

 private:
  void run();

  const std::size_t count_;
  const Work work_;
  std::atomic<bool> ended_ = false;
  std::mutex mutex_;
  std::condition_variable told_;        // with mutex_
  std::size_t next_ = 0, running_ = 0;  // guarded by mutex_
  News news_;                           // guarded by mutex_
  std::vector<std::thread> threads_;    // the last: they use what stands above
};

}  // namespace citygate::categories
