#include "proxy/capture/first_bytes.h"

#include "base/char_set.h"
#include "proxy/http/head_rules.h"

namespace citygate::proxy {
namespace {

// More than any request needs before its path begins. What goes on for longer is left to the reader of messages.
constexpr std::size_t kMaxBeginningBytes = 256;
constexpr std::string_view kSchemeMark = "://";
constexpr std::string_view kHandshakeRecord("\x16\x03", 2);  // of any version of TLS

constexpr auto kTokenCharacters = CharSet::letters_digits_and("!#$%&'*+-.^_`|~");
constexpr auto kSchemeCharacters = CharSet::letters_digits_and("+-.");
// What recipients part the words of a request line by, and skip before it (RFC 9112 sections 2.2 and 3).
constexpr CharSet kBlanks(" \t\v\f\r"), kBlanksAndLines(" \t\v\f\r\n");

std::size_t skip(std::string_view bytes, std::size_t at, const CharSet& set) {
  while (at < bytes.size() && set.has(bytes[at])) ++at;
  return at;
}

// A word, blanks, and a path, "*" or "scheme://". Any word: origins have methods of their own, and some take theirs in
// small letters. "EHLO x", "USER hans" and "SSH-2.0" are none.
FirstBytes::Kind request_line(std::string_view bytes) {
  using enum FirstBytes::Kind;
  const auto undecided = bytes.size() < kMaxBeginningBytes ? Undecided : Http;
  bytes = bytes.substr(0, kMaxBeginningBytes);  // so that it is the same whether they come at once or one by one
  const std::size_t method = skip(bytes, 0, kBlanksAndLines);
  const std::size_t method_end = skip(bytes, method, kTokenCharacters);
  if (method_end == bytes.size()) return undecided;
  if (method_end == method || !kBlanks.has(bytes[method_end])) return Other;
  const std::string_view target = bytes.substr(skip(bytes, method_end, kBlanks));
  if (target.empty()) return undecided;
  // Not every origin is one alone: it may serve CONNECT, which names its target in another way.
  if (equal_ignoring_case(bytes.substr(method, method_end - method), "CONNECT")) return Http;
  if (target.starts_with('/') || target.starts_with('*')) return Http;
  const std::size_t scheme = skip(target, 0, kSchemeCharacters);
  const std::string_view mark = target.substr(scheme, kSchemeMark.size());
  if (scheme == 0 || !kSchemeMark.starts_with(mark)) return Other;
  return mark.size() == kSchemeMark.size() ? Http : undecided;
}

bool begins_as_tls(std::string_view bytes) {
  return kHandshakeRecord.starts_with(bytes.substr(0, kHandshakeRecord.size()));
}

}  // namespace

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
