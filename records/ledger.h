// ledger.h - what records add up to: the fold of what comes from the rings, and the batches that keep it.
//
//   take() records ─▶ fold() ─▶ publish()      within drain_interval: what the board knows
//                       └─▶ build() ─▶ the batch is written ─▶ written()      thousands of records, or a second, later
//
// A batch holds the segments of its records and what the recorder puts in besides (its marks). The rows that they add
// up to - roll-ups, usage, visits - are written whole by a batch that is a checkpoint, about once a minute, and that
// batch says which segments they hold. After a kill load() folds the segments behind the last checkpoint again: so rows
// and segments agree at every moment, and a record costs no row.
//
// fold() cannot fail. build() and publish() read what is missing; where that fails, they are called again later.
// Between build() and written() nothing is folded, so a batch may be written twice.
// Counted   requests: `last` slices. Attempts: records marked so. Bytes: all slices. The day is the local day of a
//           record's end. Refused exchanges take no attended time; nor does the nameless person 0.
// Sealed    one exchange of department and day, when its last slice (or an uncertain one) comes; nothing else.
// Owner     the recorder. Thread: its own.
#pragma once

#include <chrono>
#include <unordered_set>
#include <vector>

#include "base/local_time.h"
#include "base/record.h"
#include "meter/usage_board.h"
#include "meter/visits.h"
#include "records/database_store.h"
#include "records/segments.h"

namespace citygate::records {

class Ledger {
 public:
  // `checkpoint_records`: most that are folded again after a kill.
  Ledger(DatabaseStore& store, meter::UsageBoard& board, const Zone& zone, std::uint64_t checkpoint_records);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // Reads what earlier processes left, and folds what stands behind their last checkpoint, in the zone they had.
  [[nodiscard]] Result<void> load();
  // Tells the board what was used today.
  [[nodiscard]] Result<void> seed(WallTime now);

  // Where records are put before fold(). Host and path are borrowed until the batch is built.
  [[nodiscard]] std::vector<Record>& taken() { return taken_; }
  [[nodiscard]] const std::vector<Record>& taken() const { return taken_; }
  // Folds what was taken since the last call, in order of its end.
  void fold();
  // Charges tails that are over.
  void settle(WallTime now);
  // The next batch is a checkpoint: what is folded until now stays in the days of the old zone.
  void set_zone(const Zone& zone);
  [[nodiscard]] const Zone& zone() const { return local_.zone(); }
  // Tells the board what fold(), settle() and a new day have changed.
  [[nodiscard]] Result<void> publish(WallTime now);

  enum class Rows : std::uint8_t { WhenDue, All };
  // Whether build() would put anything into the batch.
  [[nodiscard]] bool pending(Rows rows) const;
  [[nodiscard]] Batch& batch() { return batch_; }
  [[nodiscard]] Result<void> build(Rows rows);
  void written();

  [[nodiscard]] bool tails_run() const { return visits_.tails_run(); }
  // Totals that only memory and the segments hold.
  [[nodiscard]] bool rows_changed() const;

  struct Counts {
    std::uint64_t records = 0, sealed = 0, uncertain = 0;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }  // folded since the start, replayed ones not

 private:
  using Steady = std::chrono::steady_clock;
  [[nodiscard]] Result<void> replay(std::uint64_t from);
  [[nodiscard]] Result<void> replay_segment(std::uint64_t sequence);
  void fold_record(const Record& record);
  void take_charges();
  void note_changes();
  void put_segments();
  void put_rows();
  [[nodiscard]] bool rows_due(Rows rows) const;
  [[nodiscard]] Result<void> publish_one(meter::VisitKey key, std::int32_t day);

  DatabaseStore& store_;
  meter::UsageBoard& board_;
  Totals& totals_;
  const Zone zone_;  // as given; in force is local_'s
  const std::uint64_t checkpoint_records_;
  meter::Visits visits_;
  LocalClock local_;

  std::vector<Record> taken_;  // of the next batch; the first folded_ of them are folded
  std::size_t folded_ = 0;
  SegmentWriter traffic_{Family::Traffic}, sealed_{Family::Sealed};
  Batch batch_;
  bool built_ = false;
  std::uint64_t next_sequence_ = 0;
  std::unordered_set<meter::VisitKey, meter::VisitKeyHash> unsaved_;  // visits since the last checkpoint
  std::vector<meter::VisitKey> unpublished_, crossing_;
  std::vector<meter::AttendedCharge> charges_;
  std::vector<std::uint32_t> order_;
  std::int32_t today_ = INT32_MIN;  // the day for which midnight crossings were looked for
  std::uint64_t since_checkpoint_ = 0;
  Steady::time_point checkpoint_ = Steady::now();
  bool zone_changed_ = false;  // nothing is folded in the new zone before a checkpoint
  Counts counts_;
};

}  // namespace citygate::records
