#include "proxy/http/message_parser.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/proxy/http/message_reading.h"

namespace citygate::proxy {
namespace {

using Kind = MessageParser::Kind;
using What = MessageParser::Step::What;
using test::read_bytewise;
using test::read_stream;
using test::read_whole;

TEST(MessageParser, ReadsARequestHead) {
  MessageParser parser(Kind::Request, {});
  const std::string text =
      "GET http://www.example.com/a?b HTTP/1.1\r\nHost: www.example.com\r\nAccept:\t*/* \r\nX-Empty:\r\n\r\nrest";
  auto step = parser.next(text);
  ASSERT_TRUE(step) << step.error().context;
  EXPECT_EQ(step->what, What::HeadComplete);
  EXPECT_EQ(step->consumed, text.size() - 4);
  const MessageHead& head = parser.head();
  EXPECT_EQ(head.method, Method::Get);
  EXPECT_EQ(head.method_text, "GET");
  EXPECT_EQ(head.target, "http://www.example.com/a?b");
  EXPECT_EQ(head.minor_version, 1);
  ASSERT_EQ(head.fields.size(), 3u);
  EXPECT_EQ(head.fields[0].id, FieldName::Host);
  EXPECT_EQ(head.fields[1].value, "*/*");
  EXPECT_EQ(head.fields[2].name, "X-Empty");
  EXPECT_EQ(head.fields[2].value, "");
  EXPECT_EQ(head.framing, Framing::None);
  EXPECT_TRUE(head.keep_alive);
  // Views into the input, not copies.
  EXPECT_GE(head.target.data(), text.data());
  EXPECT_LT(head.target.data(), text.data() + text.size());
  step = parser.next("rest");
  ASSERT_TRUE(step);
  EXPECT_EQ(step->what, What::MessageComplete);
  EXPECT_EQ(step->consumed, 0u);
}

TEST(MessageParser, ReadsAResponseHead) {
  MessageParser parser(Kind::Response, {});
  const std::string text = "HTTP/1.0 404 Not at all found\r\nContent-Length: 3\r\n\r\nabcHTTP";
  auto step = parser.next(text);
  ASSERT_TRUE(step) << step.error().context;
  EXPECT_EQ(parser.head().status, 404);
  EXPECT_EQ(parser.head().reason, "Not at all found");
  EXPECT_EQ(parser.head().minor_version, 0);
  EXPECT_FALSE(parser.head().keep_alive);
  EXPECT_EQ(parser.head().framing, Framing::Length);
  step = parser.next(std::string_view(text).substr(step->consumed));
  ASSERT_TRUE(step);
  EXPECT_EQ(step->what, What::Body);
  EXPECT_EQ(step->body, "abc");
  EXPECT_EQ(step->consumed, 3u);
  step = parser.next("HTTP");
  ASSERT_TRUE(step);
  EXPECT_EQ(step->what, What::MessageComplete);
}

TEST(MessageParser, ChunksComeAsOneBodyEachWithoutTheirFraming) {
  MessageParser parser(Kind::Response, {});
  const std::string text =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;name=value\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 7 "
      "\r\n\r\nNext";
  std::string_view rest = text;
  std::vector<std::string> bodies;
  for (;;) {
    auto step = parser.next(rest);
    ASSERT_TRUE(step) << step.error().context;
    rest.remove_prefix(step->consumed);
    ASSERT_NE(step->what, What::NeedMore);
    if (step->what == What::Body) bodies.emplace_back(step->body);
    if (step->what == What::MessageComplete) break;
  }
  EXPECT_EQ(bodies, (std::vector<std::string>{"hello", "!"}));
  EXPECT_EQ(rest, "Next");
  ASSERT_EQ(parser.trailers().size(), 1u);
  EXPECT_EQ(parser.trailers()[0].name, "X-Sum");
  EXPECT_EQ(parser.trailers()[0].value, "7");
  parser.reset();
  EXPECT_TRUE(parser.trailers().empty());
  EXPECT_FALSE(parser.started());
}

TEST(MessageParser, HeadMayMoveWhileItIsIncomplete) {
  const std::string text = "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
  MessageParser parser(Kind::Request, {});
  EXPECT_FALSE(parser.started());
  for (std::size_t n = 1; n < text.size(); ++n) {
    const std::string elsewhere = text.substr(0, n);
    auto step = parser.next(elsewhere);
    ASSERT_TRUE(step);
    EXPECT_EQ(step->what, What::NeedMore);
    EXPECT_EQ(step->consumed, 0u);
    EXPECT_TRUE(parser.started());
  }
  auto step = parser.next(text);
  ASSERT_TRUE(step);
  EXPECT_EQ(step->what, What::HeadComplete);
  EXPECT_EQ(parser.head().value(FieldName::Host), "a.test");
}

TEST(MessageParser, SkipsEmptyLinesBeforeARequestOnly) {
  MessageParser parser(Kind::Request, {});
  auto step = parser.next("\r\n\r\n\r");
  ASSERT_TRUE(step);
  EXPECT_EQ(step->what, What::NeedMore);
  EXPECT_EQ(step->consumed, 4u);
  EXPECT_FALSE(parser.started());
  const std::string_view text = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  step = parser.next(text);
  ASSERT_TRUE(step);
  EXPECT_EQ(step->what, What::HeadComplete);
  EXPECT_EQ(step->consumed, text.size());

  MessageParser response(Kind::Response, {});
  EXPECT_FALSE(response.next("\r\nHTTP/1.1 200 OK\r\n\r\n"));
  MessageParser lone(Kind::Request, {});
  EXPECT_FALSE(lone.next("\rGET / HTTP/1.1\r\n"));
  MessageParser feed(Kind::Request, {});
  EXPECT_FALSE(feed.next("\nGET / HTTP/1.1\r\n"));
}

struct Bodyless {
  Method method;
  int status;
  const char* fields;
  bool keeps = true;
};

// Content that no answer of its kind can have would be taken for the next answer.
TEST(MessageParser, ResponsesWithoutContentWhateverTheirFieldsSay) {
  const Bodyless cases[] = {
      {Method::Head, 200, "Content-Length: 5\r\n"},
      {Method::Head, 200, "Transfer-Encoding: chunked\r\n"},
      {Method::Head, 200, ""},
      {Method::Get, 204, "Content-Length: 5\r\n", false},
      {Method::Get, 204, "Content-Length: 0\r\n"},
      {Method::Get, 204, "Transfer-Encoding: chunked\r\n", false},
      {Method::Get, 304, "Content-Length: 5\r\n"},
      {Method::Get, 304, ""},
      {Method::Get, 100, ""},
      {Method::Get, 103, "Content-Length: 5\r\n", false},
      {Method::Connect, 200, "Transfer-Encoding: chunked\r\n"},
      {Method::Connect, 204, "Content-Length: 5\r\n", false},
  };
  for (const auto& one : cases) {
    MessageParser parser(Kind::Response, {});
    parser.expect_response_to(one.method);
    const std::string text = "HTTP/1.1 " + std::to_string(one.status) + " X\r\n" + one.fields + "\r\n";
    auto step = parser.next(text);
    ASSERT_TRUE(step) << text << step.error().context;
    EXPECT_EQ(parser.head().framing, Framing::None) << text;
    EXPECT_EQ(parser.head().keep_alive, one.keeps) << text;
    step = parser.next("");
    ASSERT_TRUE(step);
    EXPECT_EQ(step->what, What::MessageComplete) << text;
  }
}

TEST(MessageParser, TheMethodAnsweredOutlivesAnInterimResponse) {
  MessageParser parser(Kind::Response, {});
  parser.expect_response_to(Method::Head);
  ASSERT_TRUE(parser.next("HTTP/1.1 100 Continue\r\n\r\n"));
  ASSERT_TRUE(parser.next(""));
  parser.reset();
  ASSERT_TRUE(parser.next("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_EQ(parser.head().framing, Framing::None);
  EXPECT_EQ(parser.head().content_length, 5u);
}

TEST(MessageParser, ARefusedConnectHasABody) {
  MessageParser parser(Kind::Response, {});
  parser.expect_response_to(Method::Connect);
  ASSERT_TRUE(parser.next("HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\n"));
  EXPECT_EQ(parser.head().framing, Framing::Length);
}

TEST(MessageParser, ContentUntilCloseEndsWithTheStream) {
  MessageParser parser(Kind::Response, {});
  ASSERT_TRUE(parser.next("HTTP/1.1 200 OK\r\n\r\n"));
  EXPECT_EQ(parser.head().framing, Framing::UntilClose);
  EXPECT_FALSE(parser.head().keep_alive);
  auto step = parser.next("HTTP/1.1 200 OK\r\n\r\n");
  ASSERT_TRUE(step);
  EXPECT_EQ(step->body, "HTTP/1.1 200 OK\r\n\r\n");
  auto end = parser.end_of_stream();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->what, What::MessageComplete);
  EXPECT_FALSE(parser.end_of_stream());
}

TEST(MessageParser, ACutMessageIsNeverComplete) {
  const char* const cut[] = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n",
      "HTTP/1.1 200 OK\r\n",
  };
  for (const char* text : cut) {
    const auto reading = read_whole(Kind::Response, text);
    EXPECT_EQ(reading.error_status, 502) << text;
    EXPECT_EQ(reading, read_bytewise(Kind::Response, text)) << text;
  }
}

TEST(MessageParser, OnlyACloseBeforeTheFirstByteMayBeRetried) {
  MessageParser parser(Kind::Response, {});
  auto end = parser.end_of_stream();
  ASSERT_FALSE(end);
  EXPECT_TRUE(end.error().retryable);
  parser.reset();
  ASSERT_TRUE(parser.next("H"));
  end = parser.end_of_stream();
  ASSERT_FALSE(end);
  EXPECT_FALSE(end.error().retryable);
  EXPECT_EQ(end.error().side, Error::Side::Origin);
}

TEST(MessageParser, BytesAfterACompleteMessageAreNotItsOwn) {
  MessageParser parser(Kind::Request, {});
  ASSERT_TRUE(parser.next("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
  ASSERT_TRUE(parser.next("GET"));
  ASSERT_TRUE(parser.next(""));
  EXPECT_FALSE(parser.next("GET"));
  parser.reset();
  EXPECT_TRUE(parser.next("GET"));
}

TEST(MessageParser, AfterAnErrorDeadUntilReset) {
  MessageParser parser(Kind::Request, {});
  EXPECT_FALSE(parser.next("GET / HTTP/1.1\r\n Folded: x\r\n\r\n"));
  EXPECT_FALSE(parser.next("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_FALSE(parser.end_of_stream());
  parser.reset();
  EXPECT_TRUE(parser.next("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
}

TEST(MessageParser, LimitsHoldInOnePieceAndInMany) {
  const ParserLimits limits{.head_bytes = 256, .target_bytes = 64, .fields = 4, .trailer_bytes = 40};
  struct Case {
    std::string text;
    std::uint16_t status;
  };
  const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const Case cases[] = {
      {get + "A: " + std::string(224, 'x') + "\r\n\r\n", 0},  // 256 bytes
      {get + "A: " + std::string(225, 'x') + "\r\n\r\n", 431},
      {get + "A: " + std::string(9000, 'x'), 431},
      {"GET /" + std::string(63, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 0},
      {"GET /" + std::string(64, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"GET /" + std::string(9000, 'x'), 414},
      {get + "A: b\r\nA: b\r\nA: b\r\n\r\n", 0},
      {get + "A: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n", 431},
      {post + "1\r\nx\r\n0\r\nA: " + std::string(33, 'x') + "\r\n\r\n", 0},  // 40 bytes
      {post + "1\r\nx\r\n0\r\nA: " + std::string(34, 'x') + "\r\n\r\n", 431},
      {post + "1\r\nx\r\n0\r\nA: " + std::string(9000, 'x'), 431},
      {post + "1;a=" + std::string(3000, 'x') + "\r\nx\r\n0\r\n\r\n", 0},
      {post + "1;a=" + std::string(5000, 'x') + "\r\nx\r\n0\r\n\r\n", 400},
  };
  for (const auto& one : cases) {
    const auto whole = read_whole(Kind::Request, one.text, Method::Get, limits);
    EXPECT_EQ(whole.error_status, one.status) << one.text.substr(0, 120) << whole.error;
    EXPECT_EQ(whole, read_bytewise(Kind::Request, one.text, Method::Get, limits)) << one.text.substr(0, 120);
  }
}

TEST(MessageParser, StatusOfAnError) {
  EXPECT_EQ(status_for({.kind = Error::Kind::Malformed, .side = Error::Side::Client, .context = "anything"}), 400);
  EXPECT_EQ(status_for({.kind = Error::Kind::TooLarge, .side = Error::Side::Client, .context = "414: long"}), 414);
  EXPECT_EQ(status_for({.kind = Error::Kind::TooLarge, .side = Error::Side::Origin, .context = "431: long"}), 502);
  EXPECT_EQ(status_for({.kind = Error::Kind::Malformed, .side = Error::Side::Client, .context = ""}), 400);
  EXPECT_EQ(status_for({.kind = Error::Kind::TooLarge, .side = Error::Side::Client, .context = "a buffer"}), 431);
}

// A stream of messages drawn from a seed, some of them damaged: cut anywhere it reads the same.
TEST(MessageParser, PiecesMakeNoDifference) {
  std::mt19937 random(20261121);
  const auto pick = [&](auto... choices) {
    const std::string_view all[] = {choices...};
    return all[random() % (sizeof...(choices))];
  };
  for (int round = 0; round < 600; ++round) {
    const bool request = random() % 2 == 0;
    std::string text;
    for (int message = 0; message < 3; ++message) {
      text += request ? pick("GET / HTTP/1.1\r\nHost: a\r\n", "POST http://a.test/x HTTP/1.1\r\nHost: b\r\n",
                             "\r\nPUT /y HTTP/1.0\r\nConnection: keep-alive\r\n", "OPTIONS * HTTP/1.1\r\nHost:\r\n")
                      : pick("HTTP/1.1 200 OK\r\n", "HTTP/1.1 204 \r\n", "HTTP/1.0 500 No\r\n", "HTTP/1.1 100 \r\n");
      for (auto fields = random() % 4; fields > 0; --fields)
        text += pick("X: y\r\n", "Accept:  a , b\t\r\n", "Via: 1.1 x\r\n", "Connection: close, x\r\n", "Z:\r\n");
      const std::size_t body = random() % 40;
      switch (random() % 3) {
        case 0: text += "\r\n"; break;
        case 1: text += "Content-Length: " + std::to_string(body) + "\r\n\r\n" + std::string(body, 'b'); break;
        case 2:
          text += "Transfer-Encoding: chunked\r\n\r\n";
          for (auto chunks = random() % 4; chunks > 0; --chunks) {
            const std::size_t size = 1 + random() % 20;
            char prefix[16];
            std::snprintf(prefix, sizeof prefix, "%zx", size);
            text += prefix + std::string(pick("", ";a", ";a=b")) + "\r\n" + std::string(size, 'c') + "\r\n";
          }
          text += "0\r\n" + std::string(pick("", "T: u\r\n", "T: u\r\nV: w\r\n")) + "\r\n";
          break;
      }
    }
    if (random() % 3 == 0)
      text[random() % text.size()] = static_cast<char>(pick("\r", "\n", " ", "\t", ":", "\x80", "1")[0]);
    const Kind kind = request ? Kind::Request : Kind::Response;
    const auto whole = read_whole(kind, text);
    for (int cuts = 0; cuts < 4; ++cuts)
      ASSERT_EQ(whole, read_stream(kind, text, [&](std::size_t) { return 1 + random() % 30; })) << text;
    ASSERT_EQ(whole, read_bytewise(kind, text)) << text;
  }
}

}  // namespace
}  // namespace citygate::proxy
