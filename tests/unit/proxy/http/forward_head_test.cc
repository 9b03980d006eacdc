#include "proxy/http/forward_head.h"

#include <gtest/gtest.h>

#include "proxy/http/message_parser.h"

namespace citygate::proxy {
namespace {

using Kind = MessageParser::Kind;

std::string forward(std::string_view text, std::string_view origin_form = "/", std::string_view host = "a.test") {
  MessageParser parser(Kind::Request, {});
  auto step = parser.next(text);
  EXPECT_TRUE(step) << text << step.error().context;
  std::string out;
  append_request_head(parser.head(), {.origin_form = origin_form, .host_field = host, .via = "1.1 citygate"}, out);
  return out;
}

std::string answer(std::string_view text, ForwardedResponse as, Method method = Method::Get) {
  MessageParser parser(Kind::Response, {});
  parser.expect_response_to(method);
  auto step = parser.next(text);
  EXPECT_TRUE(step) << text << step.error().context;
  as.via = "1.1 citygate";
  std::string out;
  append_response_head(parser.head(), as, out);
  return out;
}

TEST(ForwardRequest, PassesOtherFieldsAsTheyAreAndInOrder) {
  EXPECT_EQ(
      forward(
          "GET http://a.test/x?y HTTP/1.1\r\nhost: proxy:3128\r\nX-B:  1 \r\nx-a: 2\r\nX-B: 3\r\nCookie: \xff;\r\n\r\n",
          "/x?y"),
      "GET /x?y HTTP/1.1\r\nhost: a.test\r\nX-B: 1\r\nx-a: 2\r\nX-B: 3\r\nCookie: \xff;\r\nVia: 1.1 citygate\r\n\r\n");
}

TEST(ForwardRequest, HopByHopFieldsStay) {
  EXPECT_EQ(forward("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nProxy-Connection: keep-alive\r\nKeep-Alive: 5\r\n"
                    "Connection: keep-alive, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"
                    "Proxy-Authorization: Basic eDp5\r\nForwarded: for=10.0.0.1\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: a.test\r\nVia: 1.1 citygate\r\n\r\n");
}

// Frameworks that stand behind proxies believe these more than Host and path.
TEST(ForwardRequest, NoFieldNamesAnotherTargetToTheOrigin) {
  EXPECT_EQ(forward("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-Host: b.test\r\nx-host: b.test\r\n"
                    "X-Original-Host: b.test\r\nX-Original-URL: /b\r\nX-REWRITE-URL: /b\r\nX-Hosts: 1\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: a.test\r\nX-Hosts: 1\r\nVia: 1.1 citygate\r\n\r\n");
}

TEST(ForwardRequest, WhatIsRestrictedIsSaidInTheClientsPlace) {
  MessageParser parser(Kind::Request, {});
  ASSERT_TRUE(
      parser.next("GET http://v.test/ HTTP/1.1\r\nHost: v.test\r\nYouTube-Restrict: none\r\nX-A: 1\r\n"
                  "YOUTUBE-RESTRICT: Moderate\r\n\r\n"));
  std::string out;
  append_request_head(parser.head(),
                      {.origin_form = "/", .host_field = "v.test", .via = "1.1 citygate", .youtube_restrict = "Strict"},
                      out);
  EXPECT_EQ(out, "GET / HTTP/1.1\r\nHost: v.test\r\nX-A: 1\r\nYouTube-Restrict: Strict\r\nVia: 1.1 citygate\r\n\r\n");
}

TEST(ForwardRequest, WhatConnectionNamesStays) {
  EXPECT_EQ(forward("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nX-One: 1\r\nX-Two: 2\r\nx-three: 3\r\n"
                    "Connection: x-ONE\r\nConnection: close,\tX-Three\r\nX-Four: 4\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: a.test\r\nX-Two: 2\r\nX-Four: 4\r\nVia: 1.1 citygate\r\n\r\n");
}

// A smuggler's tools, each: the next hop must see the framing, the host and the loop guard that we saw.
TEST(ForwardRequest, ConnectionCannotNameAwayFramingAndHost) {
  EXPECT_EQ(forward("POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\nVia: 1.0 x\r\n"
                    "Content-Type: text/html\r\nRange: bytes=0-1\r\n"
                    "Connection: host, content-length, via, content-type, range\r\n\r\n"),
            "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\nVia: 1.0 x\r\nContent-Type: text/html\r\n"
            "Range: bytes=0-1\r\nVia: 1.1 citygate\r\n\r\n");
  EXPECT_EQ(forward("POST http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: CHUNKED\r\n"
                    "Connection: Transfer-Encoding\r\n\r\n"),
            "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\nVia: 1.1 citygate\r\n\r\n");
}

TEST(ForwardRequest, FramingIsWrittenAnew) {
  EXPECT_EQ(forward("PUT http://a.test/ HTTP/1.1\r\nHost: a.test\r\ncontent-length: 0007\r\n\r\n"),
            "PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 7\r\nVia: 1.1 citygate\r\n\r\n");
  EXPECT_EQ(forward("PUT http://a.test/ HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n"),
            "PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\nVia: 1.1 citygate\r\n\r\n");
}

TEST(ForwardRequest, OldClientsGetAHostAndNoExpectation) {
  EXPECT_EQ(forward("PUT http://a.test/ HTTP/1.0\r\nExpect: 100-continue\r\nTE: trailers\r\nContent-Length: 1\r\n\r\n"),
            "PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\nVia: 1.1 citygate\r\n\r\n");
}

TEST(ForwardRequest, ExpectPasses) {
  EXPECT_NE(forward("PUT http://a.test/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n")
                .find("\r\nExpect: 100-continue\r\n"),
            std::string::npos);
}

TEST(ForwardRequest, TeKeepsOnlyTrailersAndNamesItself) {
  EXPECT_EQ(
      forward("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTE: gzip;q=0.5, Trailers\r\nConnection: TE\r\n\r\n"),
      "GET / HTTP/1.1\r\nHost: a.test\r\nTE: trailers\r\nConnection: TE\r\nVia: 1.1 citygate\r\n\r\n");
  EXPECT_EQ(forward("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nTE: deflate\r\nConnection: TE\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: a.test\r\nVia: 1.1 citygate\r\n\r\n");
}

TEST(ForwardRequest, EarlierViaFieldsStayBeforeOurs) {
  EXPECT_EQ(forward("GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nVia: 1.0 x\r\nA: b\r\nVia: 1.1 y, 1.1 z\r\n\r\n"),
            "GET / HTTP/1.1\r\nHost: a.test\r\nVia: 1.0 x\r\nA: b\r\nVia: 1.1 y, 1.1 z\r\nVia: 1.1 citygate\r\n\r\n");
}

// What goes out is read by the same rules that the way in is: it must be a message to them, with the same framing.
TEST(ForwardRequest, ComesOutAsARequestAgain) {
  const std::string out =
      forward("POST http://a.test/ HTTP/1.1\r\nHost: p\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n");
  MessageParser parser(Kind::Request, {});
  auto step = parser.next(out);
  ASSERT_TRUE(step) << step.error().context;
  EXPECT_EQ(step->consumed, out.size());
  EXPECT_EQ(parser.head().framing, Framing::Chunked);
  EXPECT_TRUE(parser.head().keep_alive);
}

TEST(ForwardResponse, WritesStatusLineAndFraming) {
  EXPECT_EQ(answer("HTTP/1.0 404 Nicht da\r\nServer: x\r\nContent-Length: 12\r\n\r\n",
                   {.framing = Framing::Length, .content_length = 12, .via = {}}),
            "HTTP/1.1 404 Nicht da\r\nServer: x\r\nContent-Length: 12\r\nVia: 1.1 citygate\r\n\r\n");
  EXPECT_EQ(answer("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n",
                   {.framing = Framing::Chunked, .via = {}}),
            "HTTP/1.1 200 \r\nTrailer: X\r\nTransfer-Encoding: chunked\r\nVia: 1.1 citygate\r\n\r\n");
}

TEST(ForwardResponse, ChunkedBecomesUntilCloseForOldClients) {
  EXPECT_EQ(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n",
                   {.framing = Framing::UntilClose, .connection = ConnectionField::Close, .via = {}}),
            "HTTP/1.1 200 OK\r\nConnection: close\r\nVia: 1.1 citygate\r\n\r\n");
  EXPECT_EQ(
      answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n",
             {.framing = Framing::Length, .content_length = 1, .connection = ConnectionField::KeepAlive, .via = {}}),
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\nVia: 1.1 citygate\r\n\r\n");
}

TEST(ForwardResponse, LengthOfContentNotSent) {
  const ForwardedResponse none{.framing = Framing::None, .via = {}};
  EXPECT_EQ(answer("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n", none, Method::Head),
            "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nVia: 1.1 citygate\r\n\r\n");
  EXPECT_EQ(answer("HTTP/1.1 304 Same\r\nContent-Length: 12\r\n\r\n", none),
            "HTTP/1.1 304 Same\r\nContent-Length: 12\r\nVia: 1.1 citygate\r\n\r\n");
  EXPECT_EQ(answer("HTTP/1.1 204 None\r\nContent-Length: 12\r\n\r\n", none),
            "HTTP/1.1 204 None\r\nVia: 1.1 citygate\r\n\r\n");
  EXPECT_EQ(answer("HTTP/1.1 100 Go\r\nContent-Length: 12\r\n\r\n", none),
            "HTTP/1.1 100 Go\r\nVia: 1.1 citygate\r\n\r\n");
  EXPECT_EQ(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", none, Method::Head),
            "HTTP/1.1 200 OK\r\nVia: 1.1 citygate\r\n\r\n");
}

TEST(ForwardResponse, OriginsAskForNoProxyCredentialsAndNameNothingAway) {
  EXPECT_EQ(
      answer("HTTP/1.1 407 Yours\r\nProxy-Authenticate: Basic realm=x\r\nProxy-Authentication-Info: y\r\n"
             "Connection: X-Hop, Content-Type, Location\r\nX-Hop: 1\r\nContent-Type: text/html\r\nLocation: /x\r\n"
             "Keep-Alive: timeout=5\r\nUpgrade: h2\r\nContent-Length: 0\r\n\r\n",
             {.framing = Framing::Length, .via = {}}),
      "HTTP/1.1 407 Yours\r\nContent-Type: text/html\r\nLocation: /x\r\nContent-Length: 0\r\nVia: 1.1 "
      "citygate\r\n\r\n");
}

TEST(ForwardChunks, Prefix) {
  char out[20];
  const auto prefix = [&](std::uint64_t bytes) { return std::string(out, chunk_prefix(bytes, out)); };
  EXPECT_EQ(prefix(1), "1\r\n");
  EXPECT_EQ(prefix(0x1a2b), "1a2b\r\n");
  EXPECT_EQ(prefix(~std::uint64_t{0}), "ffffffffffffffff\r\n");
}

TEST(ForwardChunks, LastChunkLeavesFramingAndSignInOutOfTrailers) {
  std::string out;
  append_last_chunk({}, out);
  EXPECT_EQ(out, "0\r\n\r\n");
  out.clear();
  append_last_chunk({{FieldName::Other, "X-Sum", "7"},
                     {FieldName::ContentLength, "Content-Length", "7"},
                     {FieldName::TransferEncoding, "Transfer-Encoding", "chunked"},
                     {FieldName::Host, "Host", "b"},
                     {FieldName::Connection, "Connection", "close"},
                     {FieldName::Authorization, "Authorization", "Basic eDp5"},
                     {FieldName::Location, "Location", "/"},
                     {FieldName::Via, "Via", "1.1 y"},
                     {FieldName::Other, "grpc-status", "0"}},
                    out);
  EXPECT_EQ(out, "0\r\nX-Sum: 7\r\ngrpc-status: 0\r\n\r\n");
}

TEST(OriginForm, OfAbsoluteTargets) {
  std::string scratch;
  EXPECT_EQ(origin_form("http://a.test/x/y?z", Method::Get, scratch), "/x/y?z");
  EXPECT_EQ(origin_form("http://a.test", Method::Get, scratch), "/");
  EXPECT_EQ(origin_form("http://u:p@a.test:8080?q=/", Method::Get, scratch), "/?q=/");
  EXPECT_EQ(origin_form("http://a.test", Method::Options, scratch), "*");
  EXPECT_EQ(origin_form("http://a.test/", Method::Options, scratch), "/");
  EXPECT_EQ(origin_form("http://a.test?q", Method::Options, scratch), "/?q");
  EXPECT_EQ(origin_form("/x?u=http://b.test/y", Method::Get, scratch), "/x?u=http://b.test/y");
  EXPECT_EQ(origin_form("http://a.test/x#y?z", Method::Get, scratch), "/x");
  EXPECT_EQ(origin_form("http://a.test#y/z", Method::Get, scratch), "/");
  EXPECT_EQ(origin_form("/x#y", Method::Get, scratch), "/x");
  EXPECT_EQ(origin_form("*", Method::Options, scratch), "*");
  EXPECT_EQ(origin_form("http://a.test/x?y=http://b.test/z", Method::Get, scratch), "/x?y=http://b.test/z");
}

}  // namespace
}  // namespace citygate::proxy
