// usage_board.h - what each person has used today, as every worker may read it, and leases of bytes.
//
//   recorder ──publish()──▶ PersonMeter ◀──used()── workers, while deciding
//                                       ◀──lease()── workers, for quotas that must end to the byte
//
// Owner     one UsageBoard per process; PersonMeters live as long as it does, so a connection may keep a reference.
// Thread    person(): any (a lock only when a person is seen for the first time). used(), lease(), give_back(): any,
//           lock-free. publish() and seed(): the recorder alone.
// Leases    bytes leased and not given back count as used at once, in all workers together; so the last lease ends
// exactly
//           at the limit whatever the number of workers. A worker that still asks under yesterday just after midnight
//           is charged under the day already running; bytes given back under a day that is over are dropped.
// Shape     per quota two words of 64 bits, each replaced whole, so that no reader sees half an update:
//             time   day mod 2^10 | attended ms + 2^25, 27 bits | last action in ms mod 2^27
//             bytes  day mod 2^16 | bytes used, 48 bits
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/ids.h"
#include "base/usage.h"

namespace citygate::meter {

// The definitions of an attended minute (architecture, section 6).
struct VisitRules {
  std::chrono::milliseconds pause{180'000};
  std::chrono::milliseconds tail{60'000};
};

class PersonMeter final : public UsageView {
 public:
  PersonMeter(PersonId person, VisitRules rules);
  ~PersonMeter() override;
  PersonMeter(const PersonMeter&) = delete;
  PersonMeter& operator=(const PersonMeter&) = delete;

  [[nodiscard]] PersonId person() const noexcept { return person_; }

  // Attended time includes the running visit up to its tail. A quota or day never published counts as unused.
  [[nodiscard]] Usage used(QuotaId quota, std::int32_t day, WallTime now) const noexcept override;

  // Takes up to `want` bytes of what is left below `limit` today; 0 when nothing is. `limit` 0 = not limited: grants
  // `want`. A lease is of one day: give it back under the same day.
  [[nodiscard]] std::uint64_t lease(QuotaId quota, std::int32_t day, std::uint64_t limit, std::uint64_t want) noexcept;
  void give_back(QuotaId quota, std::int32_t day, std::uint64_t bytes) noexcept;

  // Attended time up to the last attended action at `last_action`, which counts on up to the tail while a visit runs. A
  // visit that began to count its tail on the day before makes the figure negative, so that the tail's rest comes out
  // right. A day before the one already published is ignored.
  void publish(QuotaId quota, std::int32_t day, std::chrono::milliseconds attended_until_last_action,
               WallTime last_action) noexcept;
  // At start, before any lease: bytes that the ledger holds for `day`.
  void seed_bytes(QuotaId quota, std::int32_t day, std::uint64_t bytes) noexcept;

 private:
  struct Slot;
  [[nodiscard]] Slot* find(QuotaId quota) const noexcept;
  Slot& find_or_add(QuotaId quota) noexcept;

  PersonId person_;
  VisitRules rules_;
  struct Chunk;
  std::unique_ptr<Chunk> first_;  // chunks are only ever appended
};

class UsageBoard {
 public:
  explicit UsageBoard(VisitRules rules);
  ~UsageBoard();
  [[nodiscard]] PersonMeter& person(PersonId id);
  [[nodiscard]] const VisitRules& rules() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace citygate::meter
