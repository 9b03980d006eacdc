// The URL tables of the web platform tests, as far as our canonical form means the same: http and https URLs, what
// setters of a URL's parts make of it, percent-encoding, and domain to ASCII. A path is compared by what a browser
// would send for it: we decode unreserved characters, browsers do not.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/target.h"
#include "tests/conformance/data_files.h"
#include "tests/conformance/url_differences.h"

namespace citygate {
namespace {

using test::Difference;

// Browsers repair these before they send them; on the wire between client and proxy nothing stands for them.
bool repaired_by_browsers(std::string_view input) {
  return std::ranges::any_of(input,
                             [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '\\'; });
}

bool is_http(std::string_view url) { return url.starts_with("http://") || url.starts_with("https://"); }

template <std::size_t N>
bool stands_in(const Difference (&table)[N], std::string_view what) {
  return std::ranges::any_of(table, [&](const Difference& difference) { return difference.what == what; });
}

// Names that DNS cannot carry; browsers leave that to the resolver.
bool unfit_for_dns(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxHostBytes) return true;
  for (std::size_t begin = 0;;) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (end == begin || end - begin > 63) return true;
    if (end == name.size()) return false;
    begin = end + 1;
  }
}

// Everything but the query, which is kept as it was sent.
std::string canonical(std::string_view url) {
  Target target;
  const auto parsed = parse_url(url, target);
  return parsed ? target.to_string() : "refused: " + parsed.error().context;
}

std::string host_of(const Target& target) {
  return target.address && !target.address->is_v4() ? "[" + target.host + "]" : target.host;
}

void expect_host_and_port(const test::Row& row, const Target& target) {
  std::string wanted = row.at("hostname");
  if (wanted.ends_with('.')) wanted.pop_back();
  EXPECT_EQ(host_of(target), wanted) << row.at("input");
  const std::string& port = row.at("port");
  const std::uint16_t usual = target.scheme == Scheme::Https ? 443 : 80;
  EXPECT_EQ(std::to_string(target.port), port.empty() ? std::to_string(usual) : port) << row.at("input");
}

TEST(UrlCases, AbsoluteUrls) {
  const auto rows = test::json_lines("conformance/url/urltestdata.jsonl");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  int same = 0, refused = 0;
  for (const test::Row& row : *rows) {
    const std::string& input = row.at("input");
    if (!is_http(input) || stands_in(test::kOtherUrls, input)) continue;
    Target target;
    const auto parsed = parse_url(input, target);
    if (row.contains("failure")) {
      EXPECT_FALSE(parsed) << input << " gave " << target.to_string();
      ++refused;
    } else if (parsed) {
      expect_host_and_port(row, target);
      EXPECT_EQ(target.to_string(), canonical(row.at("href"))) << input;
      ++same;
    } else {
      EXPECT_TRUE(repaired_by_browsers(input)) << input << ": " << parsed.error().context;
    }
  }
  EXPECT_GT(same, 60);
  EXPECT_GT(refused, 80);
}

// Whatever the page wrote, relative or not: this is what reaches us.
TEST(UrlCases, WhatABrowserSendsForEachRowIsAcceptedAndStaysTheSame) {
  const auto rows = test::json_lines("conformance/url/urltestdata.jsonl");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  int seen = 0;
  for (const test::Row& row : *rows) {
    if (!row.contains("href") || !is_http(row.at("href")) || stands_in(test::kOtherUrls, row.at("input"))) continue;
    Target target;
    const auto parsed = parse_url(row.at("href"), target);
    ASSERT_TRUE(parsed) << row.at("href") << ": " << parsed.error().context;
    expect_host_and_port(row, target);
    EXPECT_EQ(canonical(target.to_string()), target.to_string());
    ++seen;
  }
  EXPECT_GT(seen, 110);
}

TEST(UrlCases, EveryDifferenceIsStillOne) {
  const auto rows = test::json_lines("conformance/url/urltestdata.jsonl");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  for (const Difference& difference : test::kOtherUrls) {
    const auto row = std::ranges::find_if(*rows, [&](const test::Row& r) { return r.at("input") == difference.what; });
    ASSERT_NE(row, rows->end()) << difference.what;
    Target target;
    const bool parsed = parse_url(difference.what, target).has_value();
    EXPECT_TRUE(row->contains("failure") ? parsed : !parsed || host_of(target) != row->at("hostname"))
        << difference.what << " is as in the table now";
  }
}

