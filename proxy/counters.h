// counters.h - what a worker counts. Written by its own thread, read by any.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace citygate::proxy {

// Name and value, in a fixed order.
using CounterValues = std::vector<std::pair<std::string_view, std::uint64_t>>;

// One writer, so a plain load and store does; no locked instruction.
class Counter {
 public:
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void sub(std::uint64_t n = 1) noexcept { add(~n + 1); }
  [[nodiscard]] std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct Counters {
  Counter connections_open, connections_total, exchanges_total, tunnels_open, tunnels_total;
  Counter refused_total, cut_total, authentication_asked_total, bad_requests_total;
  Counter origin_connects_total, origin_reuses_total, origin_retries_total, origin_failures_total;
  Counter header_timeouts_total, client_gone_total, spool_full_total, overload_refusals_total;
  Counter from_client_bytes_total, to_client_bytes_total;
  Counter accept_pauses_total;

  [[nodiscard]] CounterValues values() const {
    return {{"connections_open", connections_open.get()},
            {"connections_total", connections_total.get()},
            {"exchanges_total", exchanges_total.get()},
            {"tunnels_open", tunnels_open.get()},
            {"tunnels_total", tunnels_total.get()},
            {"refused_total", refused_total.get()},
            {"cut_total", cut_total.get()},
            {"authentication_asked_total", authentication_asked_total.get()},
            {"bad_requests_total", bad_requests_total.get()},
            {"origin_connects_total", origin_connects_total.get()},
            {"origin_reuses_total", origin_reuses_total.get()},
            {"origin_retries_total", origin_retries_total.get()},
            {"origin_failures_total", origin_failures_total.get()},
            {"header_timeouts_total", header_timeouts_total.get()},
            {"client_gone_total", client_gone_total.get()},
            {"spool_full_total", spool_full_total.get()},
            {"overload_refusals_total", overload_refusals_total.get()},
            {"from_client_bytes_total", from_client_bytes_total.get()},
            {"to_client_bytes_total", to_client_bytes_total.get()},
            {"accept_pauses_total", accept_pauses_total.get()}};
  }
};

}  // namespace citygate::proxy
