#include "records/ledger.h"

#include <algorithm>

#include "records/keys.h"
#include "records/record_codec.h"
#include "records/segments.h"

namespace citygate::records {
namespace {

constexpr std::chrono::hours kLongestStretch{24};

// What a poll repeats; never 0, which means "no document".
std::uint64_t document_of(const Record& record) {
  return checksum64(record.path, checksum64(record.host, record.port)) | 1;
}

RollupCounter counter_of(Attention method) {
  switch (method) {
    case Attention::Navigation: return kNavigationMs;
    case Attention::Document: return kDocumentMs;
    case Attention::Estimated:
    case Attention::None: break;
  }
  return kEstimatedMs;
}

}  // namespace

Result<void> Ledger::load() {
  Result<void> restored;
  CG_TRY_VOID(store_.database().scan(Family::Usage, "V", "W", [&](std::string_view key, std::string_view value) {
    restored = visits_.restore({.person = {static_cast<std::uint32_t>(keys::number(key, 1, 4))},
                                .quota = {static_cast<std::uint32_t>(keys::number(key, 5, 4))}},
                               value);
    return restored.has_value();
  }));
  return restored;
}

Result<void> Ledger::seed(WallTime now) {
  const std::int32_t today = local_.at(now).day;
  Result<void> read;
  const auto seed_row = [&](std::string_view key, std::string_view value) {
    auto counters = decode_counters(value);
    if (!counters) {
      read = std::unexpected(counters.error());
      return false;
    }
    const meter::VisitKey who{.person = {static_cast<std::uint32_t>(keys::number(key, 5, 4))},
                              .quota = {static_cast<std::uint32_t>(keys::number(key, 9, 4))}};
    meter::PersonMeter& person = board_.person(who.person);
    const std::chrono::milliseconds charged((*counters)[kAttendedMs]);
    if ((*counters)[kUsageBytes] != 0)
      person.seed_bytes(who.quota, today, static_cast<std::uint64_t>((*counters)[kUsageBytes]));
    if (const auto running = visits_.running(who, today, charged); running.any)
      person.publish(who.quota, today, running.attended_until_last_action, running.last_action);
    else if (charged.count() != 0)  // the newest visit is of another day: a tail that is over already
      person.publish(who.quota, today, charged - board_.rules().tail, now - board_.rules().tail);
    return true;
  };
  const std::string first = keys::usage(today, {});
  CG_TRY_VOID(store_.database().scan(Family::Usage, first, keys::usage(today + 1, {}), seed_row));
  CG_TRY_VOID(std::move(read));
  for (const meter::VisitKey key : visits_.crossing(today))
    if (const auto running = visits_.running(key, today, std::chrono::milliseconds(0)); running.any) {
      CG_TRY(charged, usage_.value(store_.database(), keys::usage(today, key)));
      const auto exact = visits_.running(key, today, std::chrono::milliseconds(charged[kAttendedMs]));
      board_.person(key.person).publish(key.quota, today, exact.attended_until_last_action, exact.last_action);
    }
  today_ = today;
  return {};
}

void Ledger::fold(std::vector<LedgerEntry>& entries) {
  if (entries.empty()) return;
  order_.resize(entries.size());
  for (std::uint32_t i = 0; i < order_.size(); ++i) order_[i] = i;
  // Rings are nearly sorted already; equal ends stay in the order of their rings.
  std::ranges::stable_sort(order_, {}, [&](std::uint32_t i) { return entries[i].record.end; });

  if (next_sequence_ == 0) next_sequence_ = store_.next_sequence();
  SegmentWriter traffic(Family::Traffic, batch_, next_sequence_);
  SegmentWriter sealed(Family::Sealed, batch_, next_sequence_);
  for (const std::uint32_t i : order_) {
    const LedgerEntry& entry = entries[i];
    fold_record(entry.record);
    (entry.record.sealed ? sealed : traffic).add(entry.record, entry.bytes);
  }
  traffic.finish();
  sealed.finish();
  batch_.put(Family::Meta, "sequence", std::to_string(next_sequence_));
}

void Ledger::fold_record(const Record& record) {
  const std::int32_t day = local_.at(record.end).day;
  ++counts_.records;
  if (record.uncertain) ++counts_.uncertain;
  if (record.sealed) {
    ++counts_.sealed;
    if (record.last || record.uncertain) ++rollups_.add(keys::sealed_count(record.department, day))[0];
    return;
  }
  const auto amount = [](std::uint64_t bytes) { return static_cast<std::int64_t>(bytes); };
  Counters& totals = rollups_.add(keys::rollup(record.department, day, record.decisive, record.person));
  totals[kRequests] += record.last ? 1 : 0;
  totals[kFromClient] += amount(record.from_client_bytes);
  totals[kToClient] += amount(record.to_client_bytes);
  totals[kStreaming] += amount(record.streaming_bytes);
  totals[kAttempts] += record.attempt ? 1 : 0;
  if (!record.person) return;
  if (record.quota && record.streaming_bytes != 0)
    usage_.add(keys::usage(day, {.person = record.person, .quota = record.quota}))[kUsageBytes] +=
        amount(record.streaming_bytes);
  if (record.attention == Attention::None || record.outcome == Outcome::Refused) return;
  // Only a single request for a page can poll; slices of something that lasts come regularly by their nature.
  const bool single = record.slice == 0 && record.active_until <= record.active_from;
  // Whatever a record says, its stretch lies within the day before its end.
  const WallTime given = record.active_from == WallTime{} ? record.begin : record.active_from;
  const WallTime from = std::clamp(given, record.end - kLongestStretch, record.end);
  visits_.add({.person = record.person,
               .quota = record.quota,
               .department = record.department,
               .category = record.decisive,
               .method = record.attention,
               .from = from,
               .until = std::clamp(record.active_until, from, record.end),
               .document = single && record.attention != Attention::Estimated ? document_of(record) : 0},
              charges_);
  take_charges();
}

void Ledger::take_charges() {
  for (const auto& charge : charges_) {
    if (charge.amount.count() == 0) continue;
    rollups_.add(keys::rollup(charge.department, charge.day, charge.category,
                              charge.key.person))[counter_of(charge.method)] += charge.amount.count();
    usage_.add(keys::usage(charge.day, charge.key))[kAttendedMs] += charge.amount.count();
  }
  charges_.clear();
}

void Ledger::settle(WallTime now) {
  visits_.settle(now, charges_);
  take_charges();
}

void Ledger::set_zone(const Zone& zone) {
  visits_.set_zone(zone);
  local_ = LocalClock(zone);
  today_ = INT32_MIN;
}

bool Ledger::pending(WallTime now) {
  std::ranges::move(visits_.take_changed(), std::back_inserter(changed_));
  if (const std::int32_t today = local_.at(now).day; today != today_) {
    today_ = today;
    crossing_ = visits_.crossing(today);
  }
  return !batch_.empty() || !changed_.empty() || !crossing_.empty();
}

Result<void> Ledger::plan_publication(meter::VisitKey key, std::int32_t day) {
  CG_TRY(charged, usage_.value(store_.database(), keys::usage(day, key)));
  const auto running = visits_.running(key, day, std::chrono::milliseconds(charged[kAttendedMs]));
  if (running.any) publications_.push_back({.key = key, .day = day, .running = running});
  return {};
}

Result<void> Ledger::build(WallTime now) {
  if (applied_) return {};
  const std::int32_t today = local_.at(now).day;
  CG_TRY_VOID(rollups_.load(store_.database()));
  CG_TRY_VOID(usage_.load(store_.database()));
  publications_.clear();
  for (const meter::VisitKey key : changed_) {
    if (!key.quota) continue;
    // The day of the last action first: the board takes only days that go forward.
    const auto last = visits_.last_action(key);
    const std::int32_t day = last ? local_.at(*last).day : today;
    CG_TRY_VOID(plan_publication(key, day));
    if (day < today) CG_TRY_VOID(plan_publication(key, today));
  }
  for (const meter::VisitKey key : crossing_)
    if (key.quota) CG_TRY_VOID(plan_publication(key, today));
  rollups_.apply(batch_);
  usage_.apply(batch_);
  for (const meter::VisitKey key : changed_) batch_.put(Family::Usage, keys::visits(key), visits_.save(key));
  applied_ = true;
  return {};
}

void Ledger::written() {
  if (next_sequence_ != 0) store_.added(next_sequence_);
  for (const Publication& each : publications_)
    board_.person(each.key.person)
        .publish(each.key.quota, each.day, each.running.attended_until_last_action, each.running.last_action);
  next_sequence_ = 0;
  batch_.clear();
  changed_.clear();
  crossing_.clear();
  publications_.clear();
  applied_ = false;
  rollups_.trim();
  usage_.trim();
}

}  // namespace citygate::records
