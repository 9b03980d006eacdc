// protocol.h - what is said over control.sock: one request, then lines of answer, all JSON, one object a line.
//
//   client   {"command": "report", "args": {"department": "police", "from": "2026-11-21"}}
//   server   {"progress": "compiling image 7f..."}         of commands that last; any number, before the answer
//            {"out": "Department  Police Department (police)"}
//            {"err": "..."}
//            {"exit": 0}                                  always the last; then the server closes
//
// Arguments are texts; numbers and true/false are taken too, as their text. nlohmann/json stays behind protocol.cc.
// Errors    Malformed, with what would be right.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace citygate::console {

inline constexpr std::size_t kMaxRequestBytes = 64 * 1024;

using Arguments = std::map<std::string, std::string, std::less<>>;

struct Request {
  std::string command;  // "records search"
  Arguments args;
};

struct Reply {
  enum class Kind : std::uint8_t { Out, Err, Progress, Exit };
  Kind kind = Kind::Out;
  std::string text;  // all but Exit: a line, or several, without the last line feed
  int exit = 0;
};

// Without the line feed that ends them. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string encode(const Request& request);
[[nodiscard]] std::string encode(const Reply& reply);
[[nodiscard]] Result<Request> parse_request(std::string_view line);
[[nodiscard]] Result<Reply> parse_reply(std::string_view line);

}  // namespace citygate::console
