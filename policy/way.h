// way.h - what the way to a destination says about it: does it lead around the gateway, or hide where it leads (step 5 of a
// decision).
//
//   closed    a VPN, a proxy and the like by any list; a tunnel to a bare address, or whose first bytes are not TLS or name
//             nobody: no list can speak about what is in it
//   opened    the same where the city itself named the destination: a host or range of [[sanctioned]], until its end; for
//             what merely hides, one of [hosts] or of `private` as well
// A request by number that is no tunnel shows all that it is for: whether that may be is a rule's to say.
// Thread    any. Cost: a search among sanctioned names and ranges where something speaks against the way; no allocation.
#pragma once

#include "policy/compiled.h"
#include "policy/verdict.h"

namespace citygate::policy {

struct Way {
  CategorySet closed;                // that speak against it; may be empty where the taxonomy has no word for that
  CategorySet opened;                // that no rule closes again
  bool hidden = false;               // where it leads
  WallTime until = WallTime::max();  // when a service is no longer sanctioned

  [[nodiscard]] bool refused() const noexcept { return hidden || !closed.empty(); }
};

// facts.target is not null.
[[nodiscard]] Way way_of(const Facts& facts, const Rulebook::Impl& rules) noexcept;

}  // namespace citygate::policy
