// standing.h - what orders and acknowledgements say about each person: may he use the web at all, which text has he read.
//
//   acts ──fold (registrar)──▶ StandingTable ──one look-up a decision──▶ Facts::standing
//
// Immutable; a new table shares all but one block with the one before, so an acknowledgement costs a copy of one block
// whatever the city's size. A person without acts has no entry: not suspended, and has acknowledged nothing.
// Thread    any. Cost: of() two loads, no allocation; with() one block of 256 entries.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/vocabulary.h"

namespace citygate::policy {

struct Standing {
  // An order that stops access in [from, until). Of several the last.
  Reason barred = Reason::Work;  // Work: by no order
  // The suspension held, or access was ended, from the moment of the act: no clock that is put back lifts it.
  bool barred_at_once = false, ended_at_once = false;
  GrantId order;  // interned by "suspend/<number of the act>"
  WallTime barred_from = WallTime::max(), barred_until = WallTime::max();
  // What ends it for good: a separation, which runs beside any suspension, or a guest's term.
  WallTime ends = WallTime::max();
  GrantId ended_by;  // "separate/<number of the act>"; 0: the guest's term

  TextVersion acknowledged;  // the last text acknowledged
  WallTime acknowledged_at{};
  TextVersion access_agreement;  // likewise, the agreement of those who may see what others did
  WallTime access_agreed_at{};

  [[nodiscard]] bool barred_at(WallTime now) const noexcept {
    return barred != Reason::Work && (barred_at_once || barred_from <= now) && now < barred_until;
  }
  [[nodiscard]] bool ended_at(WallTime now) const noexcept { return ended_at_once || ends <= now; }
  // By either: nothing is open to this person, who signs nothing.
  [[nodiscard]] bool closed_at(WallTime now) const noexcept { return barred_at(now) || ended_at(now); }
  // For a look at a moment of the past: by the dates alone.
  [[nodiscard]] Standing as_dated() const noexcept {
    Standing out = *this;
    out.barred_at_once = out.ended_at_once = false;
    return out;
  }
  friend bool operator==(const Standing&, const Standing&) = default;
};

class StandingTable {
 public:
  // Null for a person that no act speaks of.
  [[nodiscard]] const Standing* of(PersonId person) const noexcept {
    const std::size_t block = person.value / kBlock;
    if (block >= blocks_.size() || !blocks_[block]) return nullptr;
    const Entry& entry = (*blocks_[block])[person.value % kBlock];
    return entry.known ? &entry.standing : nullptr;
  }
  // This table with that entry. `person` is not 0.
  [[nodiscard]] StandingTable with(PersonId person, const Standing& standing) const;
  // In place, for who owns it alone: many at a start. Blocks that another table shares are copied first.
  void set(PersonId person, const Standing& standing);

 private:
  static constexpr std::size_t kBlock = 256;
  struct Entry {
    Standing standing;
    bool known = false;
  };
  using Block = std::array<Entry, kBlock>;
  std::vector<std::shared_ptr<Block>> blocks_;  // null: nobody of them is known
};

}  // namespace citygate::policy
