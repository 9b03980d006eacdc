#include "records/recorder.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/thread_name.h"
#include "records/database_store.h"
#include "records/keys.h"
#include "records/ledger.h"
#include "records/orders.h"
#include "records/ring_reader.h"
#include "records/spool_directory.h"

namespace citygate::records {
namespace {

using Steady = std::chrono::steady_clock;

// A batch is written when it fills a segment, or when its time has come.
constexpr std::size_t kBatchRecords = kSegmentRecords;
constexpr std::chrono::seconds kRetry{1}, kSettle{1}, kWatch{1}, kSayAgain{60};
// With nothing to do for so long, the recorder lies down until a worker rings.
constexpr std::chrono::seconds kQuiet{1};

class SpoolRecorder final : public Recorder {
 public:
  SpoolRecorder(const std::filesystem::path& spool, const RecordsConfig& config, DatabaseStore& store,
                meter::UsageBoard& board, const Zone& zone, const Clock& clock)
      : config_(config),
        clock_(clock),
        store_(store),
        board_(board),
        database_(store.database()),
        spool_(spool, store.database()),
        zone_in_force_(zone) {}
  ~SpoolRecorder() override {
    if (auto stopped = stop(); !stopped) log::error("stopping the recorder: {}", stopped.error().context);
  }

  Result<void> start(unsigned workers) {
    CG_TRY(incarnation, spool_.next_incarnation());
    incarnation_ = incarnation;
    CG_TRY_VOID(take_up());
    CG_TRY_VOID(ledger_->seed(clock_.now()));
    CG_TRY(own, spool_.create(incarnation, workers, static_cast<std::size_t>(config_.spool_bytes)));
    own_ = std::move(own);
    for (const auto& ring : own_.rings) {
      ring->wakes(bell_);
      reader_.add(*ring);
    }
    thread_ = std::thread([this] { run(); });
    return {};
  }

  SpoolRing& ring(unsigned worker) override { return *own_.rings.at(worker); }
  Result<void> flush() override { return orders_.ask(Order::Flush); }
  Result<void> hand_over() override { return orders_.ask(Order::HandOver); }
  Result<void> take_back() override { return orders_.ask(Order::TakeBack); }
  void on_room(std::function<void(unsigned)> callback) override {
    std::lock_guard lock(mutex_);
    on_room_ = std::move(callback);
  }
  void set_zone(const Zone& zone) override {
    {
      std::lock_guard lock(mutex_);
      new_zone_ = zone;
    }
    bell_.ring();
  }
  Status status() const override {
    std::lock_guard lock(mutex_);
    Status out = status_;
    for (const auto& ring : own_.rings) {
      const std::uint64_t committed = ring->committed();
      out.rings.push_back({.used_bytes = committed - std::min(committed, ring->released()), .bytes = ring->capacity()});
      out.spool_bytes += out.rings.back().bytes;
      out.spool_bytes_used += out.rings.back().used_bytes;
    }
    return out;
  }
  Result<void> stop() override;

 private:
  enum class Extent : std::uint8_t { Usual, Everything };

  void run();
  Result<void> carry_out(std::optional<Order> order, bool last);
  Result<void> take_up();
  Result<void> take_back_now();
  Result<void> watch_earlier(Extent extent);
  Result<void> fold_ended();
  Result<void> drain(Extent extent);
  bool fold_rings(const std::vector<std::uint64_t>& until);
  bool write_due(Extent extent) const;
  Result<void> write(Ledger::Rows rows);
  void call_for_room();
  std::chrono::nanoseconds rest();
  void sync_when_due(Result<void>& result);
  void note(const Result<void>& result);

  // constant after construction, or after start()
  const RecordsConfig config_;
  const Clock& clock_;
  DatabaseStore& store_;
  meter::UsageBoard& board_;
  Database& database_;
  std::uint16_t incarnation_ = 0;
  SpoolDirectory::Own own_;  // the lock goes with stop()

