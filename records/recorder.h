// recorder.h - the one thread that drains the spools into the store, and the only writer of the ledger.
//
//   rings ─▶ in order of time ─▶ meter::Visits, roll-ups, usage ─▶ one RocksDB batch with the spools' marks ─▶
//   UsageBoard
//
// Charges equal records exactly after any kill: segments, roll-ups, usage and marks are one WriteBatch.
// Owner     app. Thread: open() and stop() from the owner; ring(n) is then the worker's; flush() from any but a worker.
// Power     the write-ahead log is synced every `sync_interval`; a power cut loses at most that.
// Trouble   when the store cannot be written (full disk), the recorder keeps the records in the spool, says so once a
//           minute, tries again every second, and loses nothing; the rings fill, and the workers push back.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/local_time.h"
#include "base/result.h"
#include "meter/usage_board.h"
#include "records/records_config.h"
#include "records/spool.h"
#include "records/store.h"

namespace citygate::records {

class Recorder {
 public:
  struct Status {
    std::uint64_t records = 0, sealed = 0, uncertain = 0, batches = 0, failed_batches = 0;
    std::uint64_t spool_bytes_used = 0, spool_bytes = 0;
    bool trouble = false;
    std::string trouble_text;
  };

  // Reads what earlier incarnations left in `spool_directory`, folds it into the store, seeds the board with today's
  // usage, creates this incarnation's rings, and starts the thread. Everything passed is borrowed.
  // Today is the day of `clock` in `zone`.
  [[nodiscard]] static Result<std::unique_ptr<Recorder>> open(const std::filesystem::path& spool_directory,
                                                              const RecordsConfig& config, unsigned workers,
                                                              Store& store, meter::UsageBoard& board, const Zone& zone,
                                                              const Clock& clock);
  virtual ~Recorder() = default;  // stops

  [[nodiscard]] virtual SpoolRing& ring(unsigned worker) = 0;

  // Returns when everything committed before the call is in the store and on the board; Storage if that fails now.
  [[nodiscard]] virtual Result<void> flush() = 0;

  // Called from the recorder's thread after a ring that was full has room again.
  virtual void on_room(std::function<void(unsigned worker)> callback) = 0;
  virtual void set_zone(const Zone& zone) = 0;  // a policy change may move it
  [[nodiscard]] virtual Status status() const = 0;

  // Drains, syncs, removes the drained rings. Workers must have stopped.
  virtual Result<void> stop() = 0;
};

}  // namespace citygate::records
