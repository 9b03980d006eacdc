// ring.h - one worker's spool file as both its ends see it. Bytes: docs/record_format.md.
//
//   producer (worker)      reserve() ─▶ commit() | cancel()
//   consumer (recorder)    read() from a position up to what is committed ─▶ the batch is written ─▶ release()
//
// Positions count bytes since the ring was made and never go back; offset = position mod capacity. The mark up to which
// the store holds the records is kept in the store, in the batch that holds them: what the file says of it is for the
// producer's use alone.
// Processes the two ends may be two processes (an upgrade): the producer's made the file, the consumer's attaches to
// it. Thread    reserve, commit, cancel: the producer. read, release: the consumer. took_room: one, of either.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "records/doorbell.h"
#include "records/ring_format.h"
#include "records/spool.h"

namespace citygate::records {

// What a ring hands to its consumer: a record's bytes, where its frame ends, and whether it was only reserved when
// the process died.
struct SpooledRecord {
  std::string_view bytes;
  std::uint64_t end = 0;
  bool uncertain = false;
};

class Ring final : public SpoolRing {
 public:
  // `bytes` is the size of the whole file.
  [[nodiscard]] static Result<std::unique_ptr<Ring>> create(const std::filesystem::path& path, std::size_t bytes,
                                                            std::uint16_t incarnation, std::uint8_t worker);
  // The consumer's end of a ring that another process goes on writing to. Refused for another version, Malformed for a
  // damaged head.
  [[nodiscard]] static Result<std::unique_ptr<Ring>> attach(const std::filesystem::path& path);

  // Whom commit() wakes, before the first record; it outlives the ring.
  void wakes(Doorbell& consumer) noexcept { consumer_ = &consumer; }

  bool reserve(Record& record) noexcept override;
  void commit() noexcept override;
  void cancel() noexcept override;
  bool crowded() const noexcept override;

  // Committed records from `position` on, in order, at most until `visit` returns false. The end of the last one
  // visited. Malformed where another process has left no whole frame; what this process itself wrote is checked hard.
  using Visit = std::function<bool(const SpooledRecord&)>;
  [[nodiscard]] Result<std::uint64_t> read(std::uint64_t position, const Visit& visit) const;
  [[nodiscard]] std::uint64_t committed() const noexcept { return head().load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t released() const noexcept { return tail().load(std::memory_order_relaxed); }
  // Up to here the store has the records; the room may be used again.
  void release(std::uint64_t position) noexcept { tail().store(position, std::memory_order_seq_cst); }
  // Whether the producer has met a full ring since the last call.
  [[nodiscard]] bool took_room() noexcept { return wanted_room().exchange(0, std::memory_order_seq_cst) != 0; }

  [[nodiscard]] std::uint64_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::uint16_t incarnation() const noexcept { return static_cast<std::uint16_t>(first_id_ >> 48); }
  [[nodiscard]] std::uint8_t worker() const noexcept { return worker_; }

 private:
  enum class End : std::uint8_t { Both, Consumer };
  Ring(MappedFile file, const RingHead& head, End end);
  [[nodiscard]] std::atomic_ref<std::uint64_t> head() const noexcept { return std::atomic_ref(control_->committed); }
  [[nodiscard]] std::atomic_ref<std::uint64_t> tail() const noexcept { return std::atomic_ref(control_->released); }
  [[nodiscard]] std::atomic_ref<std::uint32_t> wanted_room() const noexcept {
    return std::atomic_ref(control_->wanted_room);
  }

  // constant after construction
  MappedFile file_;
  RingControl* control_;
  char* data_;
  std::uint64_t capacity_, secret_, first_id_;
  std::uint8_t worker_;
  End end_;
  Doorbell* consumer_ = nullptr;

  // the producer's
  alignas(64) std::uint64_t write_ = 0;  // where the next frame goes
  std::uint64_t open_end_ = 0;           // where the open one ends
  std::uint64_t counter_ = 0;
  bool open_ = false;
};

// What an earlier process left in a ring: every whole record whose frame begins at or beyond the mark, in order. Open
// reservations come as `uncertain`, cancelled ones not at all; torn or damaged frames are skipped. A file whose head
// was never written holds nothing.
struct RecoveredRing {
  std::uint16_t incarnation = 0;
  std::uint8_t worker = 0;
  std::uint64_t mark = 0;
  std::uint64_t lost_bytes = 0;        // skipped before a later whole frame
  std::vector<SpooledRecord> records;  // views into `file`
  MappedFile file;
};
// Errors: Refused for a newer version, Malformed for a damaged head, each with the file's name.
[[nodiscard]] Result<RingHead> read_ring_head(const std::filesystem::path& path, std::string_view file);
[[nodiscard]] Result<RecoveredRing> recover_ring(
    const std::filesystem::path& path,
    const std::function<Result<std::uint64_t>(std::uint16_t incarnation, std::uint8_t worker)>& mark);

}  // namespace citygate::records
