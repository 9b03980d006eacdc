// records_config.h - settings of the recorder, and of the meter that it drives.
#pragma once

#include "base/config.h"

namespace citygate::records {

struct RecordsConfig {
  std::int64_t spool_bytes = std::int64_t{16} << 20;
  std::chrono::milliseconds sync_interval{1000};
  std::chrono::milliseconds drain_interval{50};
  std::chrono::milliseconds visit_pause{180'000};
  std::chrono::milliseconds visit_tail{60'000};
  std::uint64_t checkpoint_records = 1'000'000;  // not a setting: tests make it small
};

inline constexpr std::tuple kRecordsFields{
    field("records.spool_bytes", &RecordsConfig::spool_bytes, between<std::int64_t>(1 << 20, std::int64_t{4} << 30),
          Reload::Restart,
          "Size of each worker's spool file, where records wait for the store; fully allocated at start."),
    field("records.sync_interval", &RecordsConfig::sync_interval,
          between(std::chrono::milliseconds(10), std::chrono::milliseconds(60'000)), Reload::Restart,
          "Longest time whose records a power cut can take; a killed process loses none."),
    field(
        "records.drain_interval", &RecordsConfig::drain_interval,
        between(std::chrono::milliseconds(1), std::chrono::milliseconds(1000)), Reload::Restart,
        "How often spooled records are folded into the usage that decisions see; they are written to the store by the "
        "thousand, at the latest after sync_interval."),
    field("records.visit_pause", &RecordsConfig::visit_pause,
          between(std::chrono::milliseconds(1000), std::chrono::milliseconds(3'600'000)), Reload::Restart,
          "Attended actions no further apart than this belong to one visit; the gap counts as attended."),
    field("records.visit_tail", &RecordsConfig::visit_tail,
          between(std::chrono::milliseconds(0), std::chrono::milliseconds(3'600'000)), Reload::Restart,
          "Attended time that a visit goes on counting after its last attended action."),
};

}  // namespace citygate::records
