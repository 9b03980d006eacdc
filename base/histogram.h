// histogram.h - how long things took, in buckets that double. Written by its own thread, read by any.
//
//   bucket i counts what took at most 2^(first_power + i) nanoseconds and more than the bucket before it; the one
//   after the last bound counts the rest
//
// Cost      one bit scan and two plain additions an observation; no lock, no locked instruction, no allocation, no
// clock. Reader    takes buckets one by one while the writer goes on: a sum may be an observation ahead of its buckets.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>

#include "base/counter.h"

namespace citygate {

inline constexpr std::size_t kHistogramBounds = 28;

// What a histogram held when it was read; several of the same bounds add up.
struct HistogramValues {
  unsigned first_power = 0;
  std::array<std::uint64_t, kHistogramBounds + 1> buckets{};  // each for itself, not cumulated
  std::uint64_t sum_ns = 0;

  [[nodiscard]] double bound_seconds(std::size_t i) const {
    return static_cast<double>(std::uint64_t{1} << (first_power + i)) / 1e9;
  }
  HistogramValues& operator+=(const HistogramValues& other) {
    for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += other.buckets[i];
    sum_ns += other.sum_ns;
    return *this;
  }
};

class Histogram {
 public:
  // The first bound is 2^first_power ns; with 28 bounds the last is about 134 million times that.
  explicit constexpr Histogram(unsigned first_power) noexcept : first_power_(first_power) {}

  void observe(std::chrono::nanoseconds took) noexcept {
    const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(took.count(), 0));
    buckets_[bucket_of(ns)].add();
    sum_ns_.add(ns);
  }

  [[nodiscard]] HistogramValues values() const noexcept {
    HistogramValues out{.first_power = first_power_};
    for (std::size_t i = 0; i < buckets_.size(); ++i) out.buckets[i] = buckets_[i].get();
    out.sum_ns = sum_ns_.get();
    return out;
  }

 private:
  [[nodiscard]] std::size_t bucket_of(std::uint64_t ns) const noexcept {
    const auto width = static_cast<unsigned>(std::bit_width(ns > 0 ? ns - 1 : 0));  // the bound is inclusive
    return width <= first_power_ ? 0 : std::min<std::size_t>(width - first_power_, kHistogramBounds);
  }

  unsigned first_power_;
  std::array<Counter, kHistogramBounds + 1> buckets_;
  Counter sum_ns_;
};

}  // namespace citygate
