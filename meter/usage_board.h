// usage_board.h - what each person has used today, as every worker may read it, and leases of bytes.
//
//   recorder ──publish()──▶ PersonMeter ◀──used()── workers, while deciding
//                                       ◀──lease()── workers, for quotas that must end to the byte
//
// Owner     one UsageBoard per process; PersonMeters live as long as it does, so a connection may keep a reference.
// Upgrade   the figures lie in memory that the next process can map (meter/board_memory.h): old and new then read and
//           lease from the same words, and the new one's recorder publishes for both.
// Thread    person(): any (a lock only when a person is seen for the first time). used(), lease(), give_back(): any,
//           lock-free. publish() and seed(): the recorder alone.
// Leases    bytes leased and not given back count as used at once, in all workers together; so the last lease ends
//           exactly at the limit whatever the number of workers. A worker that still asks under yesterday just after
//           midnight is charged under the day already running; bytes given back under a day that is over are dropped.
// Shape     per quota two words of 64 bits, each replaced whole, so that no reader sees half an update:
//             time   day mod 2^10 | attended ms + 2^25, 27 bits | last action in ms mod 2^27
//             bytes  day mod 2^16 | bytes used, 48 bits
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/ids.h"
#include "base/usage.h"
#include "meter/board_memory.h"

namespace citygate::meter {

// The definitions of an attended minute (architecture, section 6).
struct VisitRules {
  std::chrono::milliseconds pause{180'000};
  std::chrono::milliseconds tail{60'000};
};

class PersonMeter final : public UsageView {
 public:
  // `memory` is borrowed.
  PersonMeter(PersonId person, VisitRules rules, BoardMemory& memory)
      : person_(person), rules_(rules), memory_(memory), first_(memory.person(person.value)) {}
  ~PersonMeter() override = default;
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
  // At start: bytes that the ledger holds for `day`. More than that on the board are leases of a process that hands
  // over, and stay.
  void seed_bytes(QuotaId quota, std::int32_t day, std::uint64_t bytes) noexcept;

 private:
  using Slot = BoardMemory::Slot;
  [[nodiscard]] Slot* find(QuotaId quota) const noexcept;
  Slot& find_or_add(QuotaId quota) noexcept;

  PersonId person_;
  VisitRules rules_;
  BoardMemory& memory_;
  BoardMemory::Chunk& first_;  // chunks are only ever appended
};

class UsageBoard {
 public:
  explicit UsageBoard(VisitRules rules);  // without memory for it the process ends
  UsageBoard(VisitRules rules, BoardMemory memory);
  ~UsageBoard();
  [[nodiscard]] PersonMeter& person(PersonId id);
  [[nodiscard]] const VisitRules& rules() const noexcept;
  [[nodiscard]] const UniqueFd& memory() const noexcept;  // for BoardMemory::map() in the process that takes over

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace citygate::meter
