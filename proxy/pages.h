// pages.h - what the gateway itself says to a client: refusals with their reasons, warnings, errors, the password
// prompt.
//
// Plain HTML without outside resources or scripts, readable by a screen reader and in a text browser. The same
// sentences stand in the Proxy-Status field (RFC 9209), which is all that a program sees of a refused CONNECT. Thread
// the worker's loop; pure functions of what is passed. Cost: a few microseconds; only for what is not carried.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/name_source.h"
#include "proxy/desk.h"
#include "proxy/http/streams.h"
#include "proxy/proxy_config.h"

namespace citygate::proxy {

struct PageContext {
  const ProxyConfig& config;
  const NameSource& names;
  const Desk& desk;
};

// 403 for verdicts that refuse. `record` is the id that explain takes.
[[nodiscard]] LocalAnswer refusal_page(const PageContext& context, const Case& about, RecordId record);
// 403 with a link that goes on: `continue_url` leads to the same place and carries the token.
[[nodiscard]] LocalAnswer warning_page(const PageContext& context, const Case& about, std::string_view continue_url);
// 403 for what is held until somebody has agreed to it; `link` leads to where that can be asked for, "" to nowhere.
[[nodiscard]] LocalAnswer held_page(const PageContext& context, const Case& about, RecordId record,
                                    std::string_view link);
// 407 with a Basic challenge; `wrong`: a name and password came, and were wrong.
enum class SignIn : std::uint8_t { Missing, Wrong };
[[nodiscard]] LocalAnswer sign_in_page(const PageContext& context, SignIn why);
// For who has something to do on the portal first: 302 leads there, 511 and the 403 of a CONNECT say so. `link` is an
// address on the portal.
[[nodiscard]] LocalAnswer portal_page(const PageContext& context, const Case& about, std::uint16_t status,
                                      std::string_view link);
// Anything else that is not the policy's word: 400, 408, 414, 429, 431, 501, 502, 503, 504, 505.
[[nodiscard]] LocalAnswer error_page(const PageContext& context, std::uint16_t status, Reason reason,
                                     std::chrono::seconds retry_after = std::chrono::seconds(5));
// 400 for a request that names no host: whoever sent it has not been told that this is a proxy.
[[nodiscard]] LocalAnswer no_web_server_page(const PageContext& context);
// 303 to the clean URL, after a warning was read.
[[nodiscard]] LocalAnswer redirect_page(std::string_view url);

[[nodiscard]] std::string escape_html(std::string_view text);
[[nodiscard]] std::string_view reason_phrase(std::uint16_t status);

}  // namespace citygate::proxy
