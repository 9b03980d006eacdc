#include "policy/calendar.h"

#include <algorithm>

namespace citygate::policy {
namespace {

std::int64_t floor_mod(std::int64_t value, std::int64_t by) { return (value % by + by) % by; }

}  // namespace

Moment Moment::at(WallTime now, const LocalTime& local) noexcept {
  return {std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(),
          local.day * kDaySeconds + local.second};
}

Calendar::Calendar(const Zone& zone) {
  using std::chrono::sys_days;
  constexpr WallTime first = sys_days(std::chrono::year(2000) / 1 / 1),
                     last = sys_days(std::chrono::year(2100) / 1 / 1);
  for (auto change = zone.offset_at(first); change.until < last; change = zone.offset_at(change.until)) {
    const auto at = std::chrono::floor<std::chrono::seconds>(change.until).time_since_epoch().count();
    changes_.push_back({at, zone.offset_at(change.until).utc_offset.count()});
  }
}

std::int64_t Calendar::second_of_week(const Moment& moment) noexcept {
  constexpr std::int64_t kThursday = 3 * kDaySeconds;  // 1970-01-01
  return floor_mod(moment.local + kThursday, kWeekSeconds);
}

void Calendar::advance(Moment& moment, std::int64_t wall_seconds) const noexcept {
  const auto next = std::ranges::upper_bound(changes_, moment.utc, {}, &Change::at);
  if (next == changes_.end() || moment.utc + wall_seconds < next->at) {
    moment.utc += wall_seconds;
    moment.local += wall_seconds;
  } else {
    moment = {next->at, next->at + next->offset};
  }
}

Moment Calendar::next_midnight(const Moment& from) const noexcept {
  const std::int64_t today = from.local - floor_mod(from.local, kDaySeconds);
  Moment moment = from;
  // More than a handful of steps would need as many clock changes in one day.
  for (int step = 0; step < 8 && moment.local < today + kDaySeconds; ++step)
    advance(moment, today + kDaySeconds - moment.local);
  return moment;
}

bool Calendar::find(std::span<const WeekSpan> spans, State state, Moment& from) const noexcept {
  const std::int64_t horizon = from.utc + 2 * kWeekSeconds;
  for (Moment moment = from; moment.utc <= horizon;) {
    const WeekState now = state_at(spans, second_of_week(moment));
    if (now.inside == (state == State::Inside)) {
      from = moment;
      return true;
    }
    if (now.until_change > kWeekSeconds) return false;
    advance(moment, now.until_change);
  }
  return false;
}

}  // namespace citygate::policy
