// week.h - windows as spans of the local week.
//
//   second 0                                                              604,800
//   Mon 00:00 ......[from, to).......[from, to)........................ Sun 24:00
//
// A normalised list is sorted, its spans neither overlap nor touch, and a night over Sunday's end is cut in two there.
// Thread    values; any. Cost: O(spans), no allocation in state_at.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace citygate::policy {

inline constexpr std::int64_t kDaySeconds = 86'400;
inline constexpr std::int64_t kWeekSeconds = 7 * kDaySeconds;

struct WeekSpan {
  std::int64_t from = 0, to = 0;  // [from, to)
  friend constexpr auto operator<=>(const WeekSpan&, const WeekSpan&) = default;
};

// `to` may lie beyond the week's end (a night from Sunday to Monday).
[[nodiscard]] std::vector<WeekSpan> normalised(std::vector<WeekSpan> spans);
[[nodiscard]] bool overlap(const WeekSpan& a, const WeekSpan& b);

// Both normalised. Is every second of `inner` in `outer`?
[[nodiscard]] bool within(std::span<const WeekSpan> inner, std::span<const WeekSpan> outer);

struct WeekState {
  bool inside = false;
  std::int64_t until_change = 0;  // seconds by the clock on the wall; more than a week when it never changes
};
[[nodiscard]] WeekState state_at(std::span<const WeekSpan> spans, std::int64_t second_of_week) noexcept;

}  // namespace citygate::policy
