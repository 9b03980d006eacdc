// forward_message_fuzz.cc - arbitrary bytes as one message that passes through: what goes out on the other side is read
// again, by our own parser and by a reader that is lenient on purpose, and both must find one message with the same
// framing, the same content and no field that anybody could take for framing, routing or another message.
//
// First byte: bit 0 response, bits 1-2 the method answered, bit 3 an HTTP/1.0 client, bits 4-7 the size of re-chunking.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/http/forward_head.h"
#include "proxy/http/head_rules.h"
#include "proxy/http/message_parser.h"
#include "proxy/http/upgrade.h"

namespace {

using namespace citygate;
using namespace citygate::proxy;
using Kind = MessageParser::Kind;
using What = MessageParser::Step::What;

constexpr std::string_view kHost = "a.test";
constexpr std::string_view kVia = "1.1 x";

void check(bool holds) {
  if (!holds) std::abort();
}

// A message as a recipient understands it. The fields are copies: nothing here views a buffer.
struct Message {
  bool whole = false;
  Framing framing = Framing::None;
  std::uint64_t content_length = 0;
  std::string head_line;
  std::string offer;  // of an Upgrade
  std::vector<std::pair<std::string, std::string>> fields, trailers;
  std::string body;
  std::size_t consumed = 0;
};

std::vector<std::pair<std::string, std::string>> copies(const std::vector<Field>& fields) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const Field& field : fields) out.emplace_back(field.name, field.value);
  return out;
}

// Reads one message. `forwarded`, where wanted, gets the same message as the gateway would write it.
Message read(Kind kind, std::string_view bytes, Method answers, const ParserLimits& limits, unsigned mode,
             std::string* forwarded) {
  Message out;
  MessageParser parser(kind, limits);
  parser.expect_response_to(answers);
  auto step = parser.next(bytes);
  if (!step || step->what != What::HeadComplete) return out;
  const MessageHead& head = parser.head();
  if (kind == Kind::Request && head.method == Method::Connect) return out;  // opens a tunnel, is not passed on
  if (kind == Kind::Response && head.status == 101) return out;             // refused before it gets here
  out.framing = head.framing;
  out.content_length = head.content_length;
  out.head_line = kind == Kind::Request ? std::string(head.method_text) : std::to_string(head.status);
  out.fields = copies(head.fields);
  Framing outgoing = head.framing;
  if (forwarded != nullptr) {
    std::string scratch;
    if (kind == Kind::Request) {
      read_upgrade_offer(head, out.offer);
      append_request_head(head,
                          {.origin_form = origin_form(head.target, head.method, scratch),
                           .host_field = kHost,
                           .via = kVia,
                           .upgrade = out.offer},
                          *forwarded);
    } else {
      if (outgoing == Framing::Chunked && (mode & 8) != 0) outgoing = Framing::UntilClose;
      append_response_head(head, {.framing = outgoing, .content_length = head.content_length, .via = kVia}, *forwarded);
    }
  }
  out.consumed = step->consumed;
  const std::size_t piece_bytes = 1 + (mode >> 4) * 3;
  for (;;) {
    bytes.remove_prefix(step->consumed);
    step = parser.next(bytes);
    if (step && step->what == What::NeedMore) step = parser.end_of_stream();
    if (!step) return out;
    out.consumed += step->consumed;
    if (step->what == What::MessageComplete) break;
    out.body += step->body;
    if (forwarded == nullptr) continue;
    for (std::string_view left = step->body; !left.empty();) {
      const std::string_view piece = left.substr(0, piece_bytes);
      left.remove_prefix(piece.size());
      char prefix[20];
      if (outgoing == Framing::Chunked) forwarded->append(prefix, chunk_prefix(piece.size(), prefix));
      forwarded->append(piece);
      if (outgoing == Framing::Chunked) forwarded->append("\r\n");
    }
  }
  out.trailers = copies(parser.trailers());
  if (forwarded != nullptr && outgoing == Framing::Chunked) append_last_chunk(parser.trailers(), *forwarded);
  out.whole = true;
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

// What a recipient that forgives everything would make of a field name: surrounding rubbish gone, '_' for '-'.
std::string forgiven(std::string_view name) {
  std::string out;
  for (char c : lower(name))
    if (static_cast<unsigned char>(c) > 0x20 && c != 0x7f) out.push_back(c == '_' ? '-' : c);
  return out;
}

// The head as a reader sees it that ends lines at CR or LF, whichever comes.
void read_leniently(std::string_view head, Kind kind, const Message& sent) {
  std::size_t lines = 0, ends = 0;
  for (std::size_t at = 0; at < head.size(); ++at) {
    check(head[at] != '\0');
    if (head[at] == '\r') check(at + 1 < head.size() && head[at + 1] == '\n');
    if (head[at] == '\n') check(at > 0 && head[at - 1] == '\r'), ++ends;
  }
  int hosts = 0, lengths = 0, codings = 0;
  for (std::string_view rest = head; !rest.empty(); ++lines) {
    const auto end = rest.find("\r\n");
    check(end != std::string_view::npos);
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.empty()) {
      check(rest.empty());  // one empty line, and it is the last
      continue;
    }
    if (lines == 0) {
      if (kind == Kind::Request) check(std::ranges::count(line, ' ') == 2);
      continue;
    }
    check(line.front() != ' ' && line.front() != '\t');
    const auto colon = line.find(':');
    check(colon != std::string_view::npos && colon > 0);
    const std::string_view exact = line.substr(0, colon);
    const std::string name = forgiven(exact);
    // Underscores are names of their own to HTTP; CGI-like origins fold them, so they are no business of the framing.
    const bool underscored = exact.find('_') != std::string_view::npos;
    if (underscored) continue;
    hosts += name == "host";
    lengths += name == "content-length";
    codings += name == "transfer-encoding";
    for (std::string_view never : {"proxy-connection", "keep-alive", "http2-settings", "proxy-authorization",
                                   "proxy-authenticate", "proxy-authentication-info"})
      check(name != never);
    if (kind == Kind::Request)
      for (std::string_view never :
           {"forwarded", "x-forwarded-for", "x-real-ip", "client-ip", "x-forwarded-host", "x-original-url"})
        check(name != never);
    if (name == "connection")
      check(kind == Kind::Request ? line.ends_with(": TE") || (!sent.offer.empty() && line.ends_with("Upgrade"))
                                  : line.ends_with(": Proxy-Support") && sent.head_line == "401");
    if (name == "upgrade") check(!sent.offer.empty() && line.ends_with(sent.offer));
  }
  check(ends == lines);
  check(codings <= 1 && lengths <= 1);
  if (kind == Kind::Request) check(hosts == 1 && codings + lengths <= 1);
  check((codings == 1) == (sent.framing == Framing::Chunked));
  if (!sent.offer.empty()) {
    check(kind == Kind::Request && sent.framing == Framing::None && lengths == 0);
    for (std::string_view never : {"h2c", "tls", "http/2.0"}) check(!list_holds(sent.offer, never));
  }
}

