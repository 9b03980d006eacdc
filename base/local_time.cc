#include "base/local_time.h"

#include <date/date.h>
#include <date/tz.h>
#include <fmt/format.h>

#include <charconv>

namespace citygate {
namespace {

using std::chrono::seconds;

const date::time_zone& zone_of(const void* zone) { return *static_cast<const date::time_zone*>(zone); }

LocalTime to_local(WallTime time, seconds utc_offset) {
  const auto local = std::chrono::floor<seconds>(time).time_since_epoch() + utc_offset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  LocalTime out;
  out.day = static_cast<std::int32_t>(day.count());
  out.second = static_cast<std::int32_t>((local - day).count());
  out.weekday = static_cast<int>(((day.count() + 3) % 7 + 7) % 7);  // 1970-01-01 was a Thursday
  return out;
}

// Reads exactly `digits` digits at the front of `text`.
bool take_number(std::string_view& text, std::size_t digits, int& out) {
  if (text.size() < digits) return false;
  auto [end, error] = std::from_chars(text.data(), text.data() + digits, out);
  if (error != std::errc() || end != text.data() + digits || text[0] == '-') return false;
  text.remove_prefix(digits);
  return true;
}

bool take_char(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::int32_t> take_day(std::string_view& text) {
  int year = 0, month = 0, day = 0;
  if (!take_number(text, 4, year) || !take_char(text, '-') || !take_number(text, 2, month) || !take_char(text, '-') ||
      !take_number(text, 2, day))
    return std::nullopt;
  const std::chrono::year_month_day ymd{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                        std::chrono::day(static_cast<unsigned>(day))};
  if (!ymd.ok()) return std::nullopt;
  return static_cast<std::int32_t>(std::chrono::sys_days(ymd).time_since_epoch().count());
}

std::optional<std::int32_t> take_time_of_day(std::string_view& text) {
  int hour = 0, minute = 0, second = 0;
  if (!take_number(text, 2, hour) || !take_char(text, ':') || !take_number(text, 2, minute)) return std::nullopt;
  if (take_char(text, ':') && !take_number(text, 2, second)) return std::nullopt;
  if (hour > 24 || minute > 59 || second > 59 || (hour == 24 && minute + second > 0)) return std::nullopt;
  return hour * 3600 + minute * 60 + second;
}

}  // namespace

Result<Zone> Zone::open(std::string_view name) {
  Zone out;
  try {
    out.zone_ = date::locate_zone(std::string(name));
  } catch (const std::exception&) {
    return fail(Error::Kind::NotFound, "time zone '" + std::string(name) + "' is not in tzdata; a name is like America/Chicago");
  }
  out.name_ = name;
  return out;
}

Zone::Offset Zone::offset_at(WallTime time) const {
  const auto info = zone_of(zone_).get_info(std::chrono::floor<seconds>(time));
  return {info.begin, info.end, info.offset};
}

LocalTime Zone::at(WallTime time) const { return to_local(time, offset_at(time).utc_offset); }

WallTime Zone::instant(std::int32_t day, std::int32_t second) const {
  const date::local_seconds local{std::chrono::days(day) + seconds(second)};
  const auto info = zone_of(zone_).get_info(local);
  if (info.result == date::local_info::nonexistent) return info.first.end;  // skipped: the moment clocks jump
  return WallTime(local.time_since_epoch() - info.first.offset);            // ambiguous: the first of the two
}

std::string Zone::format(WallTime time) const {
  const auto info = zone_of(zone_).get_info(std::chrono::floor<seconds>(time));
  const LocalTime local = to_local(time, info.offset);
  return fmt::format("{} {:02}:{:02}:{:02} {}", format_day(local.day), local.second / 3600, local.second / 60 % 60,
                     local.second % 60, info.abbrev);
}

LocalTime LocalClock::at(WallTime time) {
  if (time < offset_.from || time >= offset_.until) offset_ = zone_.offset_at(time);
  return to_local(time, offset_.utc_offset);
}

std::optional<std::int32_t> parse_day(std::string_view text) {
  auto day = take_day(text);
  return text.empty() ? day : std::nullopt;
}

std::string format_day(std::int32_t day) {
  const std::chrono::year_month_day ymd{std::chrono::sys_days(std::chrono::days(day))};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                     static_cast<unsigned>(ymd.day()));
}

std::optional<std::int32_t> parse_time_of_day(std::string_view text) {
  auto second = take_time_of_day(text);
  return text.empty() ? second : std::nullopt;
}

std::optional<WallTime> parse_time(std::string_view text, const Zone& zone) {
  const auto day = take_day(text);
  if (!day) return std::nullopt;
  if (text.empty()) return zone.start_of(*day);
  if (!take_char(text, 'T') && !take_char(text, ' ')) return std::nullopt;
  const auto second = take_time_of_day(text);
  if (!second) return std::nullopt;
  std::chrono::microseconds fraction{0};
  if (take_char(text, '.')) {
    std::int64_t unit = 100'000;
    bool any = false;
    for (; !text.empty() && text[0] >= '0' && text[0] <= '9'; text.remove_prefix(1), unit /= 10, any = true)
      fraction += std::chrono::microseconds((text[0] - '0') * unit);
    if (!any) return std::nullopt;
  }
  if (text.empty()) return zone.instant(*day, *second) + fraction;
  const WallTime utc{std::chrono::days(*day) + seconds(*second)};
  if (text == "Z" || text == "z") return utc + fraction;
  const bool ahead = text.starts_with('+');
  if (!ahead && !text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  const auto offset = take_time_of_day(text);
  if (!offset || !text.empty()) return std::nullopt;
  return utc + fraction - seconds(ahead ? *offset : -*offset);
}

std::string format_utc(WallTime time) {
  const LocalTime utc = to_local(time, seconds(0));
  const auto micro = (time - std::chrono::floor<seconds>(time)).count();
  return fmt::format("{}T{:02}:{:02}:{:02}.{:06}Z", format_day(utc.day), utc.second / 3600, utc.second / 60 % 60,
                     utc.second % 60, micro);
}

}  // namespace citygate
