#include "categories/fetch_crew.h"

#include <algorithm>
#include <utility>

#include "base/thread_name.h"

namespace citygate::categories {

FetchCrew::FetchCrew(std::size_t count, Work work) : count_(count), work_(std::move(work)) {
  for (std::size_t i = 0; i < std::min(count, kThreads); ++i) threads_.emplace_back([this] { run(); });
}

FetchCrew::~FetchCrew() {
  ended_ = true;
  for (auto& thread : threads_) thread.join();
}

void FetchCrew::say(std::string line) {
  const std::lock_guard lock(mutex_);
  news_.lines.push_back(std::move(line));
  told_.notify_one();
}

void FetchCrew::run() {
  name_this_thread("fetch");
  std::unique_lock lock(mutex_);
  while (next_ < count_ && !ended()) {
    const std::size_t index = next_++;
    ++running_;
    news_.lines.push_back(work_.headline(index));
    told_.notify_one();
    lock.unlock();
    work_.fetch(index, *this);
    lock.lock();
    --running_;
    news_.done.push_back(index);
    told_.notify_one();
  }
}

FetchCrew::News FetchCrew::wait(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  const auto all_done = [this] { return next_ == count_ && running_ == 0; };
  told_.wait_for(lock, at_most, [&] { return !news_.lines.empty() || !news_.done.empty() || all_done(); });
  News out = std::exchange(news_, {});
  out.all_done = all_done();
  return out;
}

}  // namespace citygate::categories
