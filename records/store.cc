#include "records/store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "records/database_store.h"
#include "records/keys.h"
#include "records/sealed_tally.h"
#include "records/segments.h"
#include "records/tally.h"

namespace citygate::records {
namespace {

constexpr unsigned kCursorBits = 16;  // of a cursor: the place in the segment; its sequence stands above
static_assert(kSegmentRecords < (1u << kCursorBits));

std::unexpected<Error> damaged_segment(std::string_view key) {
  return fail(Error::Kind::Malformed,
              "segment " + std::to_string(keys::segment_sequence(key)) + " of the records is damaged");
}

bool under(std::string_view host, std::string_view domain) {
  return host.size() >= domain.size() && host.ends_with(domain) &&
         (host.size() == domain.size() || host[host.size() - domain.size() - 1] == '.');
}

bool matches(const RecordQuery& query, const Record& record) {
  return record.end >= query.from && record.end < query.to && (!query.person || record.person == query.person) &&
         (!query.department || record.department == query.department) &&
         (!query.category || record.decisive == query.category ||
          (query.category.value < kMaxCategories && record.categories.contains(query.category))) &&
         (query.host.empty() || under(record.host, query.host)) &&
         (!query.outcome || record.outcome == *query.outcome) && (!query.elsewhere || record.elsewhere);
}

// Segments whose first record ends within [from, to), a few at a time: a visitor may be slow, and what it calls may
// read.
class SegmentFeed {
 public:
  SegmentFeed(const Database& database, Family family, WallTime from, WallTime to)
      : database_(database), family_(family) {
    // A segment that begins before `from` may reach into it.
    const auto reach = std::chrono::microseconds(kSegmentSpan);
    next_ = keys::segment(from < WallTime::min() + reach ? WallTime::min() : from - reach, 0);
    end_ = to == WallTime::max() ? "T" : keys::segment(to, 0);
  }
  // Nothing when all are given.
  Result<std::optional<Database::Entry>> next() {
    if (at_ == chunk_.size()) CG_TRY_VOID(fill());
    if (at_ == chunk_.size()) return std::nullopt;
    return std::move(chunk_[at_++]);
  }

