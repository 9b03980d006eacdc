// The URL tables of the web platform tests, as far as our canonical form means the same: hosts and ports of http and
// https URLs, and domain to ASCII. Paths differ on purpose (we decode unreserved characters, browsers do not).
#include <gtest/gtest.h>

#include <algorithm>

#include "base/target.h"
#include "tests/conformance/data_files.h"

namespace citygate {
namespace {

// Browsers repair these before they send them; on the wire between client and proxy nothing stands for them.
bool repaired_by_browsers(const std::string& input) {
  return std::ranges::any_of(input,
                             [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '\\'; });
}

struct Ours {
  std::string_view input, why;
};

// Where we answer otherwise than a browser, and mean it.
constexpr Ours kOtherUrls[] = {
    {"http://f:0/c", "no origin listens on port 0"},
    {"http://../", "an empty label"},
    {"http://foo.09..", "an empty label"},
    {"http://!\"$&'()*+,-.;=_`{}~/", "characters that RFC 3986 does not allow in a host"},
    {"http://[::127.0.0.1]", "the same address, its last part written as RFC 5952 section 5 has it"},
    {"http://[::%31]", "a zone is dropped: it names an interface of the client's"},
};
constexpr Ours kOtherHosts[] = {
    {"a\u2020--", "libidn2 allows no two hyphens there"},
    {">\u0338", "libidn2's older Unicode"},
    {"<\u00ad\u0338", "'<' in a host"},
    {">\u00ad\u0338", "'>' in a host"},
    {"look\u206bout.net", "libidn2's older Unicode"},
    {"\u2183.com", "libidn2's older Unicode"},
    {"\u1e9e.com", "capital sharp s became sharp s in Unicode 15.1"},
    {"\u1e9e.foo.com", "capital sharp s became sharp s in Unicode 15.1"},
};

template <std::size_t N>
bool stands_in(const Ours (&table)[N], const std::string& input) {
  return std::ranges::any_of(table, [&](const Ours& ours) { return ours.input == input; });
}

// Names that DNS cannot carry; browsers leave that to the resolver.
bool too_long_for_dns(std::string_view name) {
  if (name.size() > kMaxHostBytes) return true;
  std::size_t label = 0;
  for (char c : name) {
    label = c == '.' ? 0 : label + 1;
    if (label > 63) return true;
  }
  return false;
}

TEST(UrlCases, HostsAndPortsOfAbsoluteUrls) {
  const auto rows = test::json_lines("conformance/url/urltestdata.jsonl");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  int same = 0, refused = 0;
  for (const test::Row& row : *rows) {
    const std::string& input = row.at("input");
    if (!input.starts_with("http://") && !input.starts_with("https://")) continue;
    if (stands_in(kOtherUrls, input) || (!row.contains("failure") && repaired_by_browsers(input))) continue;
    Target target;
    const auto parsed = parse_url(input, target);
    if (row.contains("failure")) {
      EXPECT_FALSE(parsed) << input << " gave " << target.to_string();
      ++refused;
      continue;
    }
    if (!parsed) {
      ADD_FAILURE() << input << ": " << parsed.error().context;
      continue;
    }
    std::string wanted = row.at("hostname");
    if (wanted.ends_with('.')) wanted.pop_back();
    const std::string got = target.address && !target.address->is_v4() ? "[" + target.host + "]" : target.host;
    EXPECT_EQ(got, wanted) << input;
    const std::string& port = row.at("port");
    EXPECT_EQ(std::to_string(target.port), !port.empty()                    ? port
                                           : target.scheme == Scheme::Https ? "443"
                                                                            : "80")
        << input;
    ++same;
  }
  EXPECT_GT(same, 50);
  EXPECT_GT(refused, 80);
}

TEST(UrlCases, DomainToAscii) {
  const auto rows = test::json_lines("conformance/url/toascii.jsonl");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  for (const test::Row& row : *rows) {
    const std::string& wanted = row.at("output");
    if (stands_in(kOtherHosts, row.at("input"))) continue;
    if (too_long_for_dns(wanted)) {
      EXPECT_EQ(canonical_host(row.at("input")), "") << row.at("input");
      continue;
    }
    EXPECT_EQ(canonical_host(row.at("input")), wanted == "null" ? "" : wanted) << row.at("input");
  }
}

}  // namespace
}  // namespace citygate
