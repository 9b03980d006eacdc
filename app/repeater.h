// repeater.h - runs one piece of work again whenever it is asked for, on a thread of its own.
//
// Asking while it runs makes it run once more. Thread: ask() any. The destructor waits for what runs.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace citygate::app {

class Repeater {
 public:
  explicit Repeater(std::function<void()> work) : work_(std::move(work)), thread_([this] { run(); }) {}
  ~Repeater() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  void ask() {
    {
      std::lock_guard lock(mutex_);
      asked_ = true;
    }
    wake_.notify_all();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return asked_ || ending_; });
      if (ending_) return;
      asked_ = false;
      lock.unlock();
      work_();
      lock.lock();
    }
  }

  const std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable wake_;         // with mutex_
  bool asked_ = false, ending_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace citygate::app
