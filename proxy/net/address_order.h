// address_order.h - in which order the addresses of a name are tried.
//
// RFC 6724 as far as the kernel's routes tell, families in turn (RFC 8305 section 4): IPv6 first where there is a route
// to it whose source address is of the same reach, else IPv4 first and IPv6 last.
#pragma once

#include <span>
#include <vector>

#include "base/address.h"

namespace citygate::proxy {

enum class Preferred : std::uint8_t { V6, V4 };

[[nodiscard]] std::vector<IpAddress> in_order(std::span<const IpAddress> v6, std::span<const IpAddress> v4,
                                              Preferred preferred);

// Asks the kernel for its route to `v6`; no packet is sent. Three system calls.
[[nodiscard]] Preferred preferred_family(const IpAddress& v6);

}  // namespace citygate::proxy
