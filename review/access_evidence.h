// access_evidence.h - what became of the orders about a person's access: the acts, and what the records say of each.
//
// S2(Q), S3(C18): that access has ended is shown by when it was ordered, when the last byte passed and what was tried
// afterwards. A record names the order it was refused or cut by, so nothing is guessed from times.
// Thread    any. Cost: access_orders: one scan of the acts. add_evidence: one of the records of the time in which the orders
//           held, seven million a second: of a separation years ago that is all since then.
#pragma once

#include <functional>
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

// In the order in which they were given, without what the records say.
[[nodiscard]] Result<std::vector<AccessOrder>> access_orders(const ActJournal& acts, std::string_view person);

struct Evidence {
  const records::Store& store;
  const NameSource& names;
  PersonId person;
  std::function<bool()> ended;  // nobody waits for it any more
};
[[nodiscard]] Result<void> add_evidence(std::vector<AccessOrder>& orders, const Evidence& from);

}  // namespace citygate::review
