// failure_table.h - how often somebody has failed lately, and how long he has to wait for the next try.
//
// The first `free` failures cost nothing; each further one doubles the wait, from one second up to `longest`. Who does
// not fail for kForget is forgotten. A fixed table of eight-entry groups: when a group is full, the entry with the
// fewest failures goes, so that a flood of new ones does not wash out who has failed most.
// Thread    one at a time. Cost: one group of 192 bytes per call.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/clock.h"

namespace citygate::proxy {

class FailureTable {
 public:
  static constexpr std::chrono::minutes kForget{15};
  struct Rule {
    std::uint32_t free = 5;
    std::chrono::seconds longest{60};
  };

  explicit FailureTable(std::size_t entries);  // a power of two, 8 or more

  // 0: now.
  [[nodiscard]] std::chrono::nanoseconds wait(std::uint64_t key, const Rule& rule, MonoTime now) const;
  [[nodiscard]] std::uint32_t failures(std::uint64_t key, MonoTime now) const;
  void failed(std::uint64_t key, MonoTime now);

 private:
  static constexpr std::size_t kGroup = 8;
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t failures = 0;  // 0: free
    MonoTime last{};
  };
  [[nodiscard]] const Entry* find(std::uint64_t key, MonoTime now) const;

  std::vector<Entry> entries_;
};

}  // namespace citygate::proxy
