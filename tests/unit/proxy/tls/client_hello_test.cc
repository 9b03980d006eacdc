#include "proxy/tls/client_hello.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/tls/hello_bytes.h"

namespace citygate::proxy {
namespace {

using namespace test;
using Status = ClientHelloParser::Status;

Status whole(std::string_view bytes) { return ClientHelloParser().look(bytes); }

TEST(ClientHello, NameProtocolsAndVersions) {
  const std::string bytes =
      records(hello(server_name("www.example.org") + extension(16, vector(std::string("\x02h2\x08http/1.1"), 2)) +
                    extension(43, vector("\x0a\x0a\x03\x04", 1)) + extension(0xfe0d, "whatever")));
  ClientHelloParser parser;
  ASSERT_EQ(parser.look(bytes), Status::Complete);
  EXPECT_EQ(parser.hello().legacy_version, 0x0303);
  EXPECT_EQ(parser.hello().server_name, "www.example.org");
  std::string_view protocols = parser.hello().protocols;
  EXPECT_EQ(next_protocol(protocols), "h2");
  EXPECT_EQ(next_protocol(protocols), "http/1.1");
  EXPECT_EQ(next_protocol(protocols), "");
  EXPECT_EQ(parser.hello().versions, "\x0a\x0a\x03\x04");
  EXPECT_TRUE(parser.hello().encrypted_hello);
}

TEST(ClientHello, WithoutNameOrExtensions) {
  for (const auto& message : {hello_without_extensions(), hello("")}) {
    ClientHelloParser parser;
    const std::string bytes = records(message);
    ASSERT_EQ(parser.look(bytes), Status::Complete);
    EXPECT_EQ(parser.hello().server_name, "");
    EXPECT_FALSE(parser.hello().encrypted_hello);
  }
}

TEST(ClientHello, AnyFragmentsAndAnyReadsGiveTheSame) {
  const std::string message = hello(server_name("split.example") + extension(21, std::string(900, '\0')));
  for (std::size_t fragment :
       {std::size_t{1}, std::size_t{3}, std::size_t{4}, std::size_t{5}, std::size_t{100}, message.size() - 1}) {
    const std::string bytes = records(message, fragment);
    ClientHelloParser parser;
    for (std::size_t end = 0; end < bytes.size(); ++end)
      ASSERT_EQ(parser.look(std::string_view(bytes).substr(0, end)), Status::NeedMore) << fragment << " " << end;
    ASSERT_EQ(parser.look(bytes), Status::Complete) << fragment;
    EXPECT_EQ(parser.hello().server_name, "split.example");
  }
}

TEST(ClientHello, WhatFollowsIsNotItsBusiness) {
  ClientHelloParser parser;
  const std::string bytes = records(hello(server_name("a.example"))) + "early data";
  ASSERT_EQ(parser.look(bytes), Status::Complete);
  EXPECT_EQ(parser.hello().server_name, "a.example");
}

TEST(ClientHello, OtherProtocolsAreSeenAtTheirFirstBytes) {
  for (const char* bytes : {"GET / HTTP/1.1\r\n", "SSH-2.0-x\r\n", "\x80\x2e\x01\x03\x01", "\x15\x03\x01", "\x16\x02",
                            "\x16\x03\x01\x7f\xff"})
    EXPECT_EQ(whole(bytes), Status::NotTls) << bytes;
  EXPECT_EQ(whole(std::string("\x16\x03\x01\x00\x00", 5)), Status::NotTls) << "an empty record";
  EXPECT_EQ(whole(std::string("\x16\x03\x01\x00\x01\x02", 6)), Status::NotTls) << "another handshake message";
  EXPECT_EQ(whole(""), Status::NeedMore);
  EXPECT_EQ(whole("\x16"), Status::NeedMore);
}

TEST(ClientHello, WhatCanBeReadInTwoWaysIsNone) {
  const std::string entry = name_entry("a.example"), name = server_name("a.example");
  const std::pair<const char*, std::string> cases[] = {
      {"the extension twice", name + server_name("b.example")},
      {"two names", extension(0, vector(entry + name_entry("b.example"), 2))},
      {"a name of another kind", extension(0, vector("\x01" + vector("a.example", 2), 2))},
      {"an empty name", server_name("")},
      {"an empty list", extension(0, vector("", 2))},
      {"an empty extension", extension(0, "")},
      {"bytes behind the list", extension(0, vector(entry, 2) + "x")},
      {"a list that ends early", extension(0, vector(entry.substr(0, entry.size() - 1), 2))},
      {"an extension that ends early", name.substr(0, name.size() - 1)},
      {"half a head of an extension", name + "\x01"},
      {"an empty protocol", extension(16, vector(std::string("\x02h2\x00", 4), 2))},
      {"half a version", extension(43, vector("\x03", 1))},
  };
  for (const auto& [what, extensions] : cases) EXPECT_EQ(whole(records(hello(extensions))), Status::NotTls) << what;

  std::string behind = hello(name);
  behind = "\x01" + vector(behind.substr(4) + "x", 3);
  EXPECT_EQ(whole(records(behind)), Status::NotTls) << "bytes behind the extensions";
  std::string mixed = records(hello(name), 40);
  mixed[45] = 20;
  EXPECT_EQ(whole(mixed), Status::NotTls) << "another record between two of the hello";
}

TEST(ClientHello, IsBounded) {
  const std::string long_one = hello(extension(21, std::string(60'000, '\0')));
  EXPECT_EQ(whole(records(long_one)), Status::Complete);
  EXPECT_EQ(whole(records(std::string("\x01\x01\x00\x01", 4))), Status::NotTls) << "a hello that says it is above 64 KiB";
}

}  // namespace
}  // namespace citygate::proxy
