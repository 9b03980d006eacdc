#include "records/recorder.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <queue>
#include <thread>
#include <tuple>
#include <utility>

#include "base/log.h"
#include "meter/varint.h"
#include "records/database_store.h"
#include "records/keys.h"
#include "records/ledger.h"
#include "records/record_codec.h"
#include "records/spool_directory.h"

namespace citygate::records {
namespace {

using Steady = std::chrono::steady_clock;

// Bounds the memory of one batch, and how long readers wait for what came before.
constexpr std::size_t kBatchRecords = 8192;
constexpr std::chrono::seconds kRetry{1}, kSettle{1}, kSayAgain{60};

std::string encode_mark(std::uint64_t position) {
  std::string out;
  meter::append_varint(out, position);
  return out;
}

// Only a bug, or memory that went bad, makes a record of our own unreadable; the frame's checksum was right.
bool decode(const SpooledRecord& spooled, Record& out) {
  if (decode_record(spooled.bytes, out)) return true;
  log::error("a record of {} bytes in the spool cannot be read and is left out", spooled.bytes.size());
  return false;
}

class SpoolRecorder final : public Recorder {
 public:
  SpoolRecorder(const std::filesystem::path& spool, const RecordsConfig& config, DatabaseStore& store,
                meter::UsageBoard& board, const Zone& zone, const Clock& clock)
      : config_(config),
        clock_(clock),
        database_(store.database()),
        spool_(spool, store.database()),
        ledger_(store, board, zone) {}
  ~SpoolRecorder() override {
    if (auto stopped = stop(); !stopped) log::error("stopping the recorder: {}", stopped.error().context);
  }

  Result<void> start(unsigned workers) {
    CG_TRY_VOID(ledger_.load());
    CG_TRY_VOID(fold_earlier());
    CG_TRY_VOID(ledger_.seed(clock_.now()));
    CG_TRY(incarnation, spool_.next_incarnation());
    incarnation_ = incarnation;
    CG_TRY(rings, spool_.create(incarnation, workers, static_cast<std::size_t>(config_.spool_bytes)));
    rings_ = std::move(rings);
    read_.assign(workers, 0);
    thread_ = std::thread([this] { run(); });
    return {};
  }

  SpoolRing& ring(unsigned worker) override { return *rings_.at(worker); }
  Result<void> flush() override;
  void on_room(std::function<void(unsigned)> callback) override {
    std::lock_guard lock(mutex_);
    on_room_ = std::move(callback);
  }
  void set_zone(const Zone& zone) override {
    std::lock_guard lock(mutex_);
    zone_ = zone;
  }
  Status status() const override {
    std::lock_guard lock(mutex_);
    Status out = status_;
    for (const auto& ring : rings_) {
      out.spool_bytes += ring->capacity();
      out.spool_bytes_used += ring->committed() - std::min(ring->committed(), ring->released());
    }
    return out;
  }
  Result<void> stop() override;

 private:
  Result<void> fold_earlier();
  void run();
  enum class Extent : std::uint8_t { Usual, Everything };
  Result<void> drain(Extent extent);
  bool fold_rings(const std::vector<std::uint64_t>& until);
  Result<void> write_pending();
  void sync_when_due(Result<void>& result);
  void note(const Result<void>& result);

  // constant after construction
  const RecordsConfig config_;
  const Clock& clock_;
  Database& database_;
  std::uint16_t incarnation_ = 0;
  std::vector<std::unique_ptr<Ring>> rings_;

  // the recorder thread's, before and after it lives the owner's
  SpoolDirectory spool_;
  Ledger ledger_;
  std::vector<std::uint64_t> read_;  // how far each ring is folded; released once written
  std::vector<LedgerEntry> entries_;
  bool folded_ = false;  // a fold waits for its batch to be written
  bool unsynced_ = false, failed_ = false;
  WallTime settled_{};
  Steady::time_point synced_{}, said_{};
  std::thread thread_;

