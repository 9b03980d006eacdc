#include "meter/tunnel_estimate.h"

#include <algorithm>
#include <utility>

namespace citygate::meter {
namespace {

constexpr std::chrono::seconds kSilence{2};
constexpr std::uint64_t kPageUp = 300, kPageDown = 16 << 10, kPageRatio = 8;
constexpr std::chrono::seconds kWindow{10};
constexpr std::uint64_t kWindowBytes = 192 << 10;  // 157 kbit/s: below the poorest video, above chat and polling
constexpr std::uint32_t kMediaWindows = 3;

}  // namespace

void TunnelEstimate::touch(WallTime now) noexcept {
  if (now - last_traffic_ > kSilence) {
    burst_start_ = now;
    burst_up_ = burst_down_ = 0;
    burst_counted_ = false;
  }
  last_traffic_ = now;
}

void TunnelEstimate::attend(WallTime from, WallTime until) noexcept {
  if (!stretch_.any) {
    stretch_ = {.any = true, .from = from, .until = until};
    return;
  }
  if (from < stretch_.from) stretch_.from = from;
  if (until > stretch_.until) stretch_.until = until;
}

void TunnelEstimate::from_client(WallTime now, std::uint64_t bytes) noexcept {
  touch(now);
  burst_up_ += bytes;
}

void TunnelEstimate::to_client(WallTime now, std::uint64_t bytes) noexcept {
  touch(now);
  burst_down_ += bytes;
  flow(now, bytes);
  if (burst_counted_ || burst_up_ < kPageUp || burst_down_ < kPageDown || burst_down_ < kPageRatio * burst_up_) return;
  burst_counted_ = true;
  if (!bursts_.next(burst_start_)) attend(burst_start_, burst_start_);
}

void TunnelEstimate::flow(WallTime now, std::uint64_t bytes) noexcept {
  if (full_windows_ == 0 && window_bytes_ == 0) flow_start_ = window_start_ = now;
  if (now - window_start_ >= kWindow) {
    // A window without its share, or one with nothing at all in it, ends the flow.
    const bool steady = window_bytes_ >= kWindowBytes && now - window_start_ < 2 * kWindow;
    full_windows_ = steady ? full_windows_ + 1 : 0;
    if (!steady) flow_start_ = now;
    const WallTime began = std::exchange(window_start_, now);
    window_bytes_ = 0;
    // Media is known as such only after three windows: its beginning is then counted too, once.
    if (full_windows_ == kMediaWindows) attend(flow_start_, now);
    if (full_windows_ > kMediaWindows) attend(began, now);
  }
  window_bytes_ += bytes;
}

TunnelEstimate::Stretch TunnelEstimate::take(WallTime now) noexcept {
  // A window of running media that is not over yet.
  if (full_windows_ >= kMediaWindows && now - last_traffic_ < kWindow)
    attend(window_start_, std::min(now, last_traffic_));
  const Stretch out = stretch_;
  stretch_ = {};
  return out;
}

}  // namespace citygate::meter
