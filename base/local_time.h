// local_time.h - a city's own clock: zones from tzdata, days that have 23 or 25 hours included.
//
// Thread    a Zone is immutable and shared. LocalClock caches the offset in force and belongs to one thread.
// Errors    Zone::open: NotFound with the name, when tzdata does not know it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace citygate {

struct LocalTime {
  std::int32_t day = 0;         // local days since 1970-01-01
  std::int32_t second = 0;      // of that day by the clock on the wall, 0..86399
  int weekday = 0;              // 0 = Monday ... 6 = Sunday
  friend auto operator<=>(const LocalTime&, const LocalTime&) = default;
};

class Zone {
 public:
  [[nodiscard]] static Result<Zone> open(std::string_view name);  // "America/Chicago"
  [[nodiscard]] const std::string& name() const { return name_; }

  struct Offset {  // what holds in [from, until)
    WallTime from, until;
    std::chrono::seconds utc_offset{0};
  };
  [[nodiscard]] Offset offset_at(WallTime time) const;
  [[nodiscard]] LocalTime at(WallTime time) const;
  // The first instant whose local time is `second` of `day`, or the first after it where clocks skip that.
  [[nodiscard]] WallTime instant(std::int32_t day, std::int32_t second) const;
  // The last instant before `day` begins belongs to day - 1.
  [[nodiscard]] WallTime start_of(std::int32_t day) const { return instant(day, 0); }

  // "2026-11-21 13:05:09 CST".
  [[nodiscard]] std::string format(WallTime time) const;

 private:
  std::string name_;
  const void* zone_ = nullptr;  // date::time_zone, owned by the library for the life of the process
};

// The same answers as zone.at(), a table look-up away only when the offset changes.
class LocalClock {
 public:
  explicit LocalClock(const Zone& zone) : zone_(zone) {}
  [[nodiscard]] LocalTime at(WallTime time);
  [[nodiscard]] const Zone& zone() const { return zone_; }

 private:
  Zone zone_;
  Zone::Offset offset_{};
};

// "2026-11-21" → local day number and back. Nothing on malformed text or impossible dates.
[[nodiscard]] std::optional<std::int32_t> parse_day(std::string_view text);
[[nodiscard]] std::string format_day(std::int32_t day);
// "08:30" or "08:30:15", also "24:00" → seconds.
[[nodiscard]] std::optional<std::int32_t> parse_time_of_day(std::string_view text);
// RFC 3339: "2026-11-21T12:00:00Z", "...+01:00", fractions allowed; without an offset it is local to `zone`. A date alone
// is its local midnight.
[[nodiscard]] std::optional<WallTime> parse_time(std::string_view text, const Zone& zone);
[[nodiscard]] std::string format_utc(WallTime time);  // "2026-11-21T12:00:00.000000Z"

}  // namespace citygate
