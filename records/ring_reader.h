// ring_reader.h - takes the records out of every ring of the spool directory, nearly in order of time.
//
//   own rings, rings of earlier processes that run ─▶ take() ─▶ [the batch is written, with put_marks()] ─▶ release()
//   rings of processes that have ended             ─▶ recover() ─▶ take_recovered() ─▶ [written] ─▶ remove_ended()
//
// How far a ring is read is its source's position; how far the store has it is its mark, and what the producer may
// write over is what is released. Position moves first, the mark with the batch, release last.
// Owner     the recorder. Thread: the recorder's; before and after that lives, the owner's.
// Views     what is taken points into the rings: until release() for live ones, and for recovered ones until the next
//           recover(), remove_ended() or clear(). So the records are written before leave() and remove_ended().
// Cost      take(): one decoding per record, and of those kept back for order a second one next time. No system call.
// Errors    those of SpoolDirectory. A live ring in which no whole record follows is read no further, and said in the
//           log: its records come when its process has ended.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <utility>
#include <vector>

#include "base/record.h"
#include "base/result.h"
#include "records/database.h"
#include "records/ring.h"
#include "records/spool_directory.h"

namespace citygate::records {

// What ended processes left, merged by the end of each ring's first unread record, so that each batch keeps every
// ring's own order: then a mark per ring says exactly what the store has.
class RecoveredReader {
 public:
  explicit RecoveredReader(std::vector<RecoveredRing> rings);
  [[nodiscard]] bool empty() const { return heads_.empty(); }
  // Adds records until there are `batch_records`, and to `batch` the marks that go with them.
  void take(std::size_t batch_records, std::vector<Record>& taken, Batch& batch);

 private:
  struct Ended {
    RecoveredRing ring;
    std::size_t next = 0;  // of ring.records: the one that `head` was decoded from
    Record head{};
  };
  // The end of a ring's head, and which ring.
  using Head = std::pair<WallTime, std::size_t>;
  void advance(std::size_t ring);

  std::vector<Ended> rings_;
  std::priority_queue<Head, std::vector<Head>, std::greater<>> heads_;
};

class RingReader {
 public:
  // Borrowed, and outlives the reader.
  explicit RingReader(SpoolDirectory& spool) : spool_(spool) {}

  // Forgets every ring and process; the files stay.
  void clear();
  // A ring of this process, just created, or read again from its mark. Borrowed until clear().
  void add(Ring& ring) { sources_.push_back({.ring = &ring}); }
  [[nodiscard]] Result<void> resume(Ring& ring);
  // All processes in the spool directory but `own`: attaches to the rings of those that run, each from its mark on.
  [[nodiscard]] Result<void> attach_earlier(std::uint16_t own);

  // Where the live rings end now, for take().
  [[nodiscard]] std::vector<std::uint64_t> committed() const;
  [[nodiscard]] bool anything_committed() const;
  // Adds to `taken` what is committed up to `until`, as much as a batch of `batch_records` has room for, and at least a
  // few of each ring. False: that was all.
  [[nodiscard]] bool take(const std::vector<std::uint64_t>& until, std::size_t batch_records,
                          std::vector<Record>& taken);
  // Whether a ring has much room that only waits for what was taken to be written.
  [[nodiscard]] bool holds_much() const;
  // The marks of what was taken since the last release(), which comes once the batch is written.
  void put_marks(Batch& batch) const;
  void release();

  [[nodiscard]] unsigned running() const { return static_cast<unsigned>(running_.size()); }  // earlier processes
  [[nodiscard]] bool any_ended() const { return !ended_.empty(); }
  [[nodiscard]] bool alone() const { return running_.empty() && ended_.empty(); }
  // Those that ran when last looked at, and do not now. What was taken of them is to be written before they are left:
  // then the marks say how far recover() need not read.
  [[nodiscard]] Result<std::vector<std::uint16_t>> newly_ended() const;
  void leave(std::uint16_t incarnation);

  // Reads what the ended processes left, each ring from its mark on.
  [[nodiscard]] Result<void> recover();
  // False: nothing is left of it. Else as RecoveredReader::take().
  [[nodiscard]] bool take_recovered(std::size_t batch_records, std::vector<Record>& taken, Batch& batch);
  // Removes the rings of the ended processes, all of whose records are in the store and synced.
  [[nodiscard]] Result<void> remove_ended();

 private:
  // A live ring. Those of other processes are owned here.
  struct Source {
    Ring* ring = nullptr;
    std::unique_ptr<Ring> attached{};
    std::uint64_t read = 0;  // how far it is taken; released once written
    bool damaged = false;    // nothing more is read until its process has ended
    // Of this turn: where its records stand among those taken, and whether there are more.
    std::size_t first = 0, last = 0;
    std::uint64_t began = 0;
    bool more = false;
  };
  void read_ring(Source& source, std::uint64_t until, std::size_t most, std::vector<Record>& taken);
  void keep_order(std::vector<Record>& taken);

  SpoolDirectory& spool_;
  std::vector<Source> sources_;
  std::vector<std::uint64_t> ends_;     // where the frames of this turn's records end, beside `taken`
  std::vector<std::uint16_t> running_;  // earlier processes that are read from
  std::vector<std::uint16_t> ended_;    // those whose last records are still to be taken
  RecoveredReader recovered_{{}};       // of ended processes, while their records are taken
};

}  // namespace citygate::records
