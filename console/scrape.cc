#include "console/scrape.h"

#include <fmt/format.h>

#include "console/metrics.h"

namespace citygate::console {
namespace {

constexpr int kMaxFields = 100;

std::string answer(std::string_view status, std::string_view type, std::string_view body) {
  return fmt::format("HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", status,
                     type, body.size(), body.substr(0, body.size() - 1));
}

std::string refusal(std::string_view status, std::string_view text) { return answer(status, "text/plain", text); }

std::string_view word(std::string_view& rest) {
  const auto end = std::min(rest.find(' '), rest.size());
  const auto out = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return out;
}

}  // namespace

bool is_scrape(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return !line.starts_with('{') && (line.ends_with(" HTTP/1.1") || line.ends_with(" HTTP/1.0"));
}

std::string answer_scrape(std::string_view request_line, LineReader& reader, const Operator& op) {
  int fields = 0;
  for (;; ++fields) {
    const auto line = reader.next();
    if (!line || line->empty() || *line == "\r") break;
    if (fields == kMaxFields) return refusal("431 Request Header Fields Too Large", "too many header fields\n");
  }
  const auto method = word(request_line);
  auto path = word(request_line);
  path = path.substr(0, path.find('?'));
  if (method != "GET") return refusal("405 Method Not Allowed\r\nAllow: GET", "only GET is answered here\n");
  if (path != "/metrics") return refusal("404 Not Found", "only /metrics is here\n");
  const auto metrics = op.metrics();
  if (!metrics) return refusal("503 Service Unavailable", metrics.error().context + "\n");
  return answer("200 OK", "text/plain; version=0.0.4; charset=utf-8", metrics_text(*metrics));
}

}  // namespace citygate::console
