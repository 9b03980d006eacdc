// Each format's reader, line by line.
#include <gtest/gtest.h>

#include "categories/formats/entry.h"
#include "categories/formats/line_stream.h"

namespace citygate::categories {
namespace {

// "host/path" of each entry, "!" before exceptions; or the kind of the line and why.
std::string reading(LineFormat format, std::string_view line) {
  LineResult result;
  read_line(format, line, result);
  std::string out;
  switch (result.kind) {
    case LineResult::Kind::Nothing: return "nothing";
    case LineResult::Kind::Fault: return "fault: " + std::string(result.reason);
    case LineResult::Kind::Unsupported: return "unsupported: " + std::string(result.reason);
    case LineResult::Kind::Entries: break;
  }
  for (std::size_t i = 0; i < result.count; ++i) {
    const Entry& entry = result.entries[i];
    out +=
        (out.empty() ? "" : " ") + std::string(entry.kind == Entry::Kind::Allow ? "!" : "") + entry.host + entry.path;
  }
  return out;
}

struct Case {
  std::string_view line, expected;
};

void check(LineFormat format, std::initializer_list<Case> cases) {
  for (const auto& one : cases)
    EXPECT_TRUE(reading(format, one.line).starts_with(one.expected))
        << '\'' << one.line << "' reads as '" << reading(format, one.line) << "', not '" << one.expected << '\'';
}

TEST(DomainsReader, Lines) {
  check(LineFormat::Domains, {{"example.com", "example.com"},
                              {"  Example.COM.  ", "example.com"},
                              {"*.example.com", "example.com"},
                              {".example.com", "example.com"},
                              {"example.com   # why", "example.com"},
                              {"_dmarc.example.com", "_dmarc.example.com"},
                              {"r3---sn-x.googlevideo.com", "r3---sn-x.googlevideo.com"},
                              {"bücher.example", "xn--bcher-kva.example"},
                              {"BÜCHER.example", "xn--bcher-kva.example"},
                              {"xn--bcher-kva.example", "xn--bcher-kva.example"},
                              {"192.0.2.7", "192.0.2.7"},
                              {"2001:DB8::7", "2001:db8::7"},
                              {"[2001:db8::7]", "2001:db8::7"},
                              {"example.com/path/", "example.com/path"},
                              {"", "nothing"},
                              {"# comment", "nothing"},
                              {"; comment", "nothing"},
                              {"198.51.100.0/24", "unsupported: a network"},
                              {"2001:db8::/32", "unsupported: a network"},
                              {"ads*.example.com", "unsupported: a wildcard"},
                              {"example.com:8080", "unsupported: names a port"},
                              {"com", "fault: a single word"},
                              {"localhost", "fault: a single word"},
                              {"two words", "fault: not a host name"},
                              {"a..example", "fault: not a host name"},
                              {"example.com,3", "fault: not a host name"},
                              {"<html>", "fault: not a host name"},
                              {"{\"a\": 1}", "fault: not a host name"},
                              {"notes.2", "fault: "},
                              {"3232235777", "fault: a number that is no address"},
                              {"0x7f.1", "fault: a number that is no address"},
                              {"user@example.com", "fault: not a host name"}});
  EXPECT_TRUE(reading(LineFormat::Domains, std::string_view("a\0b.com", 7)).starts_with("fault: holds control"));
  EXPECT_EQ(reading(LineFormat::Domains, std::string(64, 'a') + ".com"), "fault: not a host name");
}

TEST(UrlsReader, Lines) {
  check(LineFormat::Urls, {{"example.com/casino", "example.com/casino"},
                           {"http://example.com/casino/", "example.com/casino"},
                           {"https://www.example.com/a/../b/%7ename", "www.example.com/b/~name"},
                           {"193.195.1.1/natofeur", "193.195.1.1/natofeur"},
                           {"107.172.238.16/42", "107.172.238.16/42"},
                           {"example.com/", "example.com"},
                           {"example.com//", "example.com"},
                           {"example.com/watch?v=1", "unsupported: names a query"},
                           {"example.com?v=1", "unsupported: names a query"},
                           {"example.com/a b", "fault: not a URL path"},
                           {"/only/a/path", "fault: no host name"}});
}

TEST(HostsReader, Lines) {
  check(LineFormat::Hosts, {{"0.0.0.0 example.com", "example.com"},
                            {"127.0.0.1\texample.com www.Example.com # both", "example.com www.example.com"},
                            {":: example.com", "example.com"},
                            {"::1 localhost", "nothing"},
                            {"127.0.0.1 localhost", "nothing"},
                            {"fe80::1%lo0 localhost", "nothing"},
                            {"0.0.0.0 0.0.0.0", "nothing"},
                            {"# 0.0.0.0 example.com", "nothing"},
                            {"93.184.216.34 example.com", "unsupported: gives a name a real address"},
                            {"0.0.0.0", "0.0.0.0"},
                            {"0.0.0.0 xxxhindi.to en", "fault: a single word"},
                            {"0.0.0.0 bad_name!.com", "fault: not a host name"},
                            {"example.com", "example.com"},
                            {"some words here", "fault: does not begin with an address"}});
}

TEST(AdblockReader, Lines) {
  check(LineFormat::Adblock, {{"||example.com^", "example.com"},
                              {"||Example.com^|", "example.com"},
                              {"||example.com", "example.com"},
                              {"||*.example.com^", "example.com"},
                              {"||example.com/ads/", "example.com/ads"},
                              {"||example.com^$important", "example.com"},
                              {"||example.com^! Issue 464", "example.com"},
                              {"@@||good.example.com^", "!good.example.com"},
                              {"example.com", "example.com"},
                              {"! comment", "nothing"},
                              {"# comment", "nothing"},
                              {"[Adblock Plus 2.0]", "nothing"},
                              {"example.com##.banner", "unsupported: hides parts of pages"},
                              {"example.com#@#.banner", "unsupported: hides parts of pages"},
                              {"/banner[0-9]+/", "unsupported: a regular expression"},
                              {"||example.com^$third-party", "unsupported: has $options"},
                              {"@@||example.com^$script", "unsupported: has $options"},
                              {"@@||aax-*.amazon.*^", "unsupported: a wildcard"},
                              {"@@||example.com/path", "unsupported: an exception for a path"},
                              {"-banner-ad.", "unsupported: matches inside URLs"},
                              {"||com^", "fault: a single word"}});
}

TEST(ResolverReader, Lines) {
  check(LineFormat::Resolver, {{"address=/example.com/#", "example.com"},
                               {"server=/example.com/", "example.com"},
                               {"local-zone: \"example.com.\" always_null", "example.com"},
                               {"server:", "nothing"},
                               {"# comment", "nothing"},
                               {"address=/example.com", "fault: no '/'"},
                               {"local-zone: example.com", "fault: no name in quotes"},
                               {"cache-size=150", "fault: neither"}});
}

TEST(DetectFormat, ByTheLinesThatAreOfOneFormatAlone) {
  EXPECT_EQ(detect_format("# c\nexample.com\nexample.org\n"), LineFormat::Domains);
  EXPECT_EQ(detect_format("# c\n0.0.0.0 example.com\n127.0.0.1 example.org\n"), LineFormat::Hosts);
  EXPECT_EQ(detect_format("! c\n||example.com^\n@@||example.org^\n"), LineFormat::Adblock);
  EXPECT_EQ(detect_format("# c\naddress=/example.com/#\n"), LineFormat::Resolver);
  EXPECT_EQ(detect_format("# c\nlocal-zone: \"example.com.\" always_null\n"), LineFormat::Resolver);
  EXPECT_EQ(detect_format("192.0.2.1\n192.0.2.2\n"), LineFormat::Domains);
  EXPECT_EQ(detect_format(""), LineFormat::Domains);
}

struct Seen {
  std::string text;
  std::uint64_t number;
  bool cut;
  friend bool operator==(const Seen&, const Seen&) = default;
};

std::vector<Seen> lines_of(std::string_view text, std::size_t block) {
  std::vector<Seen> out;
  LineStream stream;
  const auto visit = [&out](const LineStream::Line& line) {
    out.push_back({std::string(line.text), line.number, line.cut});
    return true;
  };
  for (std::size_t at = 0; at < text.size(); at += block) stream.feed(text.substr(at, block), visit);
  stream.finish(visit);
  return out;
}

TEST(LineStream, TheSameLinesHoweverTheStreamIsCut) {
  const std::string text =
      "\xef\xbb\xbf"
      "first\r\n\r\nthird\n" +
      std::string(10'000, 'x') + "\nlast";
  const std::vector<Seen> expected{{"first", 1, false},
                                   {"", 2, false},
                                   {"third", 3, false},
                                   {std::string(kMaxLineBytes, 'x'), 4, true},
                                   {"last", 5, false}};
  for (std::size_t block : {1UL, 2UL, 3UL, 7UL, 4096UL, 100'000UL}) EXPECT_EQ(lines_of(text, block), expected) << block;
}

TEST(LineStream, StopsWhenToldTo) {
  LineStream stream;
  int seen = 0;
  EXPECT_FALSE(stream.feed("a\nb\nc\n", [&](const LineStream::Line&) { return ++seen < 2; }));
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace citygate::categories
