// update_schedule.h - when each source is to be asked next: a pure function of its settings and its past.
//
//   never asked          at once
//   last try succeeded   `every` after it, and up to `jitter` more; with `at`, at that time of the city's day, on the first
//                        day that is due, and up to `jitter` more. Days of 23 and 25 hours have one such time each
//   last try failed      after 5 minutes, then 10, 20 ... up to 6 hours or `every`; between half of it and all
//
// Jitter comes from `seed` (one number for each gateway, kept for ever), the source's name and what it is counted from: many
// gateways do not ask one server at one moment, and asking the schedule twice gives one answer.
// What lies in the past is due. So is what was last asked in the future: the clock was set back.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/local_time.h"
#include "categories/fetch_state.h"
#include "categories/sources_file.h"

namespace citygate::categories {

struct UpdatePlan {
  std::string name;
  std::chrono::seconds every{std::chrono::hours(24)};
  std::chrono::seconds jitter{0};    // at most `every`
  std::optional<std::int32_t> at{};  // second of the local day; then `every` is whole days
  // Its past, as fetch_state.h keeps it.
  std::optional<WallTime> last_attempt{}, last_success{};
  int failures = 0;  // in a row, since the last success
};

[[nodiscard]] UpdatePlan plan_of(const Source& source, const FetchState& state);

[[nodiscard]] WallTime next_update(const UpdatePlan& plan, std::uint64_t seed, WallTime now, const Zone& zone);

struct NextUpdate {
  std::size_t index;  // in `plans`
  WallTime when;
};
// All of them, the earliest first; equal times in the order given.
[[nodiscard]] std::vector<NextUpdate> next_updates(const std::vector<UpdatePlan>& plans, std::uint64_t seed,
                                                   WallTime now, const Zone& zone);

}  // namespace citygate::categories
