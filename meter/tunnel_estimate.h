// tunnel_estimate.h - attended stretches of a tunnel nobody can look into, from its shape alone.
//
// A page visit shows as a request burst from the client answered by a much larger burst from the origin; keep-alives,
// beacons and polling are small or regular; media shows as a steady flow. Minutes found so are marked `estimated`.
// Owner     the tunnel. Thread: its worker. Cost: O(1) per call, no allocation.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace citygate::meter {

class TunnelEstimate {
 public:
  // Payload that passed; calls come in time order.
  void from_client(WallTime now, std::uint64_t bytes) noexcept;
  void to_client(WallTime now, std::uint64_t bytes) noexcept;

  struct Stretch {
    bool any = false;
    WallTime from{}, until{};  // until == from for a single action
  };
  // What was attended since the last call, for the record of a slice that ends at `now`.
  [[nodiscard]] Stretch take(WallTime now) noexcept;

 private:
  WallTime burst_start_{};
  std::uint64_t burst_up_ = 0, burst_down_ = 0;
  bool burst_counted_ = false;
  WallTime last_action_{}, previous_interval_{};
  Stretch stretch_;
};

}  // namespace citygate::meter