// Fields that the gateway writes itself, wherever they stood.
bool ours(const std::string& name, const std::string& value, Kind kind) {
  switch (field_name(name)) {
    case FieldName::Via: return value == kVia;
    case FieldName::ContentLength: return true;
    case FieldName::Host: return kind == Kind::Request;
    case FieldName::TransferEncoding: return value == "chunked";
    case FieldName::Te: return value == "trailers";
    case FieldName::Connection: return value == "TE" || value.ends_with("Upgrade") || value == "Proxy-Support";
    case FieldName::Other: return name == "Proxy-Support" && kind == Kind::Response;
    case FieldName::Upgrade: return true;  // compared with the offer before
    default: return false;
  }
}

// Every field that goes out is one that came in, in the same order, or ours.
void check_fields(const Message& in, const Message& out, Kind kind) {
  auto next = in.fields.begin();
  for (const auto& field : out.fields) {
    const auto found = std::find(next, in.fields.end(), field);
    if (found == in.fields.end())
      check(ours(field.first, field.second, kind));
    else if (!ours(field.first, field.second, kind))
      next = found + 1;
  }
  next = in.trailers.begin();
  for (const auto& field : out.trailers) {
    const auto found = std::find(next, in.trailers.end(), field);
    check(found != in.trailers.end());
    next = found + 1;
    for (FieldName never :
         {FieldName::ContentLength, FieldName::TransferEncoding, FieldName::Host, FieldName::Connection,
          FieldName::Trailer, FieldName::Authorization, FieldName::WwwAuthenticate, FieldName::ProxyAuthorization,
          FieldName::ContentType, FieldName::Location, FieldName::Via, FieldName::Upgrade, FieldName::XForwardedFor,
          FieldName::XForwardedHost})
      check(field_name(field.first) != never);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned mode = data[0];
  const Kind kind = (mode & 1) != 0 ? Kind::Response : Kind::Request;
  constexpr Method kAnswers[] = {Method::Get, Method::Head, Method::Connect, Method::Post};
  const Method answers = kAnswers[mode >> 1 & 3];
  std::string sent;
  const Message in = read(kind, {reinterpret_cast<const char*>(data) + 1, size - 1}, answers, {}, mode, &sent);
  if (sent.empty()) return 0;
  const auto head_end = sent.find("\r\n\r\n") + 4;
  Message expected = in;
  if (kind == Kind::Response && in.framing == Framing::Chunked && (mode & 8) != 0)
    expected.framing = Framing::UntilClose;
  read_leniently(std::string_view(sent).substr(0, head_end), kind, expected);
  const ParserLimits roomy{
      .head_bytes = head_end, .target_bytes = head_end, .fields = std::max(in.fields.size(), in.trailers.size()) + 5};
  const Message out = read(kind, sent, answers, roomy, 0, nullptr);
  check(out.head_line == in.head_line && out.framing == expected.framing);
  check(in.framing != Framing::Length || out.content_length == in.content_length);
  check_fields(in, out, kind);
  if (!in.whole) return 0;
  check(out.whole && out.body == in.body && out.consumed == sent.size());
  return 0;
}
