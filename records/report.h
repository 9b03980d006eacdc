// report.h - the usage of one department over some days: what its head is shown. Numbers only; console/ prints them.
#pragma once

#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "records/store.h"

namespace citygate::records {

// Totals over people; `people` counts each once.
struct UsageTotals {
  std::uint64_t people = 0, requests = 0, from_client_bytes = 0, to_client_bytes = 0, streaming_bytes = 0, attempts = 0;
  std::chrono::milliseconds attended{0};            // of all methods
  std::chrono::milliseconds attended_estimated{0};  // the part of it that rests on the shape of tunnels
};

struct DepartmentReport {
  DepartmentId department;
  std::int32_t from_day = 0, to_day = 0;  // both included
  UsageTotals total;
  struct Row {
    std::int32_t day;
    CategoryId category;  // 0: uncategorised
    UsageTotals totals;
  };
  std::vector<Row> rows;  // by day, then category
  std::uint64_t sealed_exchanges = 0;
  // More attended minutes on one day than `threshold`: how many people on any day, and on how many days of one person.
  std::chrono::milliseconds threshold{0};  // 0: none is set, and nothing counted
  std::uint64_t people_above = 0, days_above = 0;
};

[[nodiscard]] Result<DepartmentReport> build_report(const Store& store, DepartmentId department, std::int32_t from_day,
                                                    std::int32_t to_day,
                                                    std::chrono::milliseconds threshold = std::chrono::milliseconds(0));

}  // namespace citygate::records