 private:
  Result<void> fill() {
    chunk_.clear();
    at_ = 0;
    if (done_) return {};
    std::size_t bytes = 0;
    done_ = true;
    CG_TRY_VOID(database_.scan(family_, next_, end_, [&](std::string_view key, std::string_view value) {
      chunk_.push_back({.key = std::string(key), .value = std::string(value)});
      bytes += value.size();
      done_ = bytes < kChunkBytes;
      return done_;
    }));
    if (!chunk_.empty()) next_ = chunk_.back().key + '\0';
    return {};
  }
  static constexpr std::size_t kChunkBytes = 1 << 20;
  const Database& database_;
  const Family family_;
  std::string next_, end_;
  std::vector<Database::Entry> chunk_;
  std::size_t at_ = 0;
  bool done_ = false;
};

struct OpenSegment {
  Database::Entry entry;
  SegmentReader reader;
  Record record;
  explicit OpenSegment(Database::Entry from) : entry(std::move(from)), reader(entry.value) {}
};
using OpenSegments = std::vector<std::unique_ptr<OpenSegment>>;

// A heap whose front holds the earliest record; equal ends come in the order in which they were added.
bool comes_later(const std::unique_ptr<OpenSegment>& a, const std::unique_ptr<OpenSegment>& b) {
  if (a->record.end != b->record.end) return a->record.end > b->record.end;
  return keys::segment_sequence(a->entry.key) > keys::segment_sequence(b->entry.key);
}

// Moves a segment on to its next record, into the heap; a finished one goes.
Result<void> advance(std::unique_ptr<OpenSegment> segment, OpenSegments& heap) {
  if (segment->reader.next(segment->record)) {
    heap.push_back(std::move(segment));
    std::ranges::push_heap(heap, comes_later);
  } else if (!segment->reader.ok()) {
    return damaged_segment(segment->entry.key);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& db_directory) {
  CG_TRY(database, Database::open(db_directory));
  CG_TRY(mark, ActsMark::open(db_directory / "ACTS"));
  CG_TRY(store, DatabaseStore::create(std::move(database), std::move(mark)));
  return std::unique_ptr<Store>(std::move(store));
}

Result<std::unique_ptr<DatabaseStore>> DatabaseStore::create(std::unique_ptr<Database> database,
                                                             std::optional<ActsMark> mark) {
  std::unique_ptr<DatabaseStore> store(new DatabaseStore(std::move(database)));
  if (mark) store->acts_.set_mark(*std::move(mark));
  CG_TRY_VOID(store->load());
  return store;
}

Result<void> DatabaseStore::load() {
  CG_TRY_VOID(names_.load());
  CG_TRY_VOID(acts_.load());
  CG_TRY(held, database_->get(Family::Meta, "sequence"));
  if (!held) return {};
  std::uint64_t next = 0;
  const auto read = std::from_chars(held->data(), held->data() + held->size(), next);
  if (read.ec != std::errc{} || next == 0)
    return fail(Error::Kind::Malformed, "the number of the next segment is damaged");
  added(next);
  return {};
}

Result<void> DatabaseStore::reopen() {
  CG_TRY_VOID(database_->reopen());
  return load();
}

Result<std::uint64_t> DatabaseStore::copy_to(const std::filesystem::path& directory) {
  const std::uint64_t cursor = end_cursor();
  CG_TRY_VOID(database_->copy_to(directory));
  return cursor;
}

Result<void> DatabaseStore::scan(const RecordQuery& query, const std::function<bool(const Record&)>& visit) const {
  SegmentFeed feed(*database_, Family::Traffic, query.from, query.to);
  OpenSegments heap;
  std::size_t left = query.limit;
  CG_TRY(pending, feed.next());
  while (left != 0 && (pending || !heap.empty())) {
    if (pending && (heap.empty() || keys::segment_time(pending->key) <= heap.front()->record.end)) {
      CG_TRY_VOID(advance(std::make_unique<OpenSegment>(std::move(*pending)), heap));
      CG_TRY(following, feed.next());
      pending = std::move(following);
      continue;
    }
    std::ranges::pop_heap(heap, comes_later);
    std::unique_ptr<OpenSegment> first = std::move(heap.back());
    heap.pop_back();
    if (first->record.end >= query.to) return {};
    if (matches(query, first->record)) {
      if (!visit(first->record)) return {};
      --left;
    }
    CG_TRY_VOID(advance(std::move(first), heap));
  }
  return {};
}

std::uint64_t DatabaseStore::end_cursor() const { return next_sequence() << kCursorBits; }

Result<void> DatabaseStore::scan_added(std::uint64_t& cursor, const RecordQuery& query,
                                       const std::function<bool(const Record&)>& visit) const {
  std::size_t left = query.limit;
  while (left != 0) {
    std::string row, segment_key;
    CG_TRY_VOID(database_->scan(Family::Traffic, keys::added(cursor >> kCursorBits), "D",
                                [&](std::string_view key, std::string_view value) {
                                  row = key;
                                  segment_key = value;
                                  return false;
                                }));
    if (row.empty()) return {};
    const std::uint64_t sequence = keys::number(row, 1, 8);
    if (sequence > cursor >> kCursorBits) cursor = sequence << kCursorBits;
    CG_TRY(value, database_->get(Family::Traffic, segment_key));
    if (!value) return damaged_segment(segment_key);
    SegmentReader reader(*value);
    Record record;
    while (reader.next(record)) {
      if (reader.read() <= (cursor & ((1u << kCursorBits) - 1))) continue;
      ++cursor;
      if (!matches(query, record)) continue;
      if (!visit(record)) return {};
      if (--left == 0) return {};
    }
    if (!reader.ok()) return damaged_segment(segment_key);
    cursor = (sequence + 1) << kCursorBits;
  }
  return {};
}

Result<OwnedRecord> DatabaseStore::find(RecordId id) const {
  for (const Family family : {Family::Traffic, Family::Sealed}) {
    CG_TRY(candidates, segments_of(*database_, family, id));
    for (const auto& key : candidates) {
      CG_TRY(value, database_->get(family, key));
      if (!value) return damaged_segment(key);
      SegmentReader reader(*value);
      Record record;
      while (reader.next(record)) {
        if (record.id != id) continue;
        if (family == Family::Sealed) return fail(Error::Kind::Refused, "record " + to_string(id) + " is sealed");
        return OwnedRecord(record);
      }
      if (!reader.ok()) return damaged_segment(key);
    }
  }
  return fail(Error::Kind::NotFound, "no record " + to_string(id));
}

Result<void> DatabaseStore::read_totals(const Tally& tally, Tally::Key from, Tally::Key to,
                                        const Tally::Visit& visit) const {
  std::shared_lock lock(totals_.mutex);
  CG_TRY(held, tally.held(*database_, from, to));
  lock.unlock();
  return tally.visit(*database_, std::move(held), from, to, visit);
}

Result<void> DatabaseStore::rollups(DepartmentId department, std::int32_t from_day, std::int32_t to_day,
                                    const std::function<void(const Rollup&)>& visit) const {
  Tally::Key to = keys::rollup(department, to_day, {});
  to.group = UINT32_MAX;
  return read_totals(
      totals_.rollups, keys::rollup(department, from_day, {}), to,
      [&](Tally::Key key, PersonId person, const Counters& counters) {
        const auto count = [&](RollupCounter which) { return static_cast<std::uint64_t>(counters[which]); };
        const auto time = [&](RollupCounter which) { return std::chrono::milliseconds(counters[which]); };
        visit({.department = department,
               .day = keys::rollup_day(key),
               .category = {static_cast<std::uint16_t>(key.group)},
               .person = person,
               .requests = count(kRequests),
               .from_client_bytes = count(kFromClient),
               .to_client_bytes = count(kToClient),
               .streaming_bytes = count(kStreaming),
               .attempts = count(kAttempts),
               .attended_navigation = time(kNavigationMs),
               .attended_document = time(kDocumentMs),
               .attended_estimated = time(kEstimatedMs)});
      });
}

Result<std::uint64_t> DatabaseStore::sealed_count(DepartmentId department, std::int32_t from_day,
                                                  std::int32_t to_day) const {
  std::uint64_t total = 0;
  CG_TRY_VOID(read_totals(
      totals_.sealed, keys::sealed_count(department, from_day), keys::sealed_count(department, to_day),
      [&](Tally::Key, PersonId, const Counters& counters) { total += static_cast<std::uint64_t>(counters[0]); }));
  return total;
}

Result<void> DatabaseStore::sealed_summary(WallTime from, WallTime to, const SealedGroup& group,
                                           const std::function<void(const SealedSummary&)>& visit) const {
  SealedTally tally(group);
  SegmentFeed feed(*database_, Family::Sealed, from, to);
  while (true) {
    CG_TRY(entry, feed.next());
    if (!entry) break;
    SegmentReader reader(entry->value);
    Record record;
    while (reader.next(record))
      if (from <= record.end && record.end < to) tally.add(record);
    if (!reader.ok()) return damaged_segment(entry->key);
  }
  tally.visit(visit);
  return {};
}

std::string to_string(RecordId id) { return fmt::format("{:016x}", id.value); }

std::optional<RecordId> parse_record_id(std::string_view text) {
  RecordId id;
  if (text.size() != 16 || text.front() == '-') return std::nullopt;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), id.value, 16);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return id;
}

}  // namespace citygate::records
