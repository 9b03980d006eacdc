// message_reading.h - drives a MessageParser over bytes that come in pieces, as a connection would.
//
// The input of a piece is copied to a block of exactly its size, so that the address sanitizer sees a view that
// outlives it or a read beyond it.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/http/message_parser.h"

namespace citygate::test {

using proxy::Field;
using proxy::MessageHead;
using proxy::MessageParser;
using proxy::ParserLimits;

// All that a reader of one connection's bytes can tell apart, whatever pieces they came in.
struct Reading {
  std::vector<std::string> messages;  // a head, its body, its trailers, and how it ended
  std::uint16_t error_status = 0;     // 0: none
  std::string error;
  friend bool operator==(const Reading&, const Reading&) = default;
};

inline std::string describe_head(const MessageHead& head) {
  std::string out = std::string(head.method_text) + '|' + std::string(head.target) + '|' + std::to_string(head.status) +
                    '|' + std::string(head.reason) + '|' + std::to_string(head.minor_version) + '|' +
                    std::to_string(static_cast<int>(head.framing)) + '|' + std::to_string(head.content_length) + '|' +
                    (head.keep_alive ? "K" : "-") + (head.expect_continue ? "E" : "-") + (head.upgrade ? "U" : "-") +
                    '\n';
  for (const Field& field : head.fields)
    out += std::to_string(static_cast<int>(field.id)) + ' ' + std::string(field.name) + '=' + std::string(field.value) +
           '\n';
  return out;
}

// Feeds `bytes` as if they had arrived in pieces of `piece(position)` bytes, then the end of the stream. Goes on to the
// next message while the last one says keep-alive. `answers`: the method that responses answer.
template <class Piece>
Reading read_stream(MessageParser::Kind kind, std::string_view bytes, Piece piece, Method answers = Method::Get,
                    const ParserLimits& limits = {}) {
  using What = MessageParser::Step::What;
  Reading out;
  MessageParser parser(kind, limits);
  parser.expect_response_to(answers);
  std::size_t begin = 0, arrived = 0;
  std::string current;
  bool reading = false;
  const auto stop = [&](const Error& error) {
    if (reading) out.messages.push_back(current + "cut");
    out.error_status = proxy::status_for(error);
    out.error = error.context;
  };
  const auto finish = [&](bool keep_alive) {
    for (const Field& field : parser.trailers())
      current += "\ntrailer " + std::string(field.name) + '=' + std::string(field.value);
    out.messages.push_back(current + "\ndone");
    current.clear();
    reading = false;
    if (keep_alive) parser.reset();
  };
  for (;;) {
    const std::vector<char> block(bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                                  bytes.begin() + static_cast<std::ptrdiff_t>(arrived));
    auto step = parser.next({block.data(), block.size()});
    if (!step) {
      stop(step.error());
      return out;
    }
    begin += step->consumed;
    switch (step->what) {
      case What::HeadComplete:
        reading = true;
        current = describe_head(parser.head());
        continue;
      case What::Body: current += step->body; continue;
      case What::MessageComplete: {
        const bool tunnel =
            parser.head().method == Method::Connect || (answers == Method::Connect && parser.head().status / 100 == 2);
        finish(parser.head().keep_alive);
        if (tunnel) return out;  // what follows is not HTTP
        continue;
      }
      case What::NeedMore: break;
    }
    if (arrived == bytes.size()) break;
    arrived = std::min(bytes.size(), arrived + std::max<std::size_t>(1, piece(arrived)));
  }
  if (!parser.started() && begin == bytes.size()) return out;
  if (!reading && !out.messages.empty() && begin == bytes.size()) return out;
  if (auto end = parser.end_of_stream(); !end)
    stop(end.error());
  else
    finish(false);
  return out;
}

inline Reading read_whole(MessageParser::Kind kind, std::string_view bytes, Method answers = Method::Get,
                          const ParserLimits& limits = {}) {
  return read_stream(kind, bytes, [&](std::size_t) { return bytes.size(); }, answers, limits);
}

inline Reading read_bytewise(MessageParser::Kind kind, std::string_view bytes, Method answers = Method::Get,
                             const ParserLimits& limits = {}) {
  return read_stream(kind, bytes, [](std::size_t) { return std::size_t{1}; }, answers, limits);
}

}  // namespace citygate::test
