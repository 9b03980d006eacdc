#include "policy/grants/grant.h"

namespace citygate::policy {

std::string_view to_string(GrantKind kind) {
  switch (kind) {
    case GrantKind::LawEnforcement: return "law-enforcement";
    case GrantKind::Exemption: return "exemption";
    case GrantKind::Streaming: return "streaming-permit";
    case GrantKind::BusinessUse: return "business-use";
    case GrantKind::Download: return "software-download";
    case GrantKind::Guest: return "guest-account";
    case GrantKind::Device: return "personal-device";
    case GrantKind::RecordAccess: return "record-access";
  }
  return "?";
}

std::optional<GrantKind> parse_grant_kind(std::string_view word) {
  for (unsigned value = 0; value <= static_cast<unsigned>(kLastGrantKind); ++value)
    if (word == to_string(static_cast<GrantKind>(value))) return static_cast<GrantKind>(value);
  return std::nullopt;
}

}  // namespace citygate::policy
