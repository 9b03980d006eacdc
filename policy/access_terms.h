// access_terms.h - three short tables: who may see what a person did, devices that are not the city's, and what counts as
// excessive.
//
//   [records]
//   persons = "line"                  # who may see what a named person did: those above the person, at any time;
//   persons = "designated"            # holders of the roles in `designated`; or
//   persons = "grant"                 # nobody but who has a record-access grant for it; that gives the right with the others, too
//   designated = ["city-manager", "mayor"]
//   clause = "S2(E)"
//
//   [personal_devices]
//   action = "allow"                  # or "block": only with a grant of kind personal-device
//   windows = ["off-duty"]            # with allow: only then, else by grant
//   city_networks = ["10.0.0.0/8"]    # an address outside of these that belongs to nobody is a personal device
//   clause = "S3(C20)"
//   [department.personal_devices]     # action and windows, no looser
//
//   [excessive]
//   minutes_per_day = 60              # of personal use; more is shown in reports. Opens and closes nothing.
//   clause = "S0(H)"
//   [department.excessive]            # what its head takes for excessive: more or less
//
// Immutable once read. Thread: any.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/address.h"

namespace citygate::policy {

struct RecordAccess {
  enum class Who : std::uint8_t { Line, Designated, Grant };
  Who persons = Who::Grant;
  std::vector<std::string> designated;  // roles
  std::string clause;
};

struct PersonalDevices {
  bool allowed = true;
  std::vector<std::uint16_t> windows;  // indexes; with `allowed`: only then. Empty: always
  std::vector<Cidr> city_networks;
  std::string clause;

  [[nodiscard]] bool in_city_network(const IpAddress& address) const noexcept {
    for (const auto& range : city_networks)
      if (range.contains(address)) return true;
    return false;
  }
};

struct Excessive {
  std::chrono::minutes per_day{0};
  std::string clause;
};

}  // namespace citygate::policy
