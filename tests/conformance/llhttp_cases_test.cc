// llhttp's own table of messages. Cases that its newest version refuses must be refused; those it takes must give at
// least their first message, unless they stand below with the rule of ours that refuses them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "tests/conformance/data_files.h"
#include "tests/unit/proxy/http/message_reading.h"

namespace citygate::proxy {
namespace {

using Kind = MessageParser::Kind;

struct Ours {
  std::string_view title_end, rule;
};

// Taken by llhttp, refused by us.
constexpr Ours kRefusedByUs[] = {
    {"M-SEARCH request", "the asterisk-form is for OPTIONS"},
    {"QUERY request", "llhttp 8.1 does not know the method: 501"},
    {"SOURCE request with ICE", "not HTTP"},
    {"ICE response", "not HTTP"},
    {"CONNECT with body", "CONNECT has no content"},
    {"POST with `chunked` as last transfer-encoding (multiple headers)", "two Transfer-Encoding fields"},
    {"multiple transfer-encoding where chunked is not the last one", "two Transfer-Encoding fields"},
    {"`chunkedchunked` transfer-encoding does not enable chunked enconding", "a coding other than chunked"},
    {"Tabs in `Content-Length` (surrounding)", "llhttp 8.1 takes spaces only"},
    {"Response starting with CRLF", "empty lines are skipped before requests only"},
};

bool refused_by_us(const std::string& title) {
  return std::ranges::any_of(kRefusedByUs, [&](const Ours& ours) { return title.ends_with(ours.title_end); });
}

// The table's requests often leave out Host, which is not what they are about.
std::string with_host(std::string text) {
  const auto line = text.find("HTTP/1.1\r\n");
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (line == std::string::npos || lower.find("\nhost") != std::string::npos) return text;
  return text.insert(line + 10, "Host: a.test\r\n");
}

// Line ends were trimmed from the table's inputs, so each is tried with none, one and two of them.
constexpr std::string_view kTrimmed[] = {"", "\r\n", "\r\n\r\n"};

TEST(LlhttpCases, MessagesAreTakenAndRefusedAsTheTableSays) {
  const auto rows = test::json_lines("conformance/http1/llhttp-cases.jsonl.zst");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  int taken = 0, refused = 0;
  std::set<std::string_view> unused;
  for (const Ours& ours : kRefusedByUs) unused.insert(ours.title_end);
  for (const test::Row& row : *rows) {
    const std::string& type = row.at("type");
    if (type != "request" && type != "response") continue;  // lenient parsers, and URLs alone
    const std::string& code = row.at("error_code");
    const std::string& title = row.at("title");
    const Kind kind = type == "request" ? Kind::Request : Kind::Response;
    const std::string text = kind == Kind::Request ? with_host(row.at("input_latin1")) : row.at("input_latin1");
    const bool must_refuse = code != "null" && code != "21" && code != "22" && code != "23";  // those are pauses
    bool first_read = false, clean = false;
    std::string errors;
    for (std::string_view end : kTrimmed) {
      const auto reading = test::read_whole(kind, text + std::string(end));
      EXPECT_EQ(reading, test::read_bytewise(kind, text + std::string(end))) << title;
      // Some bodies were cut short by the table; then the head alone counts.
      first_read = first_read || (!reading.messages.empty() && (reading.messages[0].ends_with("\ndone") ||
                                                                reading.error.ends_with("in the midst of a message")));
      clean = clean || reading.error_status == 0;
      errors += reading.error + "; ";
    }
    if (must_refuse) {
      EXPECT_FALSE(clean) << row.at("file") << ": " << title << '\n' << text;
      ++refused;
    } else if (refused_by_us(title)) {
      EXPECT_FALSE(clean) << "not refused any more: " << title;
      for (const Ours& ours : kRefusedByUs)
        if (title.ends_with(ours.title_end)) unused.erase(ours.title_end);
    } else {
      EXPECT_TRUE(first_read) << row.at("file") << ": " << title << '\n' << text << '\n' << errors;
      ++taken;
    }
  }
  EXPECT_GE(taken, 50);
  EXPECT_GE(refused, 30);
  EXPECT_TRUE(unused.empty()) << *unused.begin();
}

// What a lenient parser may take, a strict one may refuse; but whole or in bytes it must do the same.
TEST(LlhttpCases, LenientCasesReadTheSameInPieces) {
  const auto rows = test::json_lines("conformance/http1/llhttp-cases.jsonl.zst");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  for (const test::Row& row : *rows)
    for (const Kind kind : {Kind::Request, Kind::Response})
      EXPECT_EQ(test::read_whole(kind, row.at("input_latin1")), test::read_bytewise(kind, row.at("input_latin1")))
          << row.at("title");
}

}  // namespace
}  // namespace citygate::proxy