  mutable std::mutex mutex_;
  std::condition_variable wake_, done_;
  // guarded by mutex_
  std::uint64_t flush_asked_ = 0, flush_begun_ = 0, flush_done_ = 0;
  Result<void> flush_result_;
  bool stopping_ = false, ended_ = false;
  std::optional<Zone> zone_;
  std::function<void(unsigned)> on_room_;
  Status status_;
};

// Merges the rings by the end of their first unread records, so that each batch keeps every ring's own order: then a
// mark per ring says exactly what the store has.
Result<void> SpoolRecorder::fold_earlier() {
  CG_TRY(rings, spool_.recover());
  struct Next {
    WallTime end;
    std::size_t ring;
    bool operator>(const Next& other) const { return std::tie(end, ring) > std::tie(other.end, other.ring); }
  };
  std::priority_queue<Next, std::vector<Next>, std::greater<>> heads;
  std::vector<std::size_t> at(rings.size(), 0);
  std::vector<Record> records(rings.size());
  const auto advance = [&](std::size_t ring) {
    for (; at[ring] < rings[ring].records.size(); ++at[ring])
      if (decode(rings[ring].records[at[ring]], records[ring]))
        return heads.push({.end = records[ring].end, .ring = ring});
  };
  for (std::size_t i = 0; i < rings.size(); ++i) advance(i);
  std::uint16_t last = 0;
  std::vector<std::string> uncertain;  // encoded anew, with the flag
  while (!heads.empty()) {
    entries_.clear();
    uncertain.clear();
    uncertain.reserve(rings.size());  // a ring has one open reservation at most
    while (!heads.empty() && entries_.size() < kBatchRecords) {
      const std::size_t ring = heads.top().ring;
      heads.pop();
      const SpooledRecord& spooled = rings[ring].records[at[ring]++];
      LedgerEntry entry{.record = records[ring], .bytes = spooled.bytes};
      if (spooled.uncertain && uncertain.size() < rings.size()) {
        entry.record.uncertain = true;
        char bytes[kMaxRecordBytes];
        uncertain.emplace_back(bytes, encode_record(entry.record, bytes));
        entry.bytes = uncertain.back();
      }
      entries_.push_back(entry);
      last = std::max(last, rings[ring].incarnation);
      ledger_.batch().put(Family::Meta, keys::mark(rings[ring].incarnation, rings[ring].worker),
                          encode_mark(spooled.end));
      advance(ring);
    }
    ledger_.fold(entries_);
    ledger_.batch().put(Family::Meta, std::string(keys::kIncarnation), std::to_string(last));
    CG_TRY_VOID(write_pending());
  }
  ledger_.settle(clock_.now());
  CG_TRY_VOID(write_pending());
  CG_TRY_VOID(database_.sync());
  return spool_.remove_drained();
}

Result<void> SpoolRecorder::write_pending() {
  const WallTime now = clock_.now();
  if (!folded_ && !ledger_.pending(now)) return {};
  folded_ = true;
  CG_TRY_VOID(ledger_.build(now));
  if (!ledger_.batch().empty()) {
    CG_TRY_VOID(database_.write(ledger_.batch(), Database::Durability::Kill));
    unsynced_ = true;
  }
  ledger_.written();
  folded_ = false;
  std::lock_guard lock(mutex_);
  ++status_.batches;
  status_.records = ledger_.counts().records;
  status_.sealed = ledger_.counts().sealed;
  status_.uncertain = ledger_.counts().uncertain;
  return {};
}

// Folds what is committed up to `until`, as much as one batch takes. False: nothing was there.
bool SpoolRecorder::fold_rings(const std::vector<std::uint64_t>& until) {
  entries_.clear();
  const std::size_t share = std::max<std::size_t>(1, kBatchRecords / std::max<std::size_t>(1, rings_.size()));
  bool any = false;
  for (std::size_t i = 0; i < rings_.size(); ++i) {
    if (read_[i] >= until[i]) continue;
    any = true;
    std::size_t left = share;
    read_[i] = rings_[i]->read(read_[i], [&](const SpooledRecord& spooled) {
      if (left == 0) return false;
      --left;
      entries_.emplace_back();
      entries_.back().bytes = spooled.bytes;
      if (!decode(spooled, entries_.back().record)) entries_.pop_back();
      return true;
    });
    ledger_.batch().put(Family::Meta, keys::mark(incarnation_, rings_[i]->worker()), encode_mark(read_[i]));
  }
  if (!any) return false;
  ledger_.batch().put(Family::Meta, std::string(keys::kIncarnation), std::to_string(incarnation_));
  ledger_.fold(entries_);
  return true;
}

Result<void> SpoolRecorder::drain(Extent extent) {
  if (std::exchange(failed_, false)) {
    if (auto recovered = database_.recover(); !recovered) {
      failed_ = true;
      return recovered;
    }
  }
  std::vector<std::uint64_t> until;
  for (const auto& ring : rings_) until.push_back(ring->committed());
  for (bool more = true; more;) {
    if (!folded_) {
      {
        std::lock_guard lock(mutex_);
        if (zone_) ledger_.set_zone(*std::exchange(zone_, std::nullopt));
      }
      more = fold_rings(until);
      // Tails last: a record that continues a visit comes before the clock that ends it.
      const WallTime now = clock_.now();
      if (!more && (extent == Extent::Everything || now - settled_ >= kSettle || now < settled_)) {
        ledger_.settle(now);
        settled_ = now;
      }
    }
    CG_TRY_VOID(write_pending());
    for (std::size_t i = 0; i < rings_.size(); ++i) {
      rings_[i]->release(read_[i]);
      if (!rings_[i]->took_room()) continue;
      std::function<void(unsigned)> callback;
      {
        std::lock_guard lock(mutex_);
        callback = on_room_;
      }
      if (callback) callback(static_cast<unsigned>(i));
    }
  }
  return {};
}

void SpoolRecorder::sync_when_due(Result<void>& result) {
  const auto now = Steady::now();
  if (!result || !unsynced_ || now - synced_ < config_.sync_interval) return;
  synced_ = now;
  result = database_.sync();
  if (result) unsynced_ = false;
}

void SpoolRecorder::note(const Result<void>& result) {
  failed_ = failed_ || !result;
  std::lock_guard lock(mutex_);
  if (result) {
    if (std::exchange(status_.trouble, false)) log::info("records are written again");
    status_.trouble_text.clear();
    return;
  }
  ++status_.failed_batches;
  const bool news = !std::exchange(status_.trouble, true);
  status_.trouble_text = result.error().context;
  if (news || Steady::now() - said_ >= kSayAgain) {
    said_ = Steady::now();
    log::error("records stay in the spool, nothing is lost yet: {}", result.error().context);
  }
}

void SpoolRecorder::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, status_.trouble ? std::chrono::milliseconds(kRetry) : config_.drain_interval,
                   [this] { return stopping_ || flush_asked_ > flush_begun_; });
    const std::uint64_t ticket = flush_begun_ = flush_asked_;
    const bool last = stopping_;
    const Extent extent = last || ticket > flush_done_ ? Extent::Everything : Extent::Usual;
    lock.unlock();
    Result<void> result = drain(extent);
    sync_when_due(result);
    note(result);
    lock.lock();
    flush_done_ = ticket;
    flush_result_ = std::move(result);
    ended_ = last;
    done_.notify_all();
    if (last) return;
  }
}

