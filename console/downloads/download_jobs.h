// download_jobs.h - downloads that people ask for on the portal: fetched beside its pages, which tell how far they are.
//
// Owner     Portal; destroyed before the Operator goes away: what is being fetched then is given up, and nothing of it
//           stays. Thread: any; each fetch has one of its own, HeldStore::kFetches at most.
// Bounds    kPerPerson at a time for each person; what has ended is remembered for the last kRemembered.
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "console/downloads/downloads.h"

namespace citygate::console {

class DownloadJobs {
 public:
  static constexpr std::size_t kPerPerson = 2, kRemembered = 200;
  struct Job {
    std::string person, url;  // the URL without its query
    enum class State : std::uint8_t { Fetching, Asked, Failed } state = State::Fetching;
    std::string said;  // the request's name, or what went wrong
  };

  explicit DownloadJobs(Operator& op) : op_(op) {}
  ~DownloadJobs();
  DownloadJobs(const DownloadJobs&) = delete;
  DownloadJobs& operator=(const DownloadJobs&) = delete;

  // Refused: this person, or everybody together, has as many under way as may be.
  [[nodiscard]] Result<void> start(DownloadAsk ask);
  [[nodiscard]] std::vector<Job> of(std::string_view person) const;  // the newest first

 private:
  struct Running {
    Job job;
    std::thread thread;
    bool done = false;
  };
  void run(Running& running, DownloadAsk ask);
  void forget_ended();  // under the mutex

  Operator& op_;
  std::atomic<bool> ending_{false};
  mutable std::mutex mutex_;
  std::list<Running> jobs_;  // guarded by mutex_; the newest first
};

}  // namespace citygate::console
