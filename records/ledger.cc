#include "records/ledger.h"

#include <algorithm>
#include <mutex>

#include "meter/varint.h"
#include "records/keys.h"
#include "records/record_codec.h"
#include "records/segments.h"

namespace citygate::records {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::chrono::hours kLongestStretch{24};
constexpr std::chrono::seconds kCheckpointEvery{60};

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

Ledger::Ledger(DatabaseStore& store, meter::UsageBoard& board, const Zone& zone, std::uint64_t checkpoint_records)
    : store_(store),
      board_(board),
      totals_(store.totals()),
      zone_(zone),
      checkpoint_records_(checkpoint_records),
      visits_(board.rules(), zone),
      local_(zone) {}

// What was not written is not there any more for whoever reads the store: it lies in the rings.
Ledger::~Ledger() {
  std::unique_lock lock(totals_.mutex);
  totals_.rollups.clear();
  totals_.sealed.clear();
  totals_.usage.clear();
}

Result<void> Ledger::load() {
  std::uint64_t from = 1;
  CG_TRY(held, store_.database().get(Family::Meta, keys::kLedger));
  if (held) {
    meter::VarintReader in(*held);
    const bool known = in.number() == kVersion;
    from = in.number();
    const auto name = std::string(in.bytes(in.number()));
    if (!known || !in.ok() || !in.done())
      return fail(Error::Kind::Malformed, "the ledger's row is damaged, or of a newer version");
    CG_TRY(zone, Zone::open(name));
    visits_ = meter::Visits(board_.rules(), zone);
    local_ = LocalClock(zone);
  }
  Result<void> restored;
  CG_TRY_VOID(store_.database().scan(Family::Usage, "V", "W", [&](std::string_view key, std::string_view value) {
    restored = visits_.restore({.person = {static_cast<std::uint32_t>(keys::number(key, 1, 4))},
                                .quota = {static_cast<std::uint32_t>(keys::number(key, 5, 4))}},
                               value);
    return restored.has_value();
  }));
  CG_TRY_VOID(std::move(restored));
  CG_TRY_VOID(replay(from));
  set_zone(zone_);
  return {};
}

Result<void> Ledger::replay(std::uint64_t from) {
  const std::uint64_t until = store_.next_sequence();
  for (std::uint64_t sequence = from; sequence < until; ++sequence) CG_TRY_VOID(replay_segment(sequence));
  counts_ = {};
  note_changes();
  unpublished_.clear();  // seed() tells the board
  return {};
}

Result<void> Ledger::replay_segment(std::uint64_t sequence) {
  for (const Family family : {Family::Traffic, Family::Sealed}) {
    CG_TRY(key, store_.database().get(family, keys::added(sequence)));
    if (!key) continue;
    CG_TRY(value, store_.database().get(family, *key));
    SegmentReader reader(value ? std::string_view(*value) : std::string_view());
    std::unique_lock lock(totals_.mutex);
    Record record;
    while (reader.next(record)) fold_record(record);
    if (reader.ok()) return {};
    break;
  }
  return fail(Error::Kind::Malformed,
              "segment " + std::to_string(sequence) + " of the records, which the totals lack, is damaged");
}

Result<void> Ledger::seed(WallTime now) {
  const std::int32_t today = local_.at(now).day;
  const Tally::Key first = keys::usage(today, {});
  Tally::Key last = first;
  last.group = UINT32_MAX;
  std::unique_lock lock(totals_.mutex);
  CG_TRY(held, totals_.usage.held(store_.database(), first, last));
  CG_TRY_VOID(totals_.usage.visit(
      store_.database(), std::move(held), first, last, [&](Tally::Key key, PersonId id, const Counters& counters) {
        const meter::VisitKey who{.person = id, .quota = {key.group}};
        meter::PersonMeter& person = board_.person(id);
        const std::chrono::milliseconds charged(counters[kAttendedMs]);
        if (counters[kUsageBytes] != 0)
          person.seed_bytes(who.quota, today, static_cast<std::uint64_t>(counters[kUsageBytes]));
        if (const auto running = visits_.running(who, today, charged); running.any)
          person.publish(who.quota, today, running.attended_until_last_action, running.last_action);
        else if (charged.count() != 0)  // the newest visit is of another day: a tail that is over already
          person.publish(who.quota, today, charged - board_.rules().tail, now - board_.rules().tail);
      }));
  for (const meter::VisitKey key : visits_.crossing(today))
    if (key.quota) CG_TRY_VOID(publish_one(key, today));
  today_ = today;
  return {};
}

void Ledger::fold() {
  if (folded_ == taken_.size()) return;
  order_.clear();
  for (auto i = static_cast<std::uint32_t>(folded_); i < taken_.size(); ++i) order_.push_back(i);
  // Rings are nearly sorted already; equal ends stay in the order of their rings.
  const auto end = [&](std::uint32_t i) { return taken_[i].end; };
  if (!std::ranges::is_sorted(order_, {}, end)) std::ranges::stable_sort(order_, {}, end);
  std::unique_lock lock(totals_.mutex);
  for (const std::uint32_t i : order_) fold_record(taken_[i]);
  folded_ = taken_.size();
}

void Ledger::fold_record(const Record& record) {
  const std::int32_t day = local_.at(record.end).day;
  ++counts_.records;
  ++since_checkpoint_;
  if (record.uncertain) ++counts_.uncertain;
  if (record.sealed) {
    ++counts_.sealed;
    if (record.last || record.uncertain) ++totals_.sealed.add(keys::sealed_count(record.department, day), {})[0];
    return;
  }
  const auto amount = [](std::uint64_t bytes) { return static_cast<std::int64_t>(bytes); };
  Counters& totals = totals_.rollups.add(keys::rollup(record.department, day, record.decisive), record.person);
  totals[kRequests] += record.last ? 1 : 0;
  totals[kFromClient] += amount(record.from_client_bytes);
  totals[kToClient] += amount(record.to_client_bytes);
  totals[kStreaming] += amount(record.streaming_bytes);
  totals[kAttempts] += record.attempt ? 1 : 0;
  if (!record.person) return;
  if (record.quota && record.streaming_bytes != 0)
    totals_.usage.add(keys::usage(day, record.quota), record.person)[kUsageBytes] += amount(record.streaming_bytes);
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
    totals_.rollups.add(keys::rollup(charge.department, charge.day, charge.category),
                        charge.key.person)[counter_of(charge.method)] += charge.amount.count();
    totals_.usage.add(keys::usage(charge.day, charge.key.quota), charge.key.person)[kAttendedMs] +=
        charge.amount.count();
  }
  charges_.clear();
}

