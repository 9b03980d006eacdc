#include "categories/update_schedule.h"

#include <xxhash.h>

#include <algorithm>

namespace citygate::categories {
namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

constexpr microseconds kFirstRetry = 5min;
constexpr microseconds kLongestRetry = 6h;

// From 0 up to and without `limit`, the same for the same source and `from`.
microseconds spread(const UpdatePlan& plan, std::uint64_t seed, WallTime from, microseconds limit) {
  if (limit <= 0us) return 0us;
  const std::uint64_t moment = static_cast<std::uint64_t>(from.time_since_epoch().count());
  const std::uint64_t hash =
      XXH3_64bits_withSeed(plan.name.data(), plan.name.size(), seed ^ moment * 0x9E3779B97F4A7C15U);
  return microseconds(static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(limit.count())));
}

WallTime after_failure(const UpdatePlan& plan, std::uint64_t seed, WallTime attempt) {
  const microseconds longest = std::min<microseconds>(plan.every, kLongestRetry);
  const int doublings = std::min(plan.failures - 1, 16);  // far beyond the longest
  const microseconds delay = std::min(longest, kFirstRetry * (std::int64_t{1} << doublings));
  return attempt + delay / 2 + spread(plan, seed, attempt, delay / 2);
}

// The day whose time `at` came last before or at `time`.
std::int32_t slot_of(WallTime time, std::int32_t at, const Zone& zone) {
  const std::int32_t day = zone.at(time).day;
  return zone.instant(day, at) <= time ? day : day - 1;
}

WallTime after_success(const UpdatePlan& plan, std::uint64_t seed, WallTime success, const Zone& zone) {
  if (!plan.at) return success + plan.every + spread(plan, seed, success, plan.jitter);
  const auto days = std::max<std::int64_t>(1, plan.every / 24h);
  const WallTime slot = zone.instant(slot_of(success, *plan.at, zone) + static_cast<std::int32_t>(days), *plan.at);
  return slot + spread(plan, seed, slot, plan.jitter);
}

}  // namespace

UpdatePlan plan_of(const Source& source, const FetchState& state) {
  return {.name = source.name,
          .every = source.every,
          .jitter = source.jitter,
          .at = source.at,
          .last_attempt = state.last_attempt,
          .last_success = state.last_success,
          .failures = state.failures};
}

WallTime next_update(const UpdatePlan& plan, std::uint64_t seed, WallTime now, const Zone& zone) {
  const auto later = [now](const std::optional<WallTime>& time) { return time && *time > now; };
  if (later(plan.last_attempt) || later(plan.last_success)) return now;
  if (plan.failures > 0 && plan.last_attempt) return after_failure(plan, seed, *plan.last_attempt);
  if (plan.last_success) return after_success(plan, seed, *plan.last_success, zone);
  return now;
}

std::vector<NextUpdate> next_updates(const std::vector<UpdatePlan>& plans, std::uint64_t seed, WallTime now,
                                     const Zone& zone) {
  std::vector<NextUpdate> out;
  for (std::size_t i = 0; i < plans.size(); ++i) out.push_back({i, next_update(plans[i], seed, now, zone)});
  std::ranges::stable_sort(out, {}, &NextUpdate::when);
  return out;
}

}  // namespace citygate::categories
