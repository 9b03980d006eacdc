#include "proxy/http/head_rules.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/http/message_reading.h"

namespace citygate::proxy {
namespace {

using Kind = MessageParser::Kind;

// The status a request is answered with, whole and byte by byte; 0: accepted.
int request(const std::string& text) {
  const auto whole = test::read_whole(Kind::Request, text);
  EXPECT_EQ(whole, test::read_bytewise(Kind::Request, text)) << text;
  EXPECT_TRUE(whole.error_status != 0 || !whole.messages.empty()) << text;
  return whole.error_status;
}
int response(const std::string& text, Method answers = Method::Get) {
  const auto whole = test::read_whole(Kind::Response, text, answers);
  EXPECT_EQ(whole, test::read_bytewise(Kind::Response, text, answers)) << text;
  EXPECT_TRUE(whole.error_status != 0 || !whole.messages.empty()) << text;
  return whole.error_status;
}
int request_with(const std::string& fields, const std::string& body = "") {
  return request("POST / HTTP/1.1\r\nHost: a.test\r\n" + fields + "\r\n" + body);
}
int response_with(const std::string& fields, const std::string& body = "") {
  return response("HTTP/1.1 200 OK\r\n" + fields + "\r\n" + body);
}

TEST(HeadRules, LineEndsAreCrLf) {  // RFC 9112 section 2.2
  EXPECT_EQ(request("GET / HTTP/1.1\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400);
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400);
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"), 400);
  EXPECT_EQ(response("HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n"), 502);
  EXPECT_EQ(response("HTTP/1.1 200 OK\r\nContent-Length: 0\n\r\n"), 502);
}

TEST(HeadRules, FoldedLinesAreRefusedEverywhere) {  // section 5.2
  EXPECT_EQ(request_with("A: b\r\n c\r\n"), 400);
  EXPECT_EQ(request_with("A:\r\n\tb\r\n"), 400);
  EXPECT_EQ(request("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), 400);
  EXPECT_EQ(request_with("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"), 400);
  EXPECT_EQ(request_with("Content-Length: 1\r\n 0\r\n", "0123456789"), 400);
  EXPECT_EQ(request_with("Transfer-Encoding: chunked\r\n", "0\r\nA: b\r\n c\r\n\r\n"), 400);
  EXPECT_EQ(response_with("A: b\r\n c\r\nContent-Length: 0\r\n"), 502);
}

TEST(HeadRules, RequestLine) {  // section 3
  EXPECT_EQ(request("GET  / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(request("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(request("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(request("GET / a HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(request("GET / HTTP/1.1 \r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(request("GET /\r\n\r\n"), 400);
  EXPECT_EQ(request("\x16\x03\x01\x02"), 400);
  EXPECT_EQ(request("GET / ICE/1.0\r\nHost: a\r\n\r\n"), 400);
}

TEST(HeadRules, MethodsUnknownAre501) {  // RFC 9110 section 15.6.2
  EXPECT_EQ(request("QUERY / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(request("get / HTTP/1.1\r\nHost: a\r\n\r\n"), 501);
  EXPECT_EQ(request("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n"), 0);
}

TEST(HeadRules, VersionsOtherThan10And11Are505) {  // RFC 9110 section 15.6.6
  EXPECT_EQ(request("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(request("GET / HTTP/0.9\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(request("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(request("GET / HTTP/3.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(request("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(request("GET / HTTP/1.11\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(request("GET / HTTP/x.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(request("GET / http/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(response("HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"), 502);
}

TEST(HeadRules, StatusLine) {  // section 4
  EXPECT_EQ(response("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), 0);
  EXPECT_EQ(response("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"), 0);
  EXPECT_EQ(response("HTTP/1.1 200 G\xc3\xbct so\r\nContent-Length: 0\r\n\r\n"), 0);
  EXPECT_EQ(response("HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"), 0);
  EXPECT_EQ(response("HTTP/1.1  200 OK\r\nContent-Length: 0\r\n\r\n"), 502);
  EXPECT_EQ(response("HTTP/1.1 2 OK\r\nContent-Length: 0\r\n\r\n"), 502);
  EXPECT_EQ(response("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"), 502);
  EXPECT_EQ(response("HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n"), 502);
  EXPECT_EQ(response("HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n"), 502);
  EXPECT_EQ(response("HTTP/1.1 200OK\r\nContent-Length: 0\r\n\r\n"), 502);
  EXPECT_EQ(response("HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n"), 502);
  EXPECT_EQ(response("ICY 200 OK\r\nContent-Length: 0\r\n\r\n"), 502);
}

TEST(HeadRules, FieldNamesAndValues) {  // sections 5, 5.1; RFC 9110 section 5.5
  EXPECT_EQ(request_with(": b\r\n"), 400);
  EXPECT_EQ(request_with("A : b\r\n"), 400);
  EXPECT_EQ(request_with("A\t: b\r\n"), 400);
  EXPECT_EQ(request_with("A b: c\r\n"), 400);
  EXPECT_EQ(request_with("A\r\n"), 400);
  EXPECT_EQ(request_with("A(: b\r\n"), 400);
  EXPECT_EQ(request_with("\xc3\xa4: b\r\n"), 400);
  EXPECT_EQ(request_with(std::string("A: b\0c\r\n", 8)), 400);
  EXPECT_EQ(request_with("A: b\x01\r\n"), 400);
  EXPECT_EQ(request_with("A: b\x7f\r\n"), 400);
  EXPECT_EQ(request_with("A: b\rc\r\n"), 400);
  EXPECT_EQ(request_with("A: b\tc \xff\r\n"), 0);
}

TEST(HeadRules, TargetFormsByMethod) {  // section 3.2
  const auto target = [](const std::string& method, const std::string& text) {
    return request(method + " " + text + " HTTP/1.1\r\nHost: a.test\r\n\r\n");
  };
  EXPECT_EQ(target("GET", "/"), 0);
  EXPECT_EQ(target("GET", "http://a.test"), 0);
  EXPECT_EQ(target("GET", "http://a.test/x?y=http://b"), 0);
  EXPECT_EQ(target("GET", "ftp://a.test/x"), 0);  // a form of its own; which schemes are served is another matter
  EXPECT_EQ(target("GET", "*"), 400);
  EXPECT_EQ(target("GET", "a.test:80"), 400);
  EXPECT_EQ(target("GET", "a.test"), 400);
  EXPECT_EQ(target("GET", "http://a.test/a#b"), 0);
  EXPECT_EQ(target("GET", "/a\xc3\xa4"), 400);
  EXPECT_EQ(target("OPTIONS", "*"), 0);
  EXPECT_EQ(target("OPTIONS", "http://a.test"), 0);
  EXPECT_EQ(target("OPTIONS", "**"), 400);
  EXPECT_EQ(target("CONNECT", "a.test:443"), 0);
  EXPECT_EQ(target("CONNECT", "[2001:db8::1]:443"), 0);
  EXPECT_EQ(target("CONNECT", "a.test"), 400);
  EXPECT_EQ(target("CONNECT", "a.test:"), 400);
  EXPECT_EQ(target("CONNECT", "a.test:443443"), 400);
  EXPECT_EQ(target("CONNECT", ":443"), 400);
  EXPECT_EQ(target("CONNECT", "/"), 400);
  EXPECT_EQ(target("CONNECT", "u@a.test:443"), 400);
  EXPECT_EQ(target("CONNECT", "http://a.test:443"), 400);
}

TEST(HeadRules, Host) {  // sections 3.2, 3.2.2
  EXPECT_EQ(request("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(request("GET http://a.test/ HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(request("GET http://a.test/ HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(request("CONNECT a.test:443 HTTP/1.0\r\n\r\n"), 0);
  EXPECT_EQ(request("CONNECT a.test:443 HTTP/1.1\r\n\r\n"), 0);
  EXPECT_EQ(request("GET http://a.test/ HTTP/1.1\r\nHost: 127.0.0.1:3128\r\n\r\n"), 0);
  EXPECT_EQ(request("GET http://a.test/ HTTP/1.1\r\nHost:\r\n\r\n"), 0);
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nhOST: b\r\n\r\n"), 400);
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n"), 0);
  for (const char* host : {"a b", "a/b", "a@b", "a?b", "a#b", "a\\b", "a\"b", "<a>", "a\tb", "\xc3\xa4"})
    EXPECT_EQ(request(std::string("GET / HTTP/1.1\r\nHost: ") + host + "\r\n\r\n"), 400) << host;
}

TEST(HeadRules, TransferEncodingIsOneFinalChunkedOrRefused) {  // sections 6.1, 6.3
  const std::string body = "0\r\n\r\n";
  EXPECT_EQ(request_with("Transfer-Encoding: chunked\r\n", body), 0);
  EXPECT_EQ(request_with("transfer-encoding:\tCHUNKED \r\n", body), 0);
  EXPECT_EQ(request_with("Transfer-Encoding: identity, chunked\r\n", body), 501);
  EXPECT_EQ(request_with("Transfer-Encoding: gzip, chunked\r\n", body), 501);
  EXPECT_EQ(request_with("Transfer-Encoding: gzip\r\n", body), 400);
  EXPECT_EQ(request_with("Transfer-Encoding: identity\r\n", body), 400);
  EXPECT_EQ(request_with("Transfer-Encoding: xchunked\r\n", body), 400);
  EXPECT_EQ(request_with("Transfer-Encoding: chunkedx\r\n", body), 400);
  EXPECT_EQ(request_with("Transfer-Encoding: chunked;q=1\r\n", body), 400);
  EXPECT_EQ(request_with("Transfer-Encoding: \"chunked\"\r\n", body), 400);
  EXPECT_EQ(request_with("Transfer-Encoding: chunked, identity\r\n", body), 400);
  EXPECT_EQ(request_with("Transfer-Encoding: chunked, chunked\r\n", body), 400);
  EXPECT_EQ(request_with("Transfer-Encoding: , chunked\r\n", body), 501);
  EXPECT_EQ(request_with("Transfer-Encoding:\r\n", body), 400);
  EXPECT_EQ(request_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", body), 400);
  EXPECT_EQ(request_with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", body), 400);
  EXPECT_EQ(request("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body), 400);
  EXPECT_EQ(response_with("Transfer-Encoding: chunked\r\n", body), 0);
  EXPECT_EQ(response_with("Transfer-Encoding: gzip, chunked\r\n", body), 502);
  EXPECT_EQ(response_with("Transfer-Encoding: identity\r\n", body), 502);
  EXPECT_EQ(response("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body), 502);
}

TEST(HeadRules, BothFramingsAtOnceAreRefused) {  // section 6.3 rule 3
  const std::string body = "0\r\n\r\n";
  EXPECT_EQ(request_with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", body), 400);
  EXPECT_EQ(request_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", body), 400);
  EXPECT_EQ(request_with("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", body), 400);
  EXPECT_EQ(response_with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", body), 502);
}

TEST(HeadRules, ContentLengthIsOneNumber) {  // section 6.3 rule 5
  EXPECT_EQ(request_with("Content-Length: 2\r\n", "ab"), 0);
  EXPECT_EQ(request_with("Content-Length: 002\r\n", "ab"), 0);
  for (const char* value : {"", "+2", "-2", "2,2", "2, 2", "2 2", "0x2", "2.0", "2;", "\"2\"", "99999999999999999999"})
    EXPECT_EQ(request_with(std::string("Content-Length: ") + value + "\r\n", "ab"), 400) << value;
  EXPECT_EQ(request_with("Content-Length: 2\r\nContent-Length: 2\r\n", "ab"), 400);
  EXPECT_EQ(request_with("Content-Length: 2\r\nContent-Length: 3\r\n", "ab"), 400);
  EXPECT_EQ(response_with("Content-Length: 2\r\nContent-Length: 2\r\n", "ab"), 502);
  EXPECT_EQ(response_with("Content-Length: 2, 2\r\n", "ab"), 502);
}

TEST(HeadRules, NoContentOnConnectAndTrace) {  // RFC 9110 sections 9.3.6, 9.3.8
  EXPECT_EQ(request("CONNECT a.test:443 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"), 400);
  EXPECT_EQ(request("CONNECT a.test:443 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
  EXPECT_EQ(request("CONNECT a.test:443 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"), 0);
  EXPECT_EQ(request("TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"), 400);
  EXPECT_EQ(request("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"), 0);
}

TEST(HeadRules, ChunkFraming) {  // section 7.1
  const auto chunks = [](const std::string& body) { return request_with("Transfer-Encoding: chunked\r\n", body); };
  EXPECT_EQ(chunks("A\r\n0123456789\r\n0\r\n\r\n"), 0);
  EXPECT_EQ(chunks("0a\r\n0123456789\r\n000\r\n\r\n"), 0);
  EXPECT_EQ(chunks("1;a=\"b\"\r\nx\r\n0\r\n\r\n"), 0);
  for (const char* body : {"1\nx\r\n0\r\n\r\n", "1\r\nx\n0\r\n\r\n", "1\r\nxy\r\n0\r\n\r\n", " 1\r\nx\r\n0\r\n\r\n",
                           "1 \r\nx\r\n0\r\n\r\n", "0x1\r\nx\r\n0\r\n\r\n", "-1\r\nx\r\n0\r\n\r\n", "g\r\n",
                           "10000000000000001\r\nx\r\n0\r\n\r\n", "\r\n", "1\r\nx\r\n0\r\n\n",
                           "1;\x01\r\nx\r\n0\r\n\r\n", "1;a\nx\r\n0\r\n\r\n", "1\r\rx\r\n0\r\n\r\n"})
    EXPECT_EQ(chunks(body), 400) << body;
}

MessageHead head_of(MessageParser& parser, std::string_view text) {
  auto step = parser.next(text);
  EXPECT_TRUE(step) << text << step.error().context;
  return parser.head();
}

TEST(HeadRules, Persistence) {  // section 9.3
  const auto keeps = [](const std::string& version, const std::string& fields) {
    const std::string text = "GET / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n";
    MessageParser parser(Kind::Request, {});
    return head_of(parser, text).keep_alive;
  };
  EXPECT_TRUE(keeps("1.1", ""));
  EXPECT_TRUE(keeps("1.1", "Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: CLOSE\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: x, close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: x\r\nConnection: ,close,\r\n"));
  EXPECT_FALSE(keeps("1.1", "Connection: keep-alive, close\r\n"));
  EXPECT_FALSE(keeps("1.1", "Proxy-Connection: close\r\n"));
  EXPECT_TRUE(keeps("1.1", "Connection: closed\r\n"));
  EXPECT_FALSE(keeps("1.0", ""));
  EXPECT_TRUE(keeps("1.0", "Connection: keep-alive\r\n"));
  EXPECT_TRUE(keeps("1.0", "Proxy-Connection: Keep-Alive\r\n"));
  EXPECT_FALSE(keeps("1.0", "Connection: keep-alive\r\nProxy-Connection: close\r\n"));

  MessageParser origin(Kind::Response, {});
  EXPECT_TRUE(head_of(origin, "HTTP/1.1 204 No\r\nProxy-Connection: close\r\n\r\n").keep_alive);
}

TEST(HeadRules, ExpectAndUpgrade) {  // RFC 9110 sections 10.1.1, 7.8
  const auto head = [](const std::string& version, const std::string& fields) {
    const std::string text = "PUT / HTTP/" + version + "\r\nHost: a\r\n" + fields + "\r\n";
    MessageParser parser(Kind::Request, {});
    return head_of(parser, text);
  };
  EXPECT_TRUE(head("1.1", "Expect: 100-Continue\r\n").expect_continue);
  EXPECT_FALSE(head("1.0", "Expect: 100-continue\r\n").expect_continue);
  EXPECT_FALSE(head("1.1", "Expect: something\r\n").expect_continue);
  EXPECT_TRUE(head("1.1", "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n").upgrade);
  EXPECT_FALSE(head("1.1", "Upgrade: websocket\r\n").upgrade);
  EXPECT_FALSE(head("1.1", "Connection: upgrade\r\n").upgrade);
  EXPECT_FALSE(head("1.0", "Connection: Upgrade\r\nUpgrade: websocket\r\n").upgrade);
}

TEST(HeadRules, ListMembers) {
  EXPECT_TRUE(list_holds("a, b ,\tC", "c"));
  EXPECT_FALSE(list_holds("ab, c", "a"));
  EXPECT_FALSE(list_holds("", ""));
  std::string_view rest = ", a,, b c ,", member;
  ASSERT_TRUE(next_member(rest, member));
  EXPECT_EQ(member, "a");
  ASSERT_TRUE(next_member(rest, member));
  EXPECT_EQ(member, "b c");
  EXPECT_FALSE(next_member(rest, member));
}

}  // namespace
}  // namespace citygate::proxy
