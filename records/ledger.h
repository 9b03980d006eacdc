// ledger.h - what records add up to: the fold of a drain into one batch, and what the board is told once it is written.
//
//   fold() ─▶ build() ─▶ the batch is written ─▶ written()
//   memory     reads                              publishes
//
// fold() cannot fail. build() reads what is missing; where that fails, it is called again later. The next fold begins
// only after written(), so memory never runs ahead of the database by more than one batch.
// Counted   requests: `last` slices. Attempts: records marked so. Bytes: all slices. The day is the local day of a
// record's
//           end. Refused exchanges take no attended time; nor does the nameless person 0.
// Sealed    one exchange of department and day, when its last slice (or an uncertain one) comes; nothing else.
// Owner     the recorder. Thread: its own.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "base/local_time.h"
#include "base/record.h"
#include "meter/usage_board.h"
#include "meter/visits.h"
#include "records/database_store.h"
#include "records/tally.h"

namespace citygate::records {

// A record and its encoded bytes, both borrowed.
struct LedgerEntry {
  Record record;
  std::string_view bytes;
};

class Ledger {
 public:
  Ledger(DatabaseStore& store, meter::UsageBoard& board, const Zone& zone)
      : store_(store), board_(board), visits_(board.rules(), zone), local_(zone) {}

  // Reads the visits that earlier processes left.
  [[nodiscard]] Result<void> load();
  // Tells the board what the database holds for today.
  [[nodiscard]] Result<void> seed(WallTime now);

  // Sorts the entries by their end. Adds their segments to the batch.
  void fold(std::vector<LedgerEntry>& entries);
  // Charges tails that are over.
  void settle(WallTime now);
  void set_zone(const Zone& zone);
  // Whether fold, settle, set_zone or a new day have left anything to write or to publish.
  [[nodiscard]] bool pending(WallTime now);

  [[nodiscard]] Batch& batch() { return batch_; }
  [[nodiscard]] Result<void> build(WallTime now);
  void written();

  struct Counts {
    std::uint64_t records = 0, sealed = 0, uncertain = 0;
  };
  [[nodiscard]] const Counts& counts() const { return counts_; }  // since the start; folded, not yet surely written

 private:
  void fold_record(const Record& record);
  void take_charges();
  struct Publication {
    meter::VisitKey key;
    std::int32_t day;
    meter::Visits::Running running;
  };
  Result<void> plan_publication(meter::VisitKey key, std::int32_t day);

  DatabaseStore& store_;
  meter::UsageBoard& board_;
  meter::Visits visits_;
  LocalClock local_;
  Tally rollups_{Family::Rollups};
  Tally usage_{Family::Usage};

  Batch batch_;
  bool applied_ = false;             // build() has put everything into batch_
  std::uint64_t next_sequence_ = 0;  // 0: no segments in this batch
  std::vector<meter::VisitKey> changed_;
  std::vector<meter::VisitKey> crossing_;
  std::vector<Publication> publications_;
  std::vector<meter::AttendedCharge> charges_;
  std::vector<std::uint32_t> order_;
  std::int32_t today_ = INT32_MIN;  // the day for which midnight crossings were looked for
  Counts counts_;
};

}  // namespace citygate::records
