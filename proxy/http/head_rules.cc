#include "proxy/http/head_rules.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/char_set.h"

namespace citygate::proxy {
namespace {

constexpr auto kClient = Error::Side::Client;
constexpr auto kOrigin = Error::Side::Origin;

char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool blank(char c) { return c == ' ' || c == '\t'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

bool holds_control(std::string_view text) {
  return std::ranges::any_of(text,
                             [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; });
}

// Takes the next line, without its CR LF; false if it does not end so.
bool take_line(std::string_view& rest, std::string_view& line) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos || end == 0 || rest[end - 1] != '\r') return false;
  line = rest.substr(0, end - 1);
  rest.remove_prefix(end + 1);
  return true;
}

// Field lines up to and including the empty line, which must be the last.
Result<void> read_fields(std::string_view rest, Error::Side side, std::size_t limit, std::vector<Field>& out) {
  std::string_view line;
  for (;;) {
    if (!take_line(rest, line)) return refuse(400, side, "a line end that is not CR LF");
    if (line.empty()) break;
    if (blank(line.front())) return refuse(400, side, "a folded field line");
    std::size_t colon = 0;  // names are short: a loop beats memchr
    while (colon < line.size() && line[colon] != ':') ++colon;
    if (colon == line.size()) return refuse(400, side, "a field line without a colon");
    if (colon == 0) return refuse(400, side, "a field without a name");
    if (out.size() == limit) return refuse(431, side, "too many fields");
    const std::string_view name = line.substr(0, colon);
    out.push_back({.id = field_name(name), .name = name, .value = trimmed(line.substr(colon + 1))});
  }
  if (!rest.empty()) return refuse(400, side, "an empty line within the fields");
  return {};
}

// "HTTP/1.0" or "HTTP/1.1" into `minor`; 505 for other numbers.
Result<void> read_version(std::string_view text, Error::Side side, int& minor) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || !digit(text[5]) || text[6] != '.' || !digit(text[7]))
    return refuse(400, side, "no HTTP version in the start line");
  if (text[5] != '1' || text[7] > '1') return refuse(505, side, "a version other than HTTP/1.0 and HTTP/1.1");
  minor = text[7] - '0';
  return {};
}

Method method_of(std::string_view text) {
  switch (text.size()) {
    case 3: return text == "GET" ? Method::Get : text == "PUT" ? Method::Put : Method::Other;
    case 4: return text == "POST" ? Method::Post : text == "HEAD" ? Method::Head : Method::Other;
    case 5: return text == "PATCH" ? Method::Patch : text == "TRACE" ? Method::Trace : Method::Other;
    case 6: return text == "DELETE" ? Method::Delete : Method::Other;
    case 7: return text == "CONNECT" ? Method::Connect : text == "OPTIONS" ? Method::Options : Method::Other;
    default: return Method::Other;
  }
}

bool authority_form(std::string_view target) {
  const auto colon = target.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view port = target.substr(colon + 1);
  return !port.empty() && port.size() <= 5 && std::ranges::all_of(port, digit) &&
         target.find_first_of("/?#@") == std::string_view::npos;
}

bool absolute_form(std::string_view target) {
  const auto colon = target.find("://");
  if (colon == std::string_view::npos || colon == 0) return false;
  return std::ranges::all_of(target.substr(0, colon), [](char c) {
    c = fold(c);
    return (c >= 'a' && c <= 'z') || digit(c) || c == '+' || c == '-' || c == '.';
  });
}

Result<void> check_target(const MessageHead& head) {
  const std::string_view target = head.target;
  if (head.method == Method::Connect) {
    if (!authority_form(target)) return refuse(400, kClient, "CONNECT without host:port");
    return {};
  }
  const bool asterisk = head.method == Method::Options && target == "*";
  if (!asterisk && !target.starts_with('/') && !absolute_form(target))
    return refuse(400, kClient, "a request target of the wrong form");
  return {};
}

Result<void> read_request_line(std::string_view line, const ParserLimits& limits, MessageHead& out) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return refuse(400, kClient, "a request line of fewer than three parts");
  out.method_text = line.substr(0, first);
  out.method = method_of(out.method_text);
  out.target = line.substr(first + 1, last - first - 1);
  if (out.target.empty() || out.target.find(' ') != std::string_view::npos ||
      out.target.find('\t') != std::string_view::npos)
    return refuse(400, kClient, "white space that separates nothing in the request line");
  if (out.target.size() > limits.target_bytes) return refuse(414, kClient, "the request target is too long");
  CG_TRY_VOID(read_version(line.substr(last + 1), kClient, out.minor_version));
  return check_target(out);
}

