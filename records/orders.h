// orders.h - what others ask of the recorder's thread, and its answers.
//
//   asker: ask() ─▶ sleeps ─▶ the answer        thread: take() ─▶ carries it out ─▶ answer()
//
// One order at a time; further askers wait their turn. Every order that was accepted is answered, by the last turn too.
// Owner     the recorder. Thread: take, answer: its thread. stop: the owner. ask: any but the recorder's thread.
// Errors    ask(): Storage after stop(); else what answer() was given.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>

#include "base/result.h"
#include "records/doorbell.h"

namespace citygate::records {

enum class Order : std::uint8_t { Flush, HandOver, TakeBack };

class Orders {
 public:
  struct Turn {
    std::optional<Order> order;
    bool last = false;  // after it no order is accepted, and the thread ends
  };

  // Rung for every order and for stop(). Borrowed, and outlives this.
  explicit Orders(Doorbell& bell) : bell_(bell) {}

  [[nodiscard]] Result<void> ask(Order order);
  // False: that was done before.
  bool stop();

  // Whether take() has something to say, so that the thread should not lie down.
  [[nodiscard]] bool pending() const;
  [[nodiscard]] Turn take();
  // Of the turn last taken; nothing comes of it where that had no order.
  void answer(const Result<void>& result);

 private:
  // On the stack of who waits for the answer; nobody else can take it for his.
  struct Asked {
    Order order;
    std::optional<Result<void>> answer{};
  };

  Doorbell& bell_;
  Asked* taken_ = nullptr;  // the thread's: what it carries out

  mutable std::mutex mutex_;
  std::condition_variable done_;
  // guarded by mutex_
  Asked* asked_ = nullptr;  // until the thread takes it
  bool stopping_ = false;
};

}  // namespace citygate::records
