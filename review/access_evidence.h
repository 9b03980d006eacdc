// access_evidence.h - what became of the orders about a person's access: the acts, and what the records say of each.
//
// S1(o), S2(R): that access has ended is shown by when it was ordered, when the last byte passed and what was tried
// afterwards. A record names the order it was refused or cut by, so nothing is guessed from times.
// Thread    any. Cost: one scan of the acts, and one of the person's records from the first order on.
#pragma once

#include <vector>

#include "base/act.h"
#include "base/name_source.h"
#include "base/record.h"
#include "records/store.h"

namespace citygate::review {

struct AccessOrder {
  Act act;          // suspend, separate or reinstate
  WallTime from{};  // of a reinstatement: its own time
  WallTime until = WallTime::max();
  // By the records. Sealed exchanges are not among them.
  std::uint64_t cut = 0;       // exchanges that ran and were ended
  WallTime last_byte{};        // when the last of them was; 0: nothing was cut
  std::uint64_t refused = 0;   // later requests
  std::uint64_t attempts = 0;  // of them, a person's actions
  WallTime first_refused{}, last_refused{};
};

// In the order in which they were given.
[[nodiscard]] Result<std::vector<AccessOrder>> access_orders(const ActJournal& acts, const records::Store& store,
                                                             const NameSource& names, std::string_view person);

}  // namespace citygate::review