void Ledger::settle(WallTime now) {
  std::unique_lock lock(totals_.mutex);
  visits_.settle(now, charges_);
  take_charges();
}

void Ledger::set_zone(const Zone& zone) {
  if (zone.name() == local_.zone().name()) return;
  visits_.set_zone(zone);
  local_ = LocalClock(zone);
  today_ = INT32_MIN;
  zone_changed_ = true;
}

void Ledger::note_changes() {
  for (const meter::VisitKey key : visits_.take_changed()) {
    unsaved_.insert(key);
    if (key.quota) unpublished_.push_back(key);
  }
}

Result<void> Ledger::publish_one(meter::VisitKey key, std::int32_t day) {
  CG_TRY(counters, totals_.usage.value(store_.database(), keys::usage(day, key.quota), key.person));
  const auto running = visits_.running(key, day, std::chrono::milliseconds(counters[kAttendedMs]));
  if (running.any)
    board_.person(key.person).publish(key.quota, day, running.attended_until_last_action, running.last_action);
  return {};
}

Result<void> Ledger::publish(WallTime now) {
  note_changes();
  const std::int32_t today = local_.at(now).day;
  if (today != today_) {
    today_ = today;
    crossing_ = visits_.crossing(today);
  }
  if (unpublished_.empty() && crossing_.empty()) return {};
  std::unique_lock lock(totals_.mutex);
  for (; !unpublished_.empty(); unpublished_.pop_back()) {
    const meter::VisitKey key = unpublished_.back();
    // The day of the last action first: the board takes only days that go forward.
    const auto last = visits_.last_action(key);
    const std::int32_t day = last ? local_.at(*last).day : today;
    CG_TRY_VOID(publish_one(key, day));
    if (day < today) CG_TRY_VOID(publish_one(key, today));
  }
  for (; !crossing_.empty(); crossing_.pop_back())
    if (crossing_.back().quota) CG_TRY_VOID(publish_one(crossing_.back(), today));
  return {};
}

