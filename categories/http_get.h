// http_get.h - one GET by HTTP or HTTPS, its body handed on as it comes.
//
// libcurl stays behind http_get.cc.
// Thread    blocks the caller: builders and commands only, never a worker. Any number at once.
// Trust     certificates are verified against the system's authorities, TLS 1.2 at least. Redirects are followed to
//           http and https only, from https to https only; a password in the URL goes to its own host alone. No proxy
//           or password is taken from the environment. Bodies are never decoded: what was signed is what arrives.
// Errors    Timeout, Refused (no connection, not trusted, broken off), Malformed; `retryable` when trying later makes
//           sense. Errors of the sink end the transfer and are returned as they are. Texts begin with the URL, without
//           the password in it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace citygate::categories {

struct HttpLimits {
  std::chrono::milliseconds connect{20'000};
  std::chrono::seconds stalled{60};  // below `stalled_bytes` a second for so long: given up
  std::uint64_t stalled_bytes = 200;
  std::chrono::milliseconds total{30 * 60'000};
  int redirects = 5;
};

struct HttpRequest {
  std::string url;
  std::string proxy;                 // "http://host:port"; "" = none
  std::string user_agent;            // "citygate/0.1.0"
  std::vector<std::string> headers;  // "If-None-Match: ..."
  HttpLimits limits;
  std::function<bool()> cancelled;  // may be empty; asked about once a second and at every block
  // Addresses of a name, where DNS is not to be asked: "name:port:address[,address]". Of redirects as well.
  std::vector<std::string> resolve{};
  // May be empty: every redirect that Trust allows is followed. Else asked before one is, with the whole URL that it
  // leads to: what it returns is added to `resolve`, and its error ends the transfer.
  std::function<Result<std::vector<std::string>>(const std::string& url)> may_follow{};
  // May be empty. False: this address is not connected to, whatever names or redirects lead there.
  std::function<bool(const IpAddress&)> may_connect{};
};

// The head of the answer that counts: neither 1xx, nor a redirect that was followed, nor a proxy's answer to CONNECT.
struct HttpHead {
  int status = 0;
  std::optional<std::uint64_t> content_length;
  bool framed = false;  // a length, chunks or HTTP/2 say where the body ends; else only the end of the connection does
  std::string etag, last_modified, content_range, content_type, content_encoding, content_disposition;
  std::string url;  // where redirects have led
  // Between Last-Modified and Date, where both are given: within a minute the date may name two versions.
  std::optional<std::chrono::seconds> age;
};

class HttpSink {
 public:
  virtual ~HttpSink() = default;
  virtual Result<void> head(const HttpHead& head) = 0;  // once, before the body
  virtual Result<void> bytes(std::string_view block) = 0;
};

// Returns when the body has ended as its framing says. A status of any kind is the sink's to judge.
[[nodiscard]] Result<HttpHead> http_get(const HttpRequest& request, HttpSink& sink);

// A small text, at most `limit_bytes`; any status but 200 is an error.
[[nodiscard]] Result<std::string> http_get_text(const HttpRequest& request, std::size_t limit_bytes);

// What a status other than success says, and what to do: "answered 404 Not Found: is the address right?"
[[nodiscard]] Error status_error(std::string_view url, int status);

}  // namespace citygate::categories
