// regularity.h - do these moments come like clockwork? Three equal intervals in a row say so: a machine asks, not a
// person.
//
// Equal means within 10 % or two seconds, whichever is more. Value type; O(1); no allocation.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace citygate::meter {

struct Regularity {
  static constexpr std::uint32_t kMachine = 3;

  WallTime last{};
  std::chrono::microseconds interval{0};
  std::uint32_t equal = 0;  // intervals in a row that are equal to the one before, the first one counts
  bool any = false;

  // Takes the next moment; true when it completes or continues a regular row. A moment before the last one says
  // nothing.
  bool next(WallTime moment) noexcept {
    if (any && moment < last) return false;
    if (any) {
      const auto now = moment - last;
      const auto slack = std::max<std::chrono::microseconds>(std::chrono::seconds(2), interval / 10);
      equal = equal != 0 && now - interval <= slack && interval - now <= slack ? std::min(equal + 1, kMachine) : 1;
      interval = now;
    }
    any = true;
    last = moment;
    return equal >= kMachine;
  }
};

}  // namespace citygate::meter
