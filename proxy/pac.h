// pac.h - the proxy auto-configuration file: a function in JavaScript by which a browser finds its gateway.
//
// Written in the language of 1999 (ECMAScript 3), which every system's resolver still reads, and without look-ups: a
// name that had to be resolved first would hold up each page. Served as /proxy.pac and, for browsers that search for it
// (WPAD), as /wpad.dat. Thread    any; pure functions of what is passed. Cost: some microseconds, once per browser and
// hour.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proxy/local_service.h"
#include "proxy/pac_config.h"

namespace citygate::proxy {

// One entry of pac.proxies, as the file says it: "PROXY host:port" or "HTTPS host:port". Malformed, with what is wrong.
[[nodiscard]] Result<std::string> pac_proxy(std::string_view entry);
// Every entry of pac.proxies and pac.direct that cannot be used: key, then what is wrong with it.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string>> check_pac(const PacConfig& config);

// The file. `own`: how the browser has reached this gateway, for a configuration that names no proxies.
[[nodiscard]] std::string pac_file(const PacConfig& config, std::string_view own);

class PacService final : public LocalService {
 public:
  explicit PacService(const PacConfig& config) : config_(config) {}  // borrowed; has been checked
  [[nodiscard]] std::optional<LocalAnswer> answer(const LocalRequest& request) const override;

 private:
  const PacConfig& config_;
};

}  // namespace citygate::proxy
