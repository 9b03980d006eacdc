// http_message.h - one request to the portal and its answer, without the server that carries them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/result.h"

namespace citygate::console {

using Fields = std::map<std::string, std::string, std::less<>>;  // decoded; of a repeated one the first

struct HttpRequest {
  enum class Method : std::uint8_t { Get, Head, Post, Other };
  Method method = Method::Other;
  std::string path;        // decoded, begins with '/'
  std::string host;        // the Host field
  std::string user_agent;  // for the log of sign-ins alone
  Fields query, form, cookies;
  SocketAddress client;

  // "" where there is none.
  [[nodiscard]] static std::string_view of(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string_view() : std::string_view(found->second);
  }
  [[nodiscard]] std::string_view asked(std::string_view name) const { return of(query, name); }
  [[nodiscard]] std::string_view said(std::string_view name) const { return of(form, name); }
};

struct HttpAnswer {
  std::uint16_t status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Instead of the body: `stream_bytes` of them, read piece by piece as they are sent. An error ends the connection.
  std::function<Result<std::size_t>(std::span<char>)> stream{};
  std::uint64_t stream_bytes = 0;
};

// Answers each request once, at once or later, from any thread.
using HttpReply = std::move_only_function<void(HttpAnswer)>;
using HttpHandler = std::function<void(const HttpRequest&, HttpReply)>;

// "a=1&b=x+y" (application/x-www-form-urlencoded, WHATWG URL section 5.1). At most 64 fields; further ones are left out.
[[nodiscard]] Fields parse_form(std::string_view text);

}  // namespace citygate::console