// "HTTP/1.1 200 OK", also without a reason phrase and without the space before it: origins in use leave it out.
Result<void> read_status_line(std::string_view line, MessageHead& out) {
  CG_TRY_VOID(read_version(line.substr(0, 8), kOrigin, out.minor_version));
  const std::string_view rest = line.substr(8);
  if (rest.size() < 4 || rest[0] != ' ' || !digit(rest[1]) || rest[1] == '0' || !digit(rest[2]) || !digit(rest[3]) ||
      (rest.size() > 4 && rest[4] != ' '))
    return refuse(502, kOrigin, "a status code that is not three digits");
  out.status = static_cast<std::uint16_t>((rest[1] - '0') * 100 + (rest[2] - '0') * 10 + (rest[3] - '0'));
  out.reason = rest.size() > 4 ? rest.substr(5) : std::string_view();
  if (holds_control(out.reason)) return refuse(502, kOrigin, "a control character in the reason phrase");
  return {};
}

// uri-host [ ":" port ]; the host's canonical form is the target parser's business (RFC 3986 section 3.2.2).
constexpr auto kHostCharacters = CharSet::letters_digits_and("-._~%!$&'()*+,;=:[]");

bool host_characters(std::string_view value) {
  return std::ranges::all_of(value, [](char c) { return kHostCharacters.has(c); });
}

// The fields that frame a message or keep its connection, found in one pass.
struct FramingFields {
  int hosts = 0, lengths = 0, codings = 0;
  std::string_view host, length, coding;
  bool close = false, keep_alive = false, upgrade_named = false, upgrade_offered = false;
};

FramingFields gather(MessageHead& head, Error::Side side) {
  FramingFields out;
  for (const Field& field : head.fields) {
    switch (field.id) {
      case FieldName::Host:
        ++out.hosts;
        out.host = field.value;
        break;
      case FieldName::ContentLength:
        ++out.lengths;
        out.length = field.value;
        break;
      case FieldName::TransferEncoding:
        ++out.codings;
        out.coding = field.value;
        break;
      case FieldName::ProxyConnection:
        if (side == kOrigin) break;  // never standard; clients of proxies send it, origins have no business to
        [[fallthrough]];
      case FieldName::Connection: {
        std::string_view rest = field.value, member;
        while (next_member(rest, member)) {
          if (equal_ignoring_case(member, "close")) out.close = true;
          if (equal_ignoring_case(member, "keep-alive")) out.keep_alive = true;
          if (equal_ignoring_case(member, "upgrade") && field.id == FieldName::Connection) out.upgrade_named = true;
        }
        break;
      }
      case FieldName::Upgrade: out.upgrade_offered = out.upgrade_offered || !field.value.empty(); break;
      case FieldName::Expect:
        // HTTP/1.0 has no such expectation, whatever a client of it writes (RFC 9110 section 10.1.1).
        head.expect_continue =
            side == kClient && head.minor_version == 1 && equal_ignoring_case(field.value, "100-continue");
        break;
      default: break;
    }
  }
  return out;
}

Result<void> check_coding(const FramingFields& fields, Error::Side side, int minor_version) {
  if (minor_version == 0) return refuse(400, side, "Transfer-Encoding in HTTP/1.0");
  if (fields.lengths != 0) return refuse(400, side, "Transfer-Encoding beside Content-Length");
  if (fields.codings > 1) return refuse(400, side, "Transfer-Encoding more than once");
  if (equal_ignoring_case(fields.coding, "chunked")) return {};
  const auto comma = fields.coding.rfind(',');
  if (comma != std::string_view::npos && equal_ignoring_case(trimmed(fields.coding.substr(comma + 1)), "chunked") &&
      !list_holds(fields.coding.substr(0, comma), "chunked"))
    return refuse(501, side, "a transfer coding besides chunked");
  return refuse(400, side, "Transfer-Encoding that does not end in one chunked");
}

