// The HTTP/1 parser over arbitrary bytes: however they are cut, the messages, bodies, trailers and errors are the same;
// and a head that was accepted and forwarded is accepted again, framed the same.
//
// First byte: bit 0 response, bits 1-2 the method answered, the rest seeds the cuts.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "proxy/http/forward_head.h"
#include "tests/unit/proxy/http/message_reading.h"

namespace {

using namespace citygate;
using namespace citygate::proxy;

void check(bool holds) {
  if (!holds) std::abort();
}

void forward_and_read_again(MessageParser::Kind kind, std::string_view bytes, Method answers) {
  MessageParser parser(kind, {});
  parser.expect_response_to(answers);
  auto step = parser.next(bytes);
  if (!step || step->what != MessageParser::Step::What::HeadComplete) return;
  const MessageHead& head = parser.head();
  std::string out, scratch;
  if (kind == MessageParser::Kind::Request) {
    if (head.method == Method::Connect) return;  // never forwarded
    append_request_head(
        head, {.origin_form = origin_form(head.target, head.method, scratch), .host_field = "a.test", .via = "1.1 x"},
        out);
  } else {
    append_response_head(head, {.framing = head.framing, .content_length = head.content_length, .via = "1.1 x"}, out);
  }
  const ParserLimits roomy{.head_bytes = out.size(), .target_bytes = out.size(), .fields = head.fields.size() + 5};
  MessageParser again(kind, roomy);
  again.expect_response_to(answers);
  auto read = again.next(out);
  check(read.has_value() && read->what == MessageParser::Step::What::HeadComplete && read->consumed == out.size());
  check(again.head().framing == head.framing);
  check(head.framing != Framing::Length || again.head().content_length == head.content_length);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto kind = (data[0] & 1) != 0 ? MessageParser::Kind::Response : MessageParser::Kind::Request;
  constexpr Method kAnswers[] = {Method::Get, Method::Head, Method::Connect, Method::Post};
  const Method answers = kAnswers[data[0] >> 1 & 3];
  std::uint32_t seed = data[0] | 1u;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto whole = test::read_whole(kind, bytes, answers);
  check(whole == test::read_stream(
                     kind, bytes,
                     [&](std::size_t) {
                       seed = seed * 1664525u + 1013904223u;
                       return std::size_t{1} + (seed >> 16) % 40;
                     },
                     answers));
  if (bytes.size() <= 2048) check(whole == test::read_bytewise(kind, bytes, answers));
  forward_and_read_again(kind, bytes, answers);
  return 0;
}
