// message_parser.h - bytes into HTTP/1 messages: llhttp in strict mode, and our own rules for what it lets through.
//
// Ambiguous framing is refused, never repaired (RFC 9112 section 6; the list of rules stands in head_rules.h).
//
//   while (step = parser.next(buffer.readable())) { ... buffer.consume(step.consumed) ... }
//
// Until HeadComplete, `input` must begin with the first byte of the message's head every time (NeedMore consumes
// nothing but empty lines before a request); bytes seen before are not parsed again. The head's views point into that
// input. After it, `input` begins where the last step ended. Bytes behind a complete message are refused until reset():
// where the message ends its connection there is no next one.
//
// Owner     a connection. Thread: its loop. Cost: no allocation once field capacity has grown.
// Errors    Malformed, TooLarge (head or field count: 431, request target: 414); side Client for requests, Origin for
//           responses. `status_for(error)` picks the status. After an error the parser is dead until reset().
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "proxy/http/message.h"

namespace citygate::proxy {

struct ParserLimits {
  std::size_t head_bytes = 32 * 1024;  // at most a Buffer's block
  std::size_t target_bytes = 16 * 1024;
  std::size_t fields = 200;
  std::size_t trailer_bytes = 8 * 1024;
};

class MessageParser {
 public:
  enum class Kind : std::uint8_t { Request, Response };

  struct Step {
    enum class What : std::uint8_t { NeedMore, HeadComplete, Body, MessageComplete };
    What what = What::NeedMore;
    std::size_t consumed = 0;    // bytes of the input that are done with
    std::string_view body = {};  // Body: payload, within the input, without chunk framing
  };

  MessageParser(Kind kind, const ParserLimits& limits);
  ~MessageParser();
  MessageParser(const MessageParser&) = delete;
  MessageParser& operator=(const MessageParser&) = delete;

  void reset();  // ready for the next message
  // A response's framing hangs on the request it answers: to be said before its first byte. Outlives reset(), for the
  // final response behind an interim one.
  void expect_response_to(Method method);

  [[nodiscard]] Result<Step> next(std::string_view input);
  // The peer closed. MessageComplete if that ends the message properly, an error if it was cut.
  [[nodiscard]] Result<Step> end_of_stream();

  // Content of a known length that has not been read; 0 where it has none. Who moves some of it past the parser says
  // so.
  [[nodiscard]] std::uint64_t content_left() const;
  void skip_content(std::uint64_t bytes);  // fewer than content_left()

  [[nodiscard]] const MessageHead& head() const;  // from HeadComplete until reset()
  // Fields after the last chunk, complete at MessageComplete; owned by the parser until reset().
  [[nodiscard]] const std::vector<Field>& trailers() const;
  [[nodiscard]] bool started() const;  // a byte of the message has been seen

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// 400, 414, 431, 501 (unknown method, unknown coding), 505 for requests; 502 for responses.
[[nodiscard]] std::uint16_t status_for(const Error& error);

}  // namespace citygate::proxy
