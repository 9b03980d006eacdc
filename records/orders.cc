#include "records/orders.h"

#include <utility>

namespace citygate::records {

Result<void> Orders::ask(Order order) {
  Asked asked{.order = order};
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return !asked_ || stopping_; });
  if (stopping_) return fail(Error::Kind::Storage, "the recorder has stopped");
  asked_ = &asked;
  bell_.ring();
  done_.wait(lock, [&] { return asked.answer.has_value(); });
  return *std::move(asked.answer);
}

bool Orders::stop() {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return false;
  }
  bell_.ring();
  return true;
}

bool Orders::pending() const {
  std::lock_guard lock(mutex_);
  return stopping_ || asked_;
}

Orders::Turn Orders::take() {
  std::lock_guard lock(mutex_);
  taken_ = std::exchange(asked_, nullptr);
  return {.order = taken_ ? std::optional(taken_->order) : std::nullopt, .last = stopping_};
}

void Orders::answer(const Result<void>& result) {
  std::lock_guard lock(mutex_);
  if (Asked* const taken = std::exchange(taken_, nullptr)) taken->answer = result;
  done_.notify_all();
}

}  // namespace citygate::records
