#include "policy/week.h"

#include <algorithm>

namespace citygate::policy {
namespace {

constexpr std::int64_t kNever = 2 * kWeekSeconds;

// The parts of `span` inside one week.
std::vector<WeekSpan> cut(const WeekSpan& span) {
  if (span.to <= kWeekSeconds) return {span};
  return {{span.from, kWeekSeconds}, {0, span.to - kWeekSeconds}};
}

}  // namespace

std::vector<WeekSpan> normalised(std::vector<WeekSpan> spans) {
  std::vector<WeekSpan> parts, out;
  for (const auto& span : spans)
    for (const auto& part : cut(span)) parts.push_back(part);
  std::ranges::sort(parts);
  for (const auto& part : parts) {
    if (part.from >= part.to) continue;
    if (!out.empty() && part.from <= out.back().to)
      out.back().to = std::max(out.back().to, part.to);
    else
      out.push_back(part);
  }
  return out;
}

bool overlap(const WeekSpan& a, const WeekSpan& b) {
  for (const auto& x : cut(a))
    for (const auto& y : cut(b))
      if (x.from < y.to && y.from < x.to) return true;
  return false;
}

bool within(std::span<const WeekSpan> inner, std::span<const WeekSpan> outer) {
  return std::ranges::all_of(inner, [&](const WeekSpan& span) {
    return std::ranges::any_of(outer,
                               [&](const WeekSpan& hull) { return hull.from <= span.from && span.to <= hull.to; });
  });
}

WeekState state_at(std::span<const WeekSpan> spans, std::int64_t second_of_week) noexcept {
  if (spans.empty()) return {false, kNever};
  for (const auto& span : spans) {
    if (second_of_week < span.from) return {false, span.from - second_of_week};
    if (second_of_week >= span.to) continue;
    if (span.to < kWeekSeconds) return {true, span.to - second_of_week};
    // Up to Sunday's end: goes on where Monday begins inside a span.
    if (spans.front().from > 0) return {true, kWeekSeconds - second_of_week};
    if (spans.front().to >= kWeekSeconds) return {true, kNever};
    return {true, kWeekSeconds - second_of_week + spans.front().to};
  }
  return {false, kWeekSeconds - second_of_week + spans.front().from};
}

}  // namespace citygate::policy