Result<void> SpoolRecorder::flush() {
  std::unique_lock lock(mutex_);
  if (stopping_) return fail(Error::Kind::Storage, "the recorder has stopped");
  const std::uint64_t ticket = ++flush_asked_;
  wake_.notify_all();
  done_.wait(lock, [&] { return flush_done_ >= ticket || ended_; });
  return flush_result_;
}

Result<void> SpoolRecorder::stop() {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(stopping_, true)) return {};
  }
  wake_.notify_all();
  if (!thread_.joinable()) return {};
  thread_.join();
  CG_TRY_VOID(std::move(flush_result_));
  CG_TRY_VOID(database_.sync());
  return spool_.remove_drained();
}

}  // namespace

Result<std::unique_ptr<Recorder>> Recorder::open(const std::filesystem::path& spool_directory,
                                                 const RecordsConfig& config, unsigned workers, Store& store,
                                                 meter::UsageBoard& board, const Zone& zone, const Clock& clock) {
  auto* database_store = dynamic_cast<DatabaseStore*>(&store);
  CG_CHECK(database_store != nullptr);
  auto recorder = std::make_unique<SpoolRecorder>(spool_directory, config, *database_store, board, zone, clock);
  CG_TRY_VOID(recorder->start(workers));
  return std::unique_ptr<Recorder>(std::move(recorder));
}

}  // namespace citygate::records
