// Hellos that clients really sent, cut at every byte.
#include <gtest/gtest.h>

#include <charconv>

#include "proxy/tls/client_hello.h"
#include "tests/conformance/data_files.h"

namespace citygate::proxy {
namespace {

using Status = ClientHelloParser::Status;

std::string unhex(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
    unsigned byte = 0;
    std::from_chars(text.data() + at, text.data() + at + 2, byte, 16);
    out.push_back(static_cast<char>(byte));
  }
  return out;
}

// As the rows have them: ["h2","http/1.1"].
std::string json_protocols(std::string_view protocols) {
  std::string out = "[";
  while (!protocols.empty()) {
    if (out.size() > 1) out += ',';
    (out += '"').append(next_protocol(protocols)) += '"';
  }
  return out + "]";
}

std::string json_versions(std::string_view versions) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "[";
  for (std::size_t at = 0; at < versions.size(); at += 2) {
    out += out.size() > 1 ? ",\"" : "\"";
    for (const char c : versions.substr(at, 2)) {
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
    out += '"';
  }
  return out + "]";
}

// Each prefix asks for more, in one parser that goes on as in one that begins anew. Returns where the hello ends.
std::size_t cut_at_every_byte(const std::string& bytes) {
  ClientHelloParser parser;
  for (std::size_t end = 0; end <= bytes.size(); ++end) {
    const std::string_view part = std::string_view(bytes).substr(0, end);
    const Status status = parser.look(part);
    EXPECT_EQ(ClientHelloParser().look(part), status) << end;
    if (status == Status::Complete) return end;
    EXPECT_EQ(status, Status::NeedMore) << end;
  }
  return 0;
}

TEST(ClientHelloCases, Captured) {
  const auto rows = test::json_lines("conformance/tls/clienthello.jsonl.zst");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  EXPECT_GT(rows->size(), 200u);
  for (const test::Row& row : *rows) {
    SCOPED_TRACE(row.at("capture"));
    const std::string bytes = unhex(row.at("bytes_hex"));
    // One capture packs further messages behind its hello, into the same record.
    const std::size_t end = cut_at_every_byte(bytes);
    EXPECT_TRUE(end == bytes.size() || (end > 0 && row.at("capture") == "tls-fragmented-handshakes.pcap.gz")) << end;
    ClientHelloParser parser;
    ASSERT_EQ(parser.look(bytes), Status::Complete);
    const std::string& name = row.at("sni");
    EXPECT_EQ(parser.hello().server_name, name == "null" ? "" : name);
    EXPECT_EQ(json_protocols(parser.hello().protocols), row.at("alpn"));
    EXPECT_EQ(json_versions(parser.hello().versions), row.at("versions"));
  }
}

// Browsers and programs of our days, among them large hellos with an encrypted one inside.
TEST(ClientHelloCases, FirstBytesInTunnels) {
  const auto rows = test::json_lines("traffic/client-traces.jsonl.zst");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  int hellos = 0, encrypted = 0;
  for (const test::Row& row : *rows) {
    if (row.at("what") != "first-bytes-in-tunnel") continue;
    SCOPED_TRACE(row.at("client"));
    const std::string bytes = unhex(row.at("bytes_hex"));
    ClientHelloParser parser;
    if (bytes.starts_with("GET ")) {
      EXPECT_EQ(parser.look(bytes), Status::NotTls);
      continue;
    }
    ASSERT_EQ(parser.look(bytes), Status::Complete);
    EXPECT_EQ(cut_at_every_byte(bytes), bytes.size());
    EXPECT_FALSE(parser.hello().server_name.empty());
    ++hellos;
    encrypted += parser.hello().encrypted_hello ? 1 : 0;
  }
  EXPECT_GT(hellos, 50);
  EXPECT_GT(encrypted, 5);
}

}  // namespace
}  // namespace citygate::proxy
