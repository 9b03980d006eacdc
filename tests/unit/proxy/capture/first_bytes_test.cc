#include "proxy/capture/first_bytes.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/tls/hello_bytes.h"

namespace citygate::proxy {
namespace {

using Kind = FirstBytes::Kind;

// As the bytes come one by one, and all at once: the same.
Kind kind_of(std::uint16_t port, std::string_view bytes) {
  FirstBytes slow(port);
  Kind kind = Kind::Undecided;
  for (std::size_t end = 1; end <= bytes.size() && kind == Kind::Undecided; ++end)
    kind = slow.look(bytes.substr(0, end));
  EXPECT_EQ(FirstBytes(port).look(bytes), kind) << bytes;
  return kind;
}

TEST(FirstBytes, RequestLinesOnPort80) {
  for (const char* line :
       {"GET / HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n", "M-SEARCH * HTTP/1.1", "\r\nPOST /x HTTP/1.0",
        "GET http://a.test/ HTTP/1.1", "GET HTTP://a.test/", "PRI * HTTP/2.0", "QUERY /x"})
    EXPECT_EQ(kind_of(80, line), Kind::Http) << line;
}

// Where nameless connections pass, who writes a line that only lenient servers read must not be taken for nameless.
TEST(FirstBytes, WhatALenientServerCouldReadIsLeftToTheStrictReader) {
  for (const char* line :
       {"get / HTTP/1.1\r\n", " GET / HTTP/1.1", "\nGET / HTTP/1.1", "GET  / HTTP/1.1", "GET\t/ HTTP/1.1", "GET\v/x",
        "GET\r/ HTTP/1.1", "-GET /", "G3T /", "GET ftp://a.test/ HTTP/1.1", "GET x://a.test/ HTTP/1.1",
        "CONNECT a.test:443 HTTP/1.1\r\n", "Connect a.test:443", "ABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1",
        "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nGET /"})
    EXPECT_EQ(kind_of(80, line), Kind::Http) << line;
  for (const std::string& line : {std::string(256, ' '), std::string(256, 'A'), "GET " + std::string(252, 'a')})
    EXPECT_EQ(kind_of(80, line), Kind::Http) << line;
}

TEST(FirstBytes, WhatIsNoRequestOnPort80) {
  for (const char* line : {"SSH-2.0-OpenSSH_9.2\r\n", "EHLO a.test\r\n", "USER hans\r\n", "GET\r\n",
                           "GET a.test/ HTTP/1.1", "GET ://", "QUIT\r\n", "MAIL FROM:<a@a.test>\r\n", ": /",
                           "\x13"
                           "BitTorrent protocol"})
    EXPECT_EQ(kind_of(80, line), Kind::Other) << line;
}

TEST(FirstBytes, BeginningsAreUndecided) {
  for (const char* line : {"", "G", "GET", "GET ", "GET htt", "GET a:", "GET a:/", "\r\n", "\r\n ", "CONNECT "})
    EXPECT_EQ(kind_of(80, line), Kind::Undecided) << line;
}

TEST(FirstBytes, HelloOnPort443) {
  const std::string hello = test::records(test::hello(test::server_name("a.example")), 50);
  EXPECT_EQ(kind_of(443, hello), Kind::Tls);
  FirstBytes first(443);
  ASSERT_EQ(first.look(hello + "more"), Kind::Tls);
  EXPECT_EQ(first.hello().server_name, "a.example");
  EXPECT_EQ(kind_of(443, "GET / HTTP/1.1\r\n"), Kind::Other);
  EXPECT_EQ(kind_of(80, hello), Kind::Tls) << "where nobody expects one it names its target too";
}

TEST(FirstBytes, EitherOnOtherPorts) {
  EXPECT_EQ(kind_of(8080, "GET / HTTP/1.1\r\n"), Kind::Http);
  EXPECT_EQ(kind_of(8080, test::records(test::hello_without_extensions())), Kind::Tls);
  EXPECT_EQ(kind_of(8080, "SSH-2.0-x\r\n"), Kind::Other);
}

TEST(FirstBytes, BrokenHelloIsNotTakenForSomethingElse) {
  const auto broken = [](std::string_view bytes) {
    for (const std::uint16_t port : {80, 443, 8443}) EXPECT_EQ(kind_of(port, bytes), Kind::BrokenTls) << port;
  };
  const std::string name = test::server_name("a.example");
  broken(test::records(test::hello(name + name)));                      // two names
  broken(std::string_view("\x16\x03\x01\x00\x00", 5));                  // an empty record
  broken(std::string_view("\x16\x03\x01\xff\xff", 5));                  // one that is too long
  broken(std::string_view("\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9));  // a server's hello
  broken(std::string_view("\x16\x03\x01\x00\x04\x01\x7f\xff\xff", 9));  // a hello of 8 MB
  EXPECT_EQ(kind_of(443, std::string_view("\x16\x02\x01\x00\x04", 5)), Kind::Other) << "no TLS at all";
}

}  // namespace
}  // namespace citygate::proxy
