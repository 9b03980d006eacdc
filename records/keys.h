// keys.h - the keys of the database, so that one file says how they sort. docs/record_format.md draws them.
//
// Numbers stand big-endian, so that bytes sort as numbers do; signed ones with their sign bit turned.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "meter/visit_timeline.h"
#include "records/key_bytes.h"
#include "records/tally.h"

namespace citygate::records::keys {

inline std::uint64_t sortable(std::int64_t value) {
  return static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63);
}
inline std::int64_t unsortable(std::uint64_t value) {
  return static_cast<std::int64_t>(value ^ (std::uint64_t{1} << 63));
}
inline std::uint32_t sortable_day(std::int32_t day) { return static_cast<std::uint32_t>(day) ^ 0x80000000u; }
inline std::int32_t unsortable_day(std::uint64_t day) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(day) ^ 0x80000000u);
}

// traffic, sealed: 'S' first end(8) sequence(8) → segment
inline constexpr std::size_t kSegmentKeyBytes = 17;
inline std::string segment(WallTime first_end, std::uint64_t sequence) {
  std::string key = "S";
  append(key, sortable(first_end.time_since_epoch().count()), 8);
  append(key, sequence, 8);
  return key;
}
inline WallTime segment_time(std::string_view key) {
  return WallTime(std::chrono::microseconds(unsortable(number(key, 1, 8))));
}
inline std::uint64_t segment_sequence(std::string_view key) { return number(key, 9, 8); }
// traffic, sealed: 'I' lowest record id(8) → highest id, keys of segments
inline std::string index(RecordId lowest) {
  std::string key = "I";
  append(key, lowest.value, 8);
  return key;
}
// traffic, sealed: 'C' sequence(8) → key of the segment
inline std::string added(std::uint64_t sequence) {
  std::string key = "C";
  append(key, sequence, 8);
  return key;
}

// Rows of tallies; tally.h says how their keys become bytes.
// rollups: 'R' department(4) day(4) | category(4) | person / 1024(4)
inline Tally::Key rollup(DepartmentId department, std::int32_t day, CategoryId category) {
  return {.major = std::uint64_t{department.value} << 32 | sortable_day(day), .group = category.value};
}
inline std::int32_t rollup_day(Tally::Key key) { return unsortable_day(key.major & 0xffffffffu); }
// rollups: 'Z' department(4) day(4) | 0 | 0 → sealed exchanges, under the nameless person
inline Tally::Key sealed_count(DepartmentId department, std::int32_t day) { return rollup(department, day, {}); }
// usage: 'U' 0(4) day(4) | quota(4) | person / 1024(4) → attended ms, streaming bytes
inline Tally::Key usage(std::int32_t day, QuotaId quota) { return {.major = sortable_day(day), .group = quota.value}; }
// usage: 'V' person(4) quota(4) → meter::Visits::save()
inline std::string visits(meter::VisitKey who) {
  std::string key = "V";
  append(key, who.person.value, 4);
  append(key, who.quota.value, 4);
  return key;
}

// meta: 'm' incarnation(2) worker(1) → position of the ring up to which the store has the records
inline std::string mark(std::uint16_t incarnation, std::uint8_t worker) {
  std::string key = "m";
  append(key, incarnation, 2);
  append(key, worker, 1);
  return key;
}
// meta: the last incarnation that left records
inline constexpr std::string_view kIncarnation = "incarnation";
// meta: which segments the rows of totals hold already, and the zone in which days are counted
inline constexpr std::string_view kLedger = "ledger";
// meta: 'n' kind(1) number(4) → name
inline std::string name(std::uint8_t kind, std::uint32_t number) {
  std::string key = "n";
  append(key, kind, 1);
  append(key, number, 4);
  return key;
}

// acts: 'A' number(8) → hash in the chain (32 bytes), line
inline std::string act(std::uint64_t number) {
  std::string key = "A";
  append(key, number, 8);
  return key;
}
// acts: the last act: its number in decimal, a space, its hash in hexadecimal
inline constexpr std::string_view kActHead = "H";
// acts: 'S' name → a text that no act shows
inline std::string secret(std::string_view name) { return "S" + std::string(name); }

}  // namespace citygate::records::keys
