// Heads that real clients and origins sent. Every client recorded behind a proxy must be served; of the captured heads
// only those may be refused whose bytes were damaged on purpose or which leave out Host.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/conformance/data_files.h"
#include "tests/unit/proxy/http/message_reading.h"

namespace citygate::proxy {
namespace {

using Kind = MessageParser::Kind;
using What = MessageParser::Step::What;

TEST(RecordedHeads, EveryClientOfAProxyIsUnderstood) {
  const auto rows = test::json_lines("traffic/client-traces.jsonl.zst");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  int heads = 0;
  for (const test::Row& row : *rows) {
    if (row.at("what") != "proxy-request") continue;
    const std::string& text = row.at("head_latin1");
    MessageParser parser(Kind::Request, {});
    auto step = parser.next(text);
    ASSERT_TRUE(step) << row.at("client") << ": " << step.error().context << '\n' << text;
    EXPECT_EQ(step->what, What::HeadComplete) << text;
    EXPECT_EQ(step->consumed, text.size()) << text;
    EXPECT_EQ(test::read_whole(Kind::Request, text), test::read_bytewise(Kind::Request, text)) << text;
    ++heads;
  }
  EXPECT_GT(heads, 150);
}

// fuzz-*.pcap and the like hold bytes overwritten by "%s" or noise: they show up as such in names, versions or targets.
bool damaged_or_without_host(const std::string& text) {
  const bool noise = text.find("%s") != std::string::npos ||
                     std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  return noise || text.find("\r\nHost:") == std::string::npos || text.find("POST .serv") != std::string::npos;
}

TEST(RecordedHeads, CapturedHeadsAreReadUnlessDamaged) {
  const auto rows = test::json_lines("conformance/http1/captured-heads.jsonl.zst");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  int read = 0, refused = 0;
  for (const test::Row& row : *rows) {
    const Kind kind = row.at("kind") == "request" ? Kind::Request : Kind::Response;
    const std::string& text = row.at("head_latin1");
    EXPECT_EQ(test::read_whole(kind, text), test::read_bytewise(kind, text)) << text;
    if (row.at("complete") != "true") continue;
    MessageParser parser(kind, {});
    auto step = parser.next(text);
    if (!step) {
      EXPECT_TRUE(damaged_or_without_host(text)) << step.error().context << '\n' << text;
      ++refused;
      continue;
    }
    EXPECT_EQ(step->what, What::HeadComplete) << text;
    ++read;
  }
  EXPECT_GT(read, 260);
  EXPECT_LT(refused, 10);
}

}  // namespace
}  // namespace citygate::proxy
