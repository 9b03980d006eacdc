// dns_message.h - the one thing that c-ares does not read from a DNS reply: how long a "no" may be kept.
//
// RFC 2308 section 5: the lesser of the TTL and the MINIMUM field of the SOA record in the authority section.
// Thread: any; a pure function of hostile bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>

namespace citygate::proxy {

// Nothing when the reply carries no SOA, or cannot be read: then the "no" should not be kept for long.
[[nodiscard]] std::optional<std::chrono::seconds> negative_ttl(std::span<const std::uint8_t> reply);

}  // namespace citygate::proxy
