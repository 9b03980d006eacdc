// fatal_alerts.h - what is said to a client that has said hello and is to go: it understands nothing else.
//
// Whole records in the clear (RFC 8446 section 6): nothing has been agreed on yet.
#pragma once

#include <string_view>

namespace citygate::proxy {

inline constexpr std::string_view kAccessDenied("\x15\x03\x01\x00\x02\x02\x31", 7);
inline constexpr std::string_view kInternalError("\x15\x03\x01\x00\x02\x02\x50", 7);

}  // namespace citygate::proxy
