// via.h - what Via says of us, and whether a request has passed us before (RFC 9110 sections 7.6.2 and 7.6.3).
//
// A pseudonym is the gateway's name with a number of this process behind it: gateways of one name may stand in a chain,
// and a name that leads back to the gateway is then told from one that leads to another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "proxy/http/message.h"

namespace citygate::proxy {

// "1.1 citygate-5f3a9c01": the same for all workers of a process, another after each start.
[[nodiscard]] std::string via_of(std::string_view gateway_name);
// Whether a Via field of `request` names `via`. One comparison a member; heads without Via cost nothing more.
[[nodiscard]] bool has_passed(const MessageHead& request, std::string_view via);
// How many more proxies an OPTIONS request may pass, if it says so. Malformed: it says nothing that can be understood.
[[nodiscard]] Result<std::optional<std::uint64_t>> max_forwards(const MessageHead& request);

}  // namespace citygate::proxy
