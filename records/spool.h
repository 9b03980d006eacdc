// spool.h - where a worker leaves its records: a ring in a mapped, fully allocated file.
//
//   spool/<incarnation>/worker-<n>.ring
//   worker: reserve(record) → last write to the client → commit() | cancel()      recorder: drains what is committed
//
// A killed process loses nothing: the pages belong to the kernel. At start the ring is read again; an open reservation
// becomes a record marked `uncertain`. Bytes: docs/record_format.md.
// Owner     Recorder. Thread: the producer's calls from one worker only; the consumer is the recorder.
// Cost      reserve + commit <= 0.7 us; no allocation, no system call.
#pragma once

#include <cstdint>

#include "base/record.h"
#include "base/result.h"

namespace citygate::records {

class SpoolRing {
 public:
  virtual ~SpoolRing() = default;

  // Encodes the record and sets record.id. False: the ring is full; try again when the recorder has drained (it never
  // drops what is there). At most one reservation is open at a time.
  [[nodiscard]] virtual bool reserve(Record& record) noexcept = 0;
  virtual void commit() noexcept = 0;
  virtual void cancel() noexcept = 0;  // the last byte was not handed over after all: as if reserve() had not been

  [[nodiscard]] bool append(Record& record) noexcept {
    if (!reserve(record)) return false;
    commit();
    return true;
  }
  // Less than a quarter is free: take no new requests (answer 503), so that running ones can be recorded.
  [[nodiscard]] virtual bool crowded() const noexcept = 0;
};

}  // namespace citygate::records
