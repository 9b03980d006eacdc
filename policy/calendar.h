// calendar.h - a zone's clock changes as a flat table, so that a decision can say when a window closes without asking
// the time zone library (which allocates when first asked, and costs more than the whole decision).
//
// A Moment walks forward in stretches in which the wall clock runs evenly; at a clock change it takes the new offset
// and looks again. So days of 23 and 25 hours, hours that are skipped and hours that come twice need no case of their
// own. Thread    immutable; any. Cost: O(log changes) a step, no allocation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/local_time.h"
#include "policy/week.h"

namespace citygate::policy {

struct Moment {
  std::int64_t utc = 0;    // seconds from 1970-01-01T00:00Z
  std::int64_t local = 0;  // the same, read from the clock on the wall

  [[nodiscard]] static Moment at(WallTime now, const LocalTime& local) noexcept;
  [[nodiscard]] WallTime time() const noexcept { return WallTime(std::chrono::seconds(utc)); }
};

class Calendar {
 public:
  Calendar() = default;
  explicit Calendar(const Zone& zone);  // changes of the years 2000 to 2100, as far as tzdata knows them

  // The first moment of the next local day.
  [[nodiscard]] Moment next_midnight(const Moment& from) const noexcept;

  enum class State : std::uint8_t { Inside, Outside };
  // The first moment, `from` itself included, at which `spans` has the state. False: never.
  [[nodiscard]] bool find(std::span<const WeekSpan> spans, State state, Moment& from) const noexcept;

  [[nodiscard]] static std::int64_t second_of_week(const Moment& moment) noexcept;

 private:
  struct Change {
    std::int64_t at = 0, offset = 0;  // UTC seconds, seconds east
  };
  // Goes `wall_seconds` on, or to the next change if that comes first.
  void advance(Moment& moment, std::int64_t wall_seconds) const noexcept;

  std::vector<Change> changes_;
};

}  // namespace citygate::policy
