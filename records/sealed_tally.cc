#include "records/sealed_tally.h"

#include <algorithm>

namespace citygate::records {
namespace {

constexpr std::int64_t kLongestSlice = 24;  // hours; a slice is a minute, and a clock may be set

std::int64_t hour_of(WallTime time) { return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count(); }

}  // namespace

void SealedTally::add(const Record& record) {
  const auto group = group_(record.grant, record.department);
  if (!group) return;
  Sums& sums = groups_[*group];
  if (record.last) {
    ++sums.exchanges;
    if (record.outcome == Outcome::Refused || record.outcome == Outcome::Cut) ++sums.refused;
  }
  sums.officers.insert(record.person);
  const std::int64_t last = hour_of(record.end);
  for (std::int64_t hour = std::max(hour_of(std::min(record.begin, record.end)), last - kLongestSlice); hour <= last;
       ++hour)
    sums.hours.insert(hour);
}

void SealedTally::visit(const std::function<void(const SealedSummary&)>& visit) const {
  for (const auto& [group, sums] : groups_)
    visit({.group = group,
           .exchanges = sums.exchanges,
           .refused = sums.refused,
           .hours = sums.hours.size(),
           .officers = sums.officers.size()});
}

}  // namespace citygate::records