// Sets the framing that the fields ask for; what the status or method makes of it comes after.
Result<void> read_framing(const FramingFields& fields, Error::Side side, MessageHead& out) {
  if (fields.codings != 0) {
    CG_TRY_VOID(check_coding(fields, side, out.minor_version));
    out.framing = Framing::Chunked;
  } else if (fields.lengths != 0) {
    if (fields.lengths > 1) return refuse(400, side, "Content-Length more than once");
    const char* end = fields.length.data() + fields.length.size();
    const auto [stop, error] = std::from_chars(fields.length.data(), end, out.content_length);
    if (error != std::errc() || stop != end) return refuse(400, side, "Content-Length is not one number");
    out.framing = Framing::Length;
  }
  return {};
}

void read_persistence(const FramingFields& fields, MessageHead& out) {
  out.keep_alive = !fields.close && (out.minor_version == 1 || fields.keep_alive) && out.framing != Framing::UntilClose;
  // RFC 9110 section 7.8: Upgrade counts from HTTP/1.1 on.
  out.upgrade = fields.upgrade_named && fields.upgrade_offered && out.minor_version == 1;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, [](char x, char y) { return fold(x) == fold(y); });
}

bool next_member(std::string_view& rest, std::string_view& member) noexcept {
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    member = trimmed(rest.substr(0, comma));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    if (!member.empty()) return true;
  }
  return false;
}

bool list_holds(std::string_view list, std::string_view wanted) noexcept {
  std::string_view member;
  while (next_member(list, member))
    if (equal_ignoring_case(member, wanted)) return true;
  return false;
}

// The status leads the context, where status_for() finds it: the kinds of Error are fewer than the answers.
std::unexpected<Error> refuse(std::uint16_t status, Error::Side side, std::string_view why) {
  if (side == kOrigin) status = 502;
  const auto kind = status == 414 || status == 431                    ? Error::Kind::TooLarge
                    : status == 501 || status == 505 || status == 417 ? Error::Kind::Refused
                                                                      : Error::Kind::Malformed;
  return fail(kind, std::to_string(status) + ": " + std::string(why), side);
}

Result<void> read_request_head(std::string_view text, const ParserLimits& limits, MessageHead& out) {
  out.clear();
  std::string_view line;
  if (!take_line(text, line)) return refuse(400, kClient, "a line end that is not CR LF");
  CG_TRY_VOID(read_request_line(line, limits, out));
  CG_TRY_VOID(read_fields(text, kClient, limits.fields, out.fields));
  const FramingFields fields = gather(out, kClient);
  if (fields.hosts > 1) return refuse(400, kClient, "Host more than once");
  if (fields.hosts == 0 && out.minor_version == 1 && out.method != Method::Connect)
    return refuse(400, kClient, "no Host");
  if (!host_characters(fields.host)) return refuse(400, kClient, "a Host that names no host");
  CG_TRY_VOID(read_framing(fields, kClient, out));
  const bool content = out.framing == Framing::Chunked || out.content_length != 0;
  if (content && (out.method == Method::Connect || out.method == Method::Trace))
    return refuse(400, kClient, "content where the method has none");
  read_persistence(fields, out);
  return {};
}

Result<void> read_response_head(std::string_view text, Method answers, const ParserLimits& limits, MessageHead& out) {
  out.clear();
  std::string_view line;
  if (!take_line(text, line)) return refuse(502, kOrigin, "a line end that is not CR LF");
  CG_TRY_VOID(read_status_line(line, out));
  CG_TRY_VOID(read_fields(text, kOrigin, limits.fields, out.fields));
  const FramingFields fields = gather(out, kOrigin);
  out.framing = Framing::UntilClose;
  CG_TRY_VOID(read_framing(fields, kOrigin, out));
  // RFC 9112 section 6.3 rules 1 and 2. Content-Length then speaks of another message and frames nothing here.
  const bool tunnel = answers == Method::Connect && out.status / 100 == 2;
  const bool announced = out.framing == Framing::Chunked || out.content_length != 0;
  if (answers == Method::Head || tunnel || out.status < 200 || out.status == 204 || out.status == 304)
    out.framing = Framing::None;
  read_persistence(fields, out);
  // It announces content that these never have. Should some come all the same, it must not be the next answer.
  if (announced && (out.status < 200 || out.status == 204)) out.keep_alive = false;
  return {};
}

Result<void> read_trailers(std::string_view text, Error::Side side, const ParserLimits& limits,
                           std::vector<Field>& out) {
  out.clear();
  return read_fields(text, side, limits.fields, out);
}

}  // namespace citygate::proxy
