// database_store.h - the Store as it is: what readers see, and the little more that the recorder needs of it.
//
// Owner     the process. Thread: reading any; next_sequence, added: the recorder.
#pragma once

#include <atomic>
#include <memory>
#include <shared_mutex>

#include "records/act_journal.h"
#include "records/database.h"
#include "records/database_acts.h"
#include "records/names.h"
#include "records/store.h"
#include "records/tally.h"

namespace citygate::records {

// What the records add up to. The ledger adds here and writes whole rows from time to time; reports take both together.
struct Totals {
  mutable std::shared_mutex mutex;  // held alone while records are folded, never while anything is written
  // guarded by mutex
  Tally rollups{Family::Rollups, 'R'};
  Tally sealed{Family::Rollups, 'Z'};
  Tally usage{Family::Usage, 'U'};
};

class DatabaseStore final : public Store {
 public:
  // Tests give a database of their own that fails when told to.
  [[nodiscard]] static Result<std::unique_ptr<DatabaseStore>> create(std::unique_ptr<Database> database,
                                                                     std::optional<ActsMark> mark = std::nullopt);

  NameSource& names() override { return names_; }
  ChainedActs& acts() override { return acts_; }
  SecretStore& secrets() override { return secrets_; }
  void set_clock(const Clock& clock) override { acts_.set_clock(clock); }
  Result<void> scan(const RecordQuery& query, const std::function<bool(const Record&)>& visit) const override;
  Result<void> scan_added(std::uint64_t& cursor, const RecordQuery& query,
                          const std::function<bool(const Record&)>& visit) const override;
  std::uint64_t end_cursor() const override;
  Result<OwnedRecord> find(RecordId id) const override;
  Result<void> rollups(DepartmentId department, std::int32_t from_day, std::int32_t to_day,
                       const std::function<void(const Rollup&)>& visit) const override;
  Result<std::uint64_t> sealed_count(DepartmentId department, std::int32_t from_day,
                                     std::int32_t to_day) const override;
  Result<void> sealed_summary(WallTime from, WallTime to, const SealedGroup& group,
                              const std::function<void(const SealedSummary&)>& visit) const override;
  Result<std::uint64_t> copy_to(const std::filesystem::path& directory) override;
  void close() override { database_->close(); }
  Result<void> reopen() override;

  [[nodiscard]] Database& database() { return *database_; }
  // The number of the next segment, traffic and sealed together.
  [[nodiscard]] std::uint64_t next_sequence() const { return next_sequence_.load(std::memory_order_acquire); }
  [[nodiscard]] Totals& totals() { return totals_; }
  // The batch with all segments below is written.
  void added(std::uint64_t next_sequence) { next_sequence_.store(next_sequence, std::memory_order_release); }

 private:
  explicit DatabaseStore(std::unique_ptr<Database> database)
      : database_(std::move(database)), names_(*database_), acts_(*database_), secrets_(*database_) {}
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> read_totals(const Tally& tally, Tally::Key from, Tally::Key to,
                                         const Tally::Visit& visit) const;

  std::unique_ptr<Database> database_;
  DatabaseNames names_;
  DatabaseActs acts_;
  DatabaseSecrets secrets_;
  Totals totals_;
  std::atomic<std::uint64_t> next_sequence_{1};
};

// Positions of a rollup's counters on disk; never renumbered.
enum RollupCounter : std::size_t {
  kRequests,
  kFromClient,
  kToClient,
  kStreaming,
  kAttempts,
  kNavigationMs,
  kDocumentMs,
  kEstimatedMs
};
enum UsageCounter : std::size_t { kAttendedMs, kUsageBytes };

}  // namespace citygate::records
