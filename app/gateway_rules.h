// gateway_rules.h - the packet filter's rules that bring clients' connections to the gateway's redirect and tproxy
// listeners, as text for `nft -f`.
//
//   client ─▶ interface ─▶ prerouting: TCP 80 and 443 to the listener ─▶ gateway
//                      └─▶ forward:    QUIC and what was not captured is rejected, all else passes
//
// Only what comes in by the named interfaces is touched, so never what the gateway itself sends; DNS is left alone.
// Pure. Errors: Malformed, with what would be right: no listener for the mode, a name or range that is none.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "proxy/listen_spec.h"

namespace citygate::app {

struct RulesRequest {
  std::vector<std::string> interfaces{};      // towards the clients
  std::string mode{};                         // "redirect", "tproxy"; "": what the listeners are for
  std::vector<std::string> exempt{};          // destinations that pass by, as ranges
  std::vector<std::string> exempt_clients{};  // clients that pass by
};

[[nodiscard]] Result<std::string> gateway_rules(const RulesRequest& request,
                                                const std::vector<proxy::ListenSpec>& listeners);

}  // namespace citygate::app
