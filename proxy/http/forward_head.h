// forward_head.h - the head that goes on to the other side.
//
// Removed: hop-by-hop fields and all that Connection names (RFC 9110 section 7.6.1), Proxy-* credentials, Forwarded and
// X-Forwarded-For (they would carry internal addresses out: clause S4(3.5-3)), X-Forwarded-Host and its kin (an origin
// that believes them would answer for a target that nobody decided about). Via is added (section 7.6.3). Everything
// else passes byte for byte and in order.
// Cost      one pass; appends to a buffer that keeps its capacity.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/target.h"
#include "proxy/http/message.h"

namespace citygate::proxy {

struct ForwardedRequest {
  std::string_view origin_form;            // "/path?query" as the client sent it; "*" for OPTIONS
  std::string_view host_field;             // what Host must say, from the request target (RFC 9112 section 3.2.2)
  std::string_view via;                    // our pseudonym: "1.1 citygate-5f3a9c01"
  std::string_view upgrade = {};           // what Upgrade may say (upgrade.h)
  std::string_view youtube_restrict = {};  // the field of that name, in the place of the client's; empty: none of ours
  std::optional<std::uint64_t> max_forwards = {};  // what Max-Forwards must say, where there is one
};
void append_request_head(const MessageHead& request, const ForwardedRequest& as, std::string& out);

enum class ConnectionField : std::uint8_t { None, Close, KeepAlive };  // KeepAlive: for HTTP/1.0 clients
struct ForwardedResponse {
  Framing framing;  // towards the client: Chunked becomes UntilClose for HTTP/1.0
  std::uint64_t content_length = 0;
  ConnectionField connection = ConnectionField::None;
  std::string_view via;
  // 101: Upgrade passes as the origin wrote it, and Connection names it.
  enum class Upgrade : std::uint8_t { Stays, Passes } upgrade = Upgrade::Stays;
};
// Status lines go out as HTTP/1.1 (RFC 9110 section 2.5); the reason phrase is the origin's.
void append_response_head(const MessageHead& response, const ForwardedResponse& as, std::string& out);

// "1a2b\r\n": what stands before a chunk of `bytes`. Returns the length written into `out` (at most 18).
[[nodiscard]] std::size_t chunk_prefix(std::uint64_t bytes, char (&out)[20]);
// "0\r\n" trailers "\r\n", with hop-by-hop and framing fields left out of the trailers (RFC 9110 section 6.5.1).
void append_last_chunk(const std::vector<Field>& trailers, std::string& out);

// Splits an absolute-form request target ("http://host/path?q") into the origin-form the client meant: "/path?q", "/"
// when it is empty ("/?q" for "http://host?q"), "*" for OPTIONS without a path. Views into the target where it can;
// else into `scratch`.
[[nodiscard]] std::string_view origin_form(std::string_view absolute_target, Method method, std::string& scratch);

}  // namespace citygate::proxy
