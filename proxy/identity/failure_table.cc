#include "proxy/identity/failure_table.h"

#include <algorithm>
#include <bit>

#include "base/result.h"

namespace citygate::proxy {

FailureTable::FailureTable(std::size_t entries) : entries_(entries) {
  CG_CHECK(entries >= kGroup && std::has_single_bit(entries));
}

const FailureTable::Entry* FailureTable::find(std::uint64_t key, MonoTime now) const {
  const Entry* group = &entries_[key & (entries_.size() - 1) & ~(kGroup - 1)];
  for (const Entry* entry = group; entry != group + kGroup; ++entry)
    if (entry->failures > 0 && entry->key == key) return now - entry->last < kForget ? entry : nullptr;
  return nullptr;
}

std::uint32_t FailureTable::failures(std::uint64_t key, MonoTime now) const {
  const Entry* entry = find(key, now);
  return entry ? entry->failures : 0;
}

std::chrono::nanoseconds FailureTable::wait(std::uint64_t key, const Rule& rule, MonoTime now) const {
  const Entry* entry = find(key, now);
  if (!entry || entry->failures < rule.free) return {};
  const std::uint32_t doublings = std::min(entry->failures - rule.free, 30U);
  const auto pause = std::min(std::chrono::seconds(std::int64_t{1} << doublings), rule.longest);
  return std::max<std::chrono::nanoseconds>(entry->last + pause - now, std::chrono::nanoseconds(0));
}

void FailureTable::failed(std::uint64_t key, MonoTime now) {
  const bool known = find(key, now) != nullptr;
  Entry* group = &entries_[key & (entries_.size() - 1) & ~(kGroup - 1)];
  // The one to be replaced: forgotten ones first, then the least failures, then the longest ago.
  const auto worth = [now](const Entry& entry) {
    const bool live = entry.failures > 0 && now - entry.last < kForget;
    return std::pair(live ? entry.failures : 0, entry.last);
  };
  Entry* at =
      std::min_element(group, group + kGroup, [&](const Entry& a, const Entry& b) { return worth(a) < worth(b); });
  for (Entry* entry = group; entry != group + kGroup; ++entry)
    if (entry->failures > 0 && entry->key == key) at = entry;
  at->failures = known ? at->failures + 1 : 1;
  at->key = key;
  at->last = now;
}

}  // namespace citygate::proxy
