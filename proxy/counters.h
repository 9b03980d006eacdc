// counters.h - what a worker counts. Written by its own thread, read by any.
//
// A counter is a field here and a row in counters.cc; the row names it in `citygate status`, in `citygate metrics` and
// in docs/metrics.md. Labels are of fixed words alone: never a person, a host or a category.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/counter.h"
#include "base/histogram.h"
#include "base/vocabulary.h"

namespace citygate::proxy {

// Name and value, in a fixed order.
using CounterValues = std::vector<std::pair<std::string_view, std::uint64_t>>;

// Exchanges that have ended, by what the last verdict said and by how they ended.
class VerdictCounters {
 public:
  static constexpr std::size_t kRulings = 6, kOutcomes = 7;
  void add(Ruling ruling, Outcome outcome) noexcept { at(ruling, outcome).add(); }
  [[nodiscard]] std::uint64_t get(Ruling ruling, Outcome outcome) const noexcept {
    return counters_[static_cast<std::size_t>(ruling) * kOutcomes + static_cast<std::size_t>(outcome)].get();
  }

 private:
  Counter& at(Ruling ruling, Outcome outcome) noexcept {
    return counters_[static_cast<std::size_t>(ruling) * kOutcomes + static_cast<std::size_t>(outcome)];
  }
  std::array<Counter, kRulings * kOutcomes> counters_;
};

struct Counters {
  Counter connections_open, connections_total, exchanges_total, tunnels_open, tunnels_total;
  Counter refused_total, cut_total, authentication_asked_total, sent_to_portal_total, bad_requests_total;
  Counter elsewhere_total;
  Counter origin_connects_total, origin_reuses_total, origin_retries_total, origin_failures_total;
  Counter origin_waits_total, origin_busy_total, loops_total, parent_failures_total;
  Counter dns_cache_hits_total, dns_lookups_total, dns_failures_total;
  Counter header_timeouts_total, client_gone_total, spool_full_total, overload_refusals_total;
  Counter limited_connections_total, limited_requests_total, limited_passwords_total;
  Counter slow_clients_total, untracked_clients_total;
  Counter from_client_bytes_total, to_client_bytes_total;
  Counter captured_total, names_differ_total, encrypted_hellos_total, silent_clients_total;
  Counter other_server_names_total, safe_names_total;
  Counter accept_pauses_total, memory_pauses_total, descriptor_pauses_total;
  Counter tls_full_handshakes_total, tls_resumed_handshakes_total, tls_failed_handshakes_total;
  Counter local_answers_total, portal_requests_total;
  Counter proxy_headers_total, proxy_headers_refused_total;

  VerdictCounters verdicts;

  // Of the time between two turns of the loop nothing is known: what begins and ends in one turn took nothing here.
  Histogram decision{7};  // 128 ns to 17 s; one exchange in 64, see exchange_times.h
  Histogram dns{13};      // 8 µs to 18 min, as all below
  Histogram origin_connect{13};
  Histogram origin_first_byte{13};
  Histogram exchange{13};
  Histogram tunnel{20};  // 1 ms to 39 h

  [[nodiscard]] CounterValues values() const;
};

// How a counter is shown.
struct CounterRow {
  enum class Kind : std::uint8_t { Total, Gauge };
  std::string_view name;  // in `status`: the field's
  Counter Counters::* counter;
  Kind kind;
  std::string_view family;  // in `metrics`, where it begins with "citygate_"; rows of one stand together
  std::string_view label{}, label_value{};  // what sets it apart in its family; "" where it is alone
  std::string_view help;                    // of the family; its first row's counts
};
[[nodiscard]] std::span<const CounterRow> counter_rows();

struct HistogramRow {
  std::string_view family;
  Histogram Counters::* histogram;
  std::string_view help;
};
[[nodiscard]] std::span<const HistogramRow> histogram_rows();

}  // namespace citygate::proxy
