// usage.h - how much a person has used of a quota today, and who can say so.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"
#include "base/ids.h"

namespace citygate {

struct Usage {
  std::chrono::milliseconds attended{0};
  std::uint64_t streaming_bytes = 0;
  friend constexpr bool operator==(const Usage&, const Usage&) = default;
};

// One person's usage of today, read by policy while it decides. Implemented by meter/, and by tables in tests.
class UsageView {
 public:
  virtual ~UsageView() = default;
  // `day` counts local days from 1970-01-01, `now` lets a running visit count up to its tail.
  [[nodiscard]] virtual Usage used(QuotaId quota, std::int32_t day, WallTime now) const noexcept = 0;
};

// What a verdict charges an exchange with. No quota and no flag: nothing.
struct Charge {
  QuotaId quota;          // may be none: time is then kept for reports alone
  CategoryId category;
  bool minutes = false;   // attended actions of this exchange count as personal time
  bool bytes = false;     // bytes to the client count as streaming
  friend constexpr bool operator==(const Charge&, const Charge&) = default;
};

}  // namespace citygate
