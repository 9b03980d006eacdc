// recorder.h - the one thread that drains the spools into the store, and the only writer of the ledger.
//
//   rings ─▶ in order of time ─▶ meter::Visits, roll-ups, usage ─▶ one RocksDB batch with the spools' marks ─▶
//   UsageBoard
//
// Charges equal records exactly after any kill: segments, roll-ups, usage and marks are one WriteBatch.
// Owner     app. Thread: open() and stop() from the owner; ring(n) is then the worker's; flush() from any but a worker.
// Power     the write-ahead log is synced every `sync_interval`; a power cut loses at most that.
// Upgrade   two processes on one state directory, one after the other the consumer of all rings; the rings stay where
//           they are, and the marks in the store say where the next consumer goes on, so it does not matter when either
//           of them dies:
//             old   hand_over() ─▶ Store::close() ─▶ its workers go on recording ─▶ they have ended ─▶ stop(), or
//             killed new   Store::open() ─▶ open() ─▶ drains the old one's rings beside its own, in order of time,
//             until that
//                   process has ended; takes its last records, an open reservation as an uncertain one; removes its
//                   spool
//           Whether a process still runs is asked of the kernel (a lock that it holds), never of its number.
//           Room in the old one's rings comes from the new one as if it were its own; on_room goes on being called.
//           Between the two, and when the new one dies, records wait in the rings: workers are pushed back when those
//           fill. The old one's usage board stands still from hand_over() on. If the new process came to nothing:
//             old   Store::reopen() ─▶ take_back()
// Trouble   when the store cannot be written (full disk), the recorder keeps the records in the spool, says so once a
//           minute, tries again every second, and loses nothing; the rings fill, and the workers push back.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

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
    std::uint64_t spool_bytes_used = 0, spool_bytes = 0;  // of all rings
    struct RingUse {
      std::uint64_t used_bytes = 0, bytes = 0;
    };
    std::vector<RingUse> rings;  // by worker: one is pushed back by its own ring alone
    bool trouble = false;
    std::string trouble_text;
    bool handed_over = false;
    unsigned earlier_running = 0;  // processes that handed over to this one, or before it, and have not ended
  };

  // Reads what ended processes left in `spool_directory`, folds it into the store, seeds the board with today's usage,
  // attaches to the rings of earlier processes that still run, creates its own, and starts the thread. Everything
  // passed is borrowed. Refused where a ring is of a newer version, or of another one and its process runs.
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

  // Old side of an upgrade. Returns when everything committed before the call is in the store and synced, and nothing
  // more will be written there: the store can be closed. From then on flush() says Refused. On an error all is as
  // before. Workers need not stop.
  [[nodiscard]] virtual Result<void> hand_over() = 0;
  // Undoes hand_over() after Store::reopen(): consumes again, from where whoever came between has got to. The zone is
  // that of the last set_zone(). On an error it stays handed over.
  [[nodiscard]] virtual Result<void> take_back() = 0;

  // Drains, syncs, removes the drained rings. Workers must have stopped. After hand_over(): leaves the rings to whoever
  // consumes them, and says to it that no more will come.
  virtual Result<void> stop() = 0;
};

}  // namespace citygate::records
