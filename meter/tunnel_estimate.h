// tunnel_estimate.h - attended stretches of a tunnel nobody can look into, from its shape alone.
//
//   page visit    a burst from the client (>= 300 bytes) that a much larger one answers (>= 16 KiB and 8 times as much)
//   media         >= 192 KiB to the client in each of three 10-second windows in a row, and on while that lasts
//   not attended  keep-alives, beacons, handshakes (small), and bursts that come at equal intervals (polling)
//
// Minutes found so are marked `estimated`. A burst ends after two seconds of silence.
// Owner     the tunnel. Thread: its worker. Cost: O(1) per call, no allocation.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "meter/regularity.h"

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
  void touch(WallTime now) noexcept;  // begins a new burst after silence
  void attend(WallTime from, WallTime until) noexcept;
  void flow(WallTime now, std::uint64_t bytes) noexcept;

  WallTime last_traffic_{};
  WallTime burst_start_{};
  std::uint64_t burst_up_ = 0, burst_down_ = 0;
  bool burst_counted_ = true;
  Regularity bursts_;  // of bursts as large as a page's

  // The steady flow: when it began, the window that fills, how many before it were full.
  WallTime flow_start_{}, window_start_{};
  std::uint64_t window_bytes_ = 0;
  std::uint32_t full_windows_ = 0;

  Stretch stretch_;
};

}  // namespace citygate::meter
