// sanctioned.h - services of the city's own that circumvention rules must not hit: its VPN, remote access, resolvers.
//
//   [[sanctioned]]
//   title = "Remote access of the water works"
//   hosts = ["vpn.city.example", "203.0.113.7", "203.0.113.64/28"]   # a name stands for what is below it, too
//   owner = "IT Director"
//   until = 2027-06-30                       # the first day on which it no longer holds; local midnight. Required.
//   clause = "S4(3.5-13)"
//
// It opens circumvention categories there and nothing else. It lapses by itself: a file with a lapsed one is well.
#pragma once

#include <string>
#include <vector>

#include "base/address.h"
#include "base/clock.h"

namespace citygate::policy {

struct SanctionedService {
  std::string title, owner, clause;
  std::vector<std::string> names;  // canonical
  std::vector<Cidr> ranges;
  WallTime until{};
  int line = 0;
};

}  // namespace citygate::policy
