// lifts.h - what the grants of a person lift of the categories found (steps 3 and 6 of a decision).
//
//   law-enforcement    prohibited categories; seals
//   exemption          blocked and held ones, but none that lead around the gateway
//   streaming-permit   what is said against streaming: blocked, its hours, its quota
//   business-use       personal ones: neither limited nor counted
// A grant for a host lifts there and below it, and in a tunnel only if the name in its first bytes lies there as well.
// Nothing here touches a threat or a way around the gateway: those are refused before, whatever is lifted.
// Thread    any. Cost: O(grants of the person), no allocation.
#pragma once

#include "policy/compiled.h"
#include "policy/grants/grant_book.h"
#include "policy/verdict.h"

namespace citygate::policy {

struct SealedLifts {
  CategorySet categories;
  GrantId grant;                     // the first of them; 0: none
  WallTime until = WallTime::max();  // the first end of them
};
[[nodiscard]] SealedLifts sealed_lifts(const Facts& facts, const Layer& layer, const GrantBook& grants) noexcept;

struct Lifts {
  CategorySet exempt, streams, business;
  GrantId grant;                     // the first that lifts something; 0: none
  WallTime until = WallTime::max();  // the first end of those that lift something

  [[nodiscard]] CategorySet all() const noexcept { return exempt | streams | business; }
};
[[nodiscard]] Lifts lifts(const Facts& facts, const Rulebook::Impl& rules, const Layer& layer,
                          const GrantBook& grants) noexcept;

// A live grant for the device that is not the city's: for the one at that address, or for whichever it is. Null: none.
[[nodiscard]] const Grant* device_grant(const Facts& facts, const GrantBook& grants) noexcept;

}  // namespace citygate::policy
