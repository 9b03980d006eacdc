#include "proxy/http/upgrade.h"

#include <gtest/gtest.h>

#include "proxy/http/forward_head.h"
#include "proxy/http/message_parser.h"

namespace citygate::proxy {
namespace {

using Kind = MessageParser::Kind;

std::string offer(std::string_view fields, std::string_view line = "GET http://a.test/ HTTP/1.1") {
  const std::string text = std::string(line) + "\r\nHost: a.test\r\n" + std::string(fields) + "\r\n";
  MessageParser parser(Kind::Request, {});
  auto step = parser.next(text);
  EXPECT_TRUE(step && step->what == MessageParser::Step::What::HeadComplete) << text;
  std::string out = "left over";
  read_upgrade_offer(parser.head(), out);
  return out;
}

TEST(Upgrade, OffersWhatTheClientOffered) {
  EXPECT_EQ(offer("Connection: Upgrade\r\nUpgrade: websocket\r\n"), "websocket");
  EXPECT_EQ(offer("Connection: keep-alive, UPGRADE\r\nUpgrade: a/1, b\r\nUpgrade: c\r\n"), "a/1, b, c");
}

TEST(Upgrade, OffersNothingUnlessConnectionNamesIt) {
  EXPECT_EQ(offer(""), "");
  EXPECT_EQ(offer("Upgrade: websocket\r\n"), "");
  EXPECT_EQ(offer("Connection: Upgrade\r\n"), "");
  EXPECT_EQ(offer("Proxy-Connection: Upgrade\r\nUpgrade: websocket\r\n"), "");
  EXPECT_EQ(offer("Connection: Upgrade\r\nUpgrade: websocket\r\n", "GET http://a.test/ HTTP/1.0"), "");
  EXPECT_EQ(offer("Connection: Upgrade\r\nUpgrade: websocket\r\n", "CONNECT a.test:80 HTTP/1.1"), "");
}

TEST(Upgrade, OffersNoOtherWayToSpeakHttpOrTls) {
  EXPECT_EQ(offer("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"), "");
  EXPECT_EQ(offer("Connection: Upgrade\r\nUpgrade: h2c-14, H2-16/1, h2cx-1\r\n"), "h2cx-1") << "drafts of HTTP/2";
  EXPECT_EQ(offer("Connection: Upgrade\r\nUpgrade: H2C, TLS/1.0, HTTP/2.0, h3, websocket\r\n"), "websocket");
}

TEST(Upgrade, OffersNothingBesideContentOrAnExpectation) {
  const std::string_view post = "POST http://a.test/ HTTP/1.1";
  EXPECT_EQ(offer("Connection: Upgrade\r\nUpgrade: a\r\nContent-Length: 0\r\n", post), "");
  EXPECT_EQ(offer("Connection: Upgrade\r\nUpgrade: a\r\nTransfer-Encoding: chunked\r\n", post), "");
  EXPECT_EQ(offer("Connection: Upgrade\r\nUpgrade: a\r\nExpect: 100-continue\r\n", post), "");
  EXPECT_EQ(offer("Connection: Upgrade\r\nUpgrade: a, websocket\r\n", post), "a");
}

TEST(Upgrade, OffersOnlyTokens) {
  EXPECT_EQ(offer("Connection: Upgrade\r\nUpgrade: \"a\", b c, d;e, /f, g/, h/1/2, i\r\n"), "i");
}

bool taken_up(std::string_view fields, std::string_view offered, std::string_view version = "HTTP/1.1") {
  const std::string text = std::string(version) + " 101 Switching\r\n" + std::string(fields) + "\r\n";
  MessageParser parser(Kind::Response, {});
  parser.expect_response_to(Method::Get);
  auto step = parser.next(text);
  EXPECT_TRUE(step && step->what == MessageParser::Step::What::HeadComplete) << text;
  return takes_up(parser.head(), offered);
}

TEST(Upgrade, BelievesASwitchToWhatWasOfferedAlone) {
  EXPECT_TRUE(taken_up("Connection: Upgrade\r\nUpgrade: WebSocket\r\n", "websocket"));
  EXPECT_TRUE(taken_up("Connection: Upgrade\r\nUpgrade: b\r\n", "a, b"));
  EXPECT_FALSE(taken_up("Connection: Upgrade\r\nUpgrade: b\r\n", ""));
  EXPECT_FALSE(taken_up("Connection: Upgrade\r\nUpgrade: c\r\n", "a, b"));
  EXPECT_FALSE(taken_up("Connection: Upgrade\r\nUpgrade: a, c\r\n", "a, b"));
  EXPECT_FALSE(taken_up("Connection: Upgrade\r\nUpgrade: a\r\nUpgrade: c\r\n", "a, b"));
  EXPECT_FALSE(taken_up("Connection: Upgrade\r\nUpgrade:\r\n", "a"));
  EXPECT_FALSE(taken_up("Upgrade: a\r\n", "a"));
  EXPECT_FALSE(taken_up("Connection: Upgrade\r\n", "a"));
  EXPECT_FALSE(taken_up("Connection: Upgrade\r\nUpgrade: a\r\n", "a", "HTTP/1.0"));
}

TEST(Upgrade, IsSaidAnewOnBothSides) {
  MessageParser request(Kind::Request, {});
  ASSERT_TRUE(
      request.next("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade, X\r\nUpgrade: h2c, a\r\n"
                   "TE: trailers\r\nX: 1\r\n\r\n"));
  std::string out;
  append_request_head(request.head(), {.origin_form = "/", .host_field = "a.test", .via = "1.1 x", .upgrade = "a"},
                      out);
  EXPECT_EQ(
      out,
      "GET / HTTP/1.1\r\nHost: a.test\r\nTE: trailers\r\nUpgrade: a\r\nConnection: TE, Upgrade\r\nVia: 1.1 x\r\n\r\n");
  MessageParser response(Kind::Response, {});
  response.expect_response_to(Method::Get);
  const std::string_view text =
      "HTTP/1.1 101 Switching\r\nConnection: upgrade, X\r\nUpgrade: a\r\nX: 1\r\nKeep-Alive: 5\r\n\r\n";
  ASSERT_TRUE(response.next(text));
  out.clear();
  append_response_head(response.head(),
                       {.framing = Framing::None, .via = "1.1 x", .upgrade = ForwardedResponse::Upgrade::Passes}, out);
  EXPECT_EQ(out, "HTTP/1.1 101 Switching\r\nUpgrade: a\r\nConnection: Upgrade\r\nVia: 1.1 x\r\n\r\n");
}

}  // namespace
}  // namespace citygate::proxy
