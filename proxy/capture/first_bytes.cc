#include "proxy/capture/first_bytes.h"

namespace citygate::proxy {
namespace {

constexpr std::size_t kMaxMethodBytes = 24;
constexpr std::size_t kEmptyLineBytes = 16;  // before a request, as the message reader takes them
constexpr std::string_view kAbsolute = "http";
constexpr std::string_view kHandshakeRecord("\x16\x03", 2);  // of any version of TLS

// A method and the beginning of a target: "GET /", "OPTIONS *", "GET http". Methods are upper case letters with
// hyphens, so that "SSH-2.0" and a mail client's "EHLO x" are none.
FirstBytes::Kind request_line(std::string_view bytes) {
  using enum FirstBytes::Kind;
  std::size_t at = 0;
  while (at < bytes.size() && (bytes[at] == '\r' || bytes[at] == '\n')) ++at;
  if (at > kEmptyLineBytes) return Other;
  const std::size_t method = at;
  while (at < bytes.size() && ((bytes[at] >= 'A' && bytes[at] <= 'Z') || (bytes[at] == '-' && at > method))) ++at;
  if (at - method > kMaxMethodBytes) return Other;
  if (at == bytes.size()) return Undecided;
  if (at == method || bytes[at] != ' ') return Other;
  const std::string_view target = bytes.substr(at + 1, kAbsolute.size());
  if (target.empty()) return Undecided;
  if (target.starts_with('/') || target.starts_with('*')) return Http;
  for (std::size_t i = 0; i < target.size(); ++i)
    if ((target[i] | 0x20) != kAbsolute[i]) return Other;
  return target.size() == kAbsolute.size() ? Http : Undecided;
}

}  // namespace

bool FirstBytes::begins_as_tls(std::string_view bytes) {
  return !bytes.empty() && kHandshakeRecord.starts_with(bytes.substr(0, kHandshakeRecord.size()));
}

FirstBytes::Kind FirstBytes::look(std::string_view bytes) {
  if (bytes.empty()) return Kind::Undecided;
  if (http_) {
    const Kind kind = request_line(bytes);
    if (kind == Kind::Http) return kind;
    http_ = kind == Kind::Undecided;
  }
  if (tls_) {
    const auto status = parser_.look(bytes);
    if (status == ClientHelloParser::Status::Complete) return Kind::Tls;
    if (status == ClientHelloParser::Status::NotTls && begins_as_tls(bytes)) return Kind::BrokenTls;
    tls_ = status == ClientHelloParser::Status::NeedMore;
  }
  return http_ || tls_ ? Kind::Undecided : Kind::Other;
}

}  // namespace citygate::proxy
