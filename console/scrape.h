// scrape.h - the one question in HTTP that control.sock answers: GET /metrics, for collectors that speak nothing else.
//
//   curl --unix-socket STATE/control.sock http://localhost/metrics
//
// One answer, then the server closes. No other path, no other method, no body, no keep-alive: whoever may open the
// socket may do more with a command.
#pragma once

#include <string>
#include <string_view>

#include "console/operator.h"
#include "console/unix_socket.h"

namespace citygate::console {

// Whether a first line is no JSON but an HTTP/1 request line.
[[nodiscard]] bool is_scrape(std::string_view line);

// Reads the rest of the head, so that closing does not reset the answer, and gives what to write: whole, without its
// last line feed.
[[nodiscard]] std::string answer_scrape(std::string_view request_line, LineReader& reader, const Operator& op);

}  // namespace citygate::console