// A setter takes what it can use of the new value. The URL with that part written into it must be what the browser
// makes of it, or refused.
TEST(UrlCases, PartsThatASetterChanged) {
  const auto rows = test::json_lines("conformance/url/setters_tests.jsonl");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  int same = 0, sent = 0;
  for (const test::Row& row : *rows) {
    const std::string &before = row.at("href"), &setter = row.at("setter"), &value = row.at("new_value");
    const std::string expected = row.at("expected");
    const auto at = expected.find("\"href\":\"");
    ASSERT_NE(at, std::string::npos) << expected;
    const std::string href = expected.substr(at + 8, expected.find('"', at + 8) - at - 8);
    if (!is_http(href) || !is_http(before)) continue;
    EXPECT_FALSE(canonical(href).starts_with("refused")) << href;
    ++sent;
    const std::size_t authority = before.find("//") + 2;
    const std::size_t path = std::min(before.find_first_of("/?#", authority), before.size());
    const std::string host = before.substr(authority, before.find_first_of(":/?#", authority) - authority);
    const std::string scheme = before.substr(0, authority);
    std::string url;
    if (setter == "host") url = scheme + value + before.substr(path);
    if (setter == "port") url = scheme + host + ":" + value + before.substr(path);
    if (setter == "pathname" && value.find_first_of("?#") == std::string::npos)
      url = before.substr(0, path) + (value.starts_with('/') ? "" : "/") + value;
    if (setter == "search") url = before.substr(0, path) + "/?" + value;
    if (url.empty() || value.find_first_of("/\\?:@") != std::string::npos) continue;  // the setter stops there
    Target target;
    if (!parse_url(url, target)) continue;
    EXPECT_EQ(target.to_string(), canonical(href)) << setter << "=" << value;
    ++same;
  }
  EXPECT_GT(sent, 50);
  EXPECT_GE(same, 9);
}

TEST(UrlCases, PercentEncodedAndPlainBytesAreOnePath) {
  const auto rows = test::json_lines("conformance/url/percent-encoding.jsonl");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  int seen = 0;
  for (const test::Row& row : *rows) {
    const std::string& output = row.at("output");
    const auto at = output.find("\"utf-8\":\"");
    ASSERT_NE(at, std::string::npos) << output;
    std::string encoded = output.substr(at + 9, output.find('"', at + 9) - at - 9);
    if (encoded.ends_with("\\\\")) encoded.pop_back();  // as JSON writes one
    const std::string once = canonical("http://a.test/" + encoded);
    EXPECT_EQ(canonical(once), once);
    if (repaired_by_browsers(row.at("input")) && row.at("input").find('\\') == std::string::npos) continue;
    EXPECT_EQ(canonical("http://a.test/" + row.at("input")), once);
    ++seen;
  }
  EXPECT_EQ(seen, 4);
}

TEST(UrlCases, DomainToAscii) {
  const auto rows = test::json_lines("conformance/url/toascii.jsonl");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  for (const test::Row& row : *rows) {
    const std::string &input = row.at("input"), &wanted = row.at("output");
    const std::string canonical_wanted = wanted == "null" || unfit_for_dns(wanted) ? "" : wanted;
    if (stands_in(test::kOtherHosts, input)) {
      EXPECT_NE(canonical_host(input), canonical_wanted) << input << " is as in the table now";
    } else {
      EXPECT_EQ(canonical_host(input), canonical_wanted) << input;
    }
  }
}

// Unicode's own table. What UTS 46 refuses we refuse, without an exception.
TEST(UrlCases, InternationalNames) {
  const auto rows = test::json_lines("conformance/url/IdnaTestV2.jsonl.zst");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  std::set<std::string> differing;
  int same = 0;
  for (const test::Row& row : *rows) {
    const std::string& input = row.at("input");
    std::string wanted = row.at("output");
    if (wanted == "null" || unfit_for_dns(wanted)) wanted.clear();
    if (wanted.ends_with('.')) wanted.pop_back();
    const std::string got = canonical_host(input);
    if (got == wanted) {
      ++same;
    } else if (got.empty()) {
      EXPECT_TRUE(stands_in(test::kRefusedNames, wanted)) << input << " (" << wanted << ") is refused";
      differing.insert(wanted);
    } else {
      EXPECT_TRUE(stands_in(test::kOtherNames, input)) << input << " gave " << got << " and not " << wanted;
    }
  }
  EXPECT_GT(same, 1200);
  EXPECT_EQ(differing.size(), std::size(test::kRefusedNames)) << "some are as in the table now";
}

}  // namespace
}  // namespace citygate
