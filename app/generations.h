// generations.h - numbers what comes into force, and remembers each for as long as a worker may run it: for `status`.
//
// Owner     Gateway. Thread: any.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "app/config.h"
#include "proxy/generation.h"

namespace citygate::app {

class Generations {
 public:
  // What workers are to run from now on. Its number is one more than the last one's.
  [[nodiscard]] proxy::Generation next(Config& config, const proxy::Snapshots& snapshots);
  // "3: configuration 61ac..., policy 9f2c..., people 07d1..., lists 5bb0..."; the bare number of one long gone.
  [[nodiscard]] std::string describe(std::uint64_t number) const;
  void forget_before(std::uint64_t number);
  [[nodiscard]] std::uint64_t current() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t last_ = 0;                     // guarded by mutex_
  std::map<std::uint64_t, std::string> text_;  // guarded by mutex_
};

// "policy 9f2c..., people 07d1..., lists 5bb0...": equal where the same is in force.
[[nodiscard]] std::string versions_of(const proxy::Snapshots& snapshots);

// What a reload has done, a line each: versions in force, sizes that changed, settings taken up or waiting for a
// restart.
[[nodiscard]] std::string describe_reload(Config& before, Config& after, const proxy::Snapshots& had,
                                          const proxy::Snapshots& has);
// A file that was cut short may still be valid: "" unless policy, people or lists have lost more than half of what they
// held.
[[nodiscard]] std::string describe_loss(const proxy::Snapshots& had, const proxy::Snapshots& has);

}  // namespace citygate::app