bool Ledger::rows_changed() const {
  return zone_changed_ || !unsaved_.empty() || totals_.rollups.changed() || totals_.sealed.changed() ||
         totals_.usage.changed();
}

bool Ledger::rows_due(Rows rows) const {
  if (zone_changed_) return true;  // with the first segments of the new zone or before them
  return rows_changed() && (rows == Rows::All || since_checkpoint_ >= checkpoint_records_ ||
                            Steady::now() - checkpoint_ >= kCheckpointEvery);
}

bool Ledger::pending(Rows rows) const { return built_ || !taken_.empty() || !batch_.empty() || rows_due(rows); }

Result<void> Ledger::build(Rows rows) {
  if (built_) return {};
  note_changes();
  const bool with_rows = rows_due(rows);
  {
    std::unique_lock lock(totals_.mutex);
    if (with_rows) {
      CG_TRY_VOID(totals_.rollups.load(store_.database()));
      CG_TRY_VOID(totals_.sealed.load(store_.database()));
      CG_TRY_VOID(totals_.usage.load(store_.database()));
    }
    // From here on nothing can fail.
    next_sequence_ = store_.next_sequence();
    put_segments();
    if (with_rows) put_rows();
  }
  built_ = true;
  return {};
}

void Ledger::put_segments() {
  if (taken_.empty()) return;
  order_.resize(taken_.size());
  for (std::uint32_t i = 0; i < order_.size(); ++i) order_[i] = i;
  const auto end = [&](std::uint32_t i) { return taken_[i].end; };
  if (!std::ranges::is_sorted(order_, {}, end)) std::ranges::stable_sort(order_, {}, end);
  for (const std::uint32_t i : order_) (taken_[i].sealed ? sealed_ : traffic_).add(taken_[i], batch_, next_sequence_);
  traffic_.finish(batch_);
  sealed_.finish(batch_);
  batch_.put(Family::Meta, "sequence", std::to_string(next_sequence_));
  taken_.clear();
  folded_ = 0;
}

void Ledger::put_rows() {
  totals_.rollups.apply(batch_);
  totals_.sealed.apply(batch_);
  totals_.usage.apply(batch_);
  for (const meter::VisitKey key : unsaved_) batch_.put(Family::Usage, keys::visits(key), visits_.save(key));
  unsaved_.clear();
  std::string row;
  meter::append_varint(row, kVersion);
  meter::append_varint(row, next_sequence_);
  meter::append_varint(row, local_.zone().name().size());
  row += local_.zone().name();
  batch_.put(Family::Meta, std::string(keys::kLedger), std::move(row));
  since_checkpoint_ = 0;
  checkpoint_ = Steady::now();
  zone_changed_ = false;
}

void Ledger::written() {
  store_.added(next_sequence_);
  batch_.clear();
  built_ = false;
  if (rows_changed()) return;
  std::unique_lock lock(totals_.mutex);
  totals_.rollups.trim();
  totals_.usage.trim();
}

}  // namespace citygate::records
