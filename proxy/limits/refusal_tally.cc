#include "proxy/limits/refusal_tally.h"

#include <fmt/format.h>

#include <algorithm>

namespace citygate::proxy {
namespace {

WallTime minute_of(WallTime time) { return std::chrono::floor<std::chrono::minutes>(time); }

constexpr std::chrono::milliseconds kFlushEvery{60'000};

}  // namespace

RefusalTally::RefusalTally(EventLoop& loop, Desk& desk, records::SpoolRing& ring, std::uint64_t& exchange_number)
    : desk_(desk), ring_(ring), exchange_number_(exchange_number), timer_(loop, [this] {
        flush(Minutes::Past);
        if (!empty()) timer_.arm(kFlushEvery);
      }) {}

RefusalTally::Line& RefusalTally::line_of(const Line& wanted, bool& begun) {
  const auto same = [&wanted](const Line& line) {
    return line.client == wanted.client && line.who.person == wanted.who.person && line.reason == wanted.reason &&
           line.connections == wanted.connections && minute_of(line.begin) == minute_of(wanted.begin);
  };
  // Linear: what comes here is refused anyhow, and a flood is mostly found at the front.
  const auto end = lines_.begin() + static_cast<std::ptrdiff_t>(used_);
  const auto found = std::find_if(lines_.begin(), end, same);
  begun = found == end;
  if (!begun) return *found;
  if (!timer_.armed()) timer_.arm(kFlushEvery);
  // Those of a minute that is over, for which the timer has not come yet, must not take this one's names away.
  if (used_ == kLines) flush(Minutes::Past);
  if (used_ < kLines) return lines_[used_++] = wanted;
  begun = false;
  return others_of(wanted);
}

RefusalTally::Line& RefusalTally::others_of(const Line& wanted) {
  const auto end = others_.begin() + static_cast<std::ptrdiff_t>(others_used_);
  const auto found = std::find_if(others_.begin(), end, [&wanted](const Line& line) {
    return line.reason == wanted.reason && line.status == wanted.status && line.connections == wanted.connections;
  });
  if (found != end) return *found;
  CG_CHECK(others_used_ < kOthers);
  Line& line = others_[others_used_++] = wanted;
  line.client = {};
  line.who = {};
  line.several = true;
  return line;
}

std::uint64_t RefusalTally::unrecorded() const {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < used_; ++i) out += lines_[i].count;
  for (std::size_t i = 0; i < others_used_; ++i) out += others_[i].count;
  return out;
}

bool RefusalTally::first_request(const IpAddress& client, const policy::Subject& who, Reason reason,
                                 std::uint16_t status) {
  const WallTime now = desk_.now();
  bool begun = false;
  Line& line = line_of({.client = client, .who = who, .reason = reason, .status = status, .begin = now}, begun);
  if (begun && !ring_.crowded()) return true;
  line.end = now;
  ++line.count;
  return false;
}

void RefusalTally::add_connection(const IpAddress& client, Reason reason, std::uint16_t status) {
  const WallTime now = desk_.now();
  bool begun = false;
  Line& line =
      line_of({.client = client, .reason = reason, .status = status, .connections = true, .begin = now}, begun);
  line.end = now;
  ++line.count;
  // The first one at once, as a process that is killed takes its counts along.
  if (begun && !ring_.crowded() && record(line)) line.count = 0;
}

bool RefusalTally::record(const Line& line) {
  if (line.count == 0) return true;
  Case who;
  if (line.connections && !line.several) desk_.identify_by_address(line.client, who);
  const Snapshots& now = desk_.snapshots();
  const std::string path = fmt::format("/{}-{}", line.count, line.connections ? "connections" : "requests");
  Record record;
  record.exchange = ++exchange_number_;
  record.begin = line.begin;
  record.end = line.end;
  const policy::Subject& subject = line.connections ? who.subject : line.who;
  record.person = subject.person;
  record.department = subject.department;
  record.identity = subject.identity;
  record.client = line.client;
  record.path = path;
  record.outcome = Outcome::Failed;
  record.reason = line.reason;
  record.status = line.status;
  record.policy = now.rules->version();
  record.lists = now.lists->id();
  record.people = now.people->version();
  return ring_.append(record);
}

void RefusalTally::flush(Minutes which) {
  if (which == Minutes::Past && ring_.crowded()) return;
  const WallTime minute = minute_of(desk_.now());
  const auto due = [&](const Line& line) { return which == Minutes::All || minute_of(line.begin) != minute; };
  const auto record_due = [&](auto& lines, std::size_t& used) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < used; ++i) {
      if (due(lines[i]) && record(lines[i])) continue;
      if (kept != i) lines[kept] = lines[i];
      ++kept;
    }
    used = kept;
  };
  record_due(lines_, used_);
  record_due(others_, others_used_);
}

}  // namespace citygate::proxy