  // the recorder thread's, before and after it lives the owner's
  SpoolDirectory spool_;
  RingReader reader_{spool_};  // empty while another process is the consumer
  Zone zone_in_force_;
  std::uint16_t last_incarnation_ = 0;  // of all processes so far: their records keep their numbers
  std::optional<Ledger> ledger_;        // while this process is the consumer
  Ledger::Counts before_;               // of ledgers that were handed over: what is counted never becomes less
  bool unsynced_ = false, failed_ = false;
  WallTime settled_{};
  Steady::time_point written_{}, synced_{}, said_{}, watched_{}, busy_{};
  Result<void> last_;  // of the last turn
  std::thread thread_;

  Doorbell bell_;
  Orders orders_{bell_};
  mutable std::mutex mutex_;
  // guarded by mutex_
  std::optional<Zone> new_zone_;
  std::function<void(unsigned)> on_room_;
  Status status_;
};

// Becomes the consumer of all that lies in the spool directory. Whoever was it before has closed the database.
Result<void> SpoolRecorder::take_up() {
  ledger_.emplace(store_, board_, zone_in_force_, config_.checkpoint_records);
  reader_.clear();
  CG_TRY_VOID(ledger_->load());
  // Before their directories go: a process that came to nothing may have left records under a higher number.
  CG_TRY(last, spool_.last_incarnation());
  last_incarnation_ = std::max(last, incarnation_);
  CG_TRY_VOID(reader_.attach_earlier(incarnation_));
  CG_TRY_VOID(watch_earlier(Extent::Everything));
  return spool_.drop_stale_marks();
}

// Takes the last records of earlier processes that have ended.
Result<void> SpoolRecorder::watch_earlier(Extent extent) {
  if (reader_.alone() || (extent == Extent::Usual && Steady::now() - watched_ < kWatch)) return {};
  watched_ = Steady::now();
  CG_TRY(ended, reader_.newly_ended());
  if (!ended.empty()) CG_TRY_VOID(write(Ledger::Rows::WhenDue));  // then the marks say how far their rings are read
  for (const std::uint16_t each : ended) reader_.leave(each);
  if (reader_.any_ended()) {
    CG_TRY_VOID(reader_.recover());
    CG_TRY_VOID(fold_ended());
    CG_TRY_VOID(database_.sync());
    CG_TRY_VOID(reader_.remove_ended());
  }
  std::lock_guard lock(mutex_);
  status_.earlier_running = reader_.running();
  return {};
}

Result<void> SpoolRecorder::fold_ended() {
  while (reader_.take_recovered(kBatchRecords, ledger_->taken(), ledger_->batch())) {
    ledger_->fold();
    CG_TRY_VOID(write(Ledger::Rows::WhenDue));
  }
  ledger_->settle(clock_.now());
  return {};
}

Result<void> SpoolRecorder::write(Ledger::Rows rows) {
  reader_.put_marks(ledger_->batch());
  if (!ledger_->pending(rows)) return {};
  ledger_->batch().put(Family::Meta, std::string(keys::kIncarnation), std::to_string(last_incarnation_));
  CG_TRY_VOID(ledger_->build(rows));
  CG_TRY_VOID(database_.write(ledger_->batch(), Database::Durability::Kill));
  unsynced_ = true;
  written_ = Steady::now();
  ledger_->written();
  reader_.release();
  call_for_room();
  std::lock_guard lock(mutex_);
  ++status_.batches;
  status_.records = before_.records + ledger_->counts().records;
  status_.sealed = before_.sealed + ledger_->counts().sealed;
  status_.uncertain = before_.uncertain + ledger_->counts().uncertain;
  return {};
}

// Folds what is committed up to `until`, as much as one batch takes. False: that was all.
bool SpoolRecorder::fold_rings(const std::vector<std::uint64_t>& until) {
  const bool more = reader_.take(until, kBatchRecords, ledger_->taken());
  ledger_->fold();
  return more;
}

bool SpoolRecorder::write_due(Extent extent) const {
  if (extent == Extent::Everything || ledger_->taken().size() >= kBatchRecords) return true;
  return Steady::now() - written_ >= config_.sync_interval || reader_.holds_much();
}

Result<void> SpoolRecorder::drain(Extent extent) {
  if (std::exchange(failed_, false)) {
    if (auto recovered = database_.recover(); !recovered) {
      failed_ = true;
      return recovered;
    }
    // What could not be written comes first, as it is.
    CG_TRY_VOID(write(Ledger::Rows::WhenDue));
  }
  {
    std::lock_guard lock(mutex_);
    if (new_zone_) {
      zone_in_force_ = *std::exchange(new_zone_, std::nullopt);
      ledger_->set_zone(zone_in_force_);
    }
  }
  const std::vector<std::uint64_t> until = reader_.committed();
  while (fold_rings(until))
    if (ledger_->taken().size() >= kBatchRecords) CG_TRY_VOID(write(Ledger::Rows::WhenDue));
  if (!ledger_->taken().empty()) busy_ = Steady::now();
  // Tails last: a record that continues a visit comes before the clock that ends it.
  const WallTime now = clock_.now();
  if (extent == Extent::Everything || now - settled_ >= kSettle || now < settled_) {
    ledger_->settle(now);
    settled_ = now;
  }
  CG_TRY_VOID(ledger_->publish(now));
  if (write_due(extent)) CG_TRY_VOID(write(Ledger::Rows::WhenDue));
  return watch_earlier(extent);
}

// Room may have come from this process or, after hand_over(), from another.
void SpoolRecorder::call_for_room() {
  for (const auto& ring : own_.rings) {
    if (ring->crowded() || !ring->took_room()) continue;
    std::function<void(unsigned)> callback;
    {
      std::lock_guard lock(mutex_);
      callback = on_room_;
    }
    if (callback) callback(ring->worker());
  }
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

// How long to wait for the next turn. Other processes' workers cannot ring.
std::chrono::nanoseconds SpoolRecorder::rest() {
  const bool quiet = ledger_ && reader_.alone() && !unsynced_ && ledger_->taken().empty() &&
                     Steady::now() - busy_ >= kQuiet && bell_.doze();
  if (!quiet) return config_.drain_interval;
  if (reader_.anything_committed()) {
    bell_.rise();
    return std::chrono::nanoseconds(0);
  }
  if (ledger_->tails_run()) return kSettle;
  return ledger_->rows_changed() ? std::chrono::seconds(60) : std::chrono::seconds(3600);
}

void SpoolRecorder::run() {
  name_this_thread("recorder");
  bool trouble = false;
  for (;;) {
    const std::uint32_t heard = bell_.listen();
    if (!orders_.pending()) {
      bell_.wait(heard, trouble ? std::chrono::nanoseconds(kRetry) : rest());
      bell_.rise();
    }
    const Orders::Turn turn = orders_.take();
    Result<void> result = carry_out(turn.order, turn.last);
    trouble = !result && ledger_;
    orders_.answer(result);
    if (!turn.last) continue;
    last_ = std::move(result);
    return;
  }
}

Result<void> SpoolRecorder::carry_out(std::optional<Order> order, bool last) {
  if (!ledger_) {
    call_for_room();
    if (order == Order::TakeBack) return take_back_now();
    if (order == Order::Flush)
      return fail(Error::Kind::Refused, "another process writes the records since this one handed over to it");
    return {};
  }
  const bool leaves = last || order == Order::HandOver;
  Result<void> result = drain(order || last ? Extent::Everything : Extent::Usual);
  if (result && leaves) result = write(Ledger::Rows::All);
  sync_when_due(result);
  note(result);
  if (order != Order::HandOver || !result) return result;
  CG_TRY_VOID(database_.sync());
  reader_.clear();
  ledger_.reset();
  std::lock_guard lock(mutex_);
  before_ = {.records = status_.records, .sealed = status_.sealed, .uncertain = status_.uncertain};
  status_.handed_over = true;
  return {};
}

Result<void> SpoolRecorder::take_back_now() {
  auto taken = take_up();
  for (auto ring = own_.rings.begin(); taken && ring != own_.rings.end(); ++ring) taken = reader_.resume(**ring);
  if (!taken) {
    ledger_.reset();
    return taken;
  }
  std::lock_guard lock(mutex_);
  status_.handed_over = false;
  return {};
}

Result<void> SpoolRecorder::stop() {
  if (!orders_.stop()) return {};
  if (!thread_.joinable()) return {};
  thread_.join();
  if (!ledger_) {
    own_.lock.reset();
    return {};
  }
  CG_TRY_VOID(std::move(last_));
  CG_TRY_VOID(database_.sync());
  auto removed = spool_.remove(incarnation_);
  own_.lock.reset();
  return removed;
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
