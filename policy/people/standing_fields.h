// standing_fields.h - the names of fields in acts about access. Inside of StandingFold.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "base/act.h"

namespace citygate::policy {

inline constexpr std::string_view kFrom = "from", kUntil = "until", kAt = "at", kText = "text", kMethod = "method",
                                  kAddress = "address";

[[nodiscard]] inline std::span<const std::string_view> standing_fields(ActKind kind) {
  static constexpr std::array kSuspension{kFrom, kUntil};
  static constexpr std::array kSeparation{kAt};
  static constexpr std::array kReceipt{kText, kMethod, kAddress};
  switch (kind) {
    case ActKind::Suspend: return kSuspension;
    case ActKind::Separate: return kSeparation;
    case ActKind::Acknowledge:
    case ActKind::AcknowledgeAccess: return kReceipt;
    default: return {};
  }
}

}  // namespace citygate::policy
