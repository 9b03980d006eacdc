// Each format's reader, line by line.
#include <gtest/gtest.h>

#include "categories/formats/line_stream.h"
#include "tests/unit/categories/reading.h"

namespace citygate::categories {
namespace {

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
                              {"ads*.example.com", "~^https?://(?:[^/?]*\\.)?ads[^/?]*\\.example\\.com[:/]"},
                              {"*.*", "unsupported: a wildcard for every name"},
                              {"*.*.com", "unsupported: a pattern of less than four characters"},
                              {"e*.com", "unsupported: a pattern of less than four characters"},
                              {"ab*.co.uk", "unsupported: a pattern of less than four characters"},
                              {"casino*.co.uk", "~^https?://(?:[^/?]*\\.)?casino[^/?]*\\.co\\.uk[:/]"},
                              {"ads*.example.com/x", "fault: not a host name"},
                              {"192.0.2.1-192.0.2.9", "unsupported: a network or range"},
                              {"example.com:443", "example.com"},
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
                           {"example.com/watch?v=1", "example.com/watch?v=1"},
                           {"example.com/watch/?v=%7E", "example.com/watch/?v=~"},
                           {"HTTP://Example.com:80/A", "example.com/A"},
                           {"example.com:8080/a", "unsupported: names a port"},
                           {"example.com#top", "example.com"},
                           {"example.com?v=1", "example.com/?v=1"},
                           {"example.com/a b", "fault: not a URL path"},
                           {"/only/a/path", "fault: no host name"}});
}

TEST(HostsReader, Lines) {
  check(LineFormat::Hosts, {{"0.0.0.0 example.com", "=example.com"},
                            {"127.0.0.1\texample.com www.Example.com # both", "=example.com =www.example.com"},
                            {":: example.com", "=example.com"},
                            {"::1 localhost", "nothing"},
                            {"127.0.0.1 localhost", "nothing"},
                            {"fe80::1%lo0 localhost", "nothing"},
                            {"0.0.0.0 0.0.0.0", "nothing"},
                            {"# 0.0.0.0 example.com", "nothing"},
                            {"93.184.216.34 example.com", "unsupported: gives a name a real address"},
                            {"10.1.2.3 intranet.example", "unsupported: gives a name a real address"},
                            {"192.168.1.5 printer.example scanner.example", "unsupported: gives a name a real"},
                            {"100.64.0.9 example.com", "unsupported: gives a name a real address"},
                            {"169.254.1.1 example.com", "unsupported: gives a name a real address"},
                            {"fd00::5 example.com", "unsupported: gives a name a real address"},
                            {"fe80::1%lo0 example.com", "unsupported: gives a name a real address"},
                            {"127.0.53.53 example.com", "=example.com"},
                            {"0.1.2.3 example.com", "=example.com"},
                            {"255.255.255.255 example.com", "=example.com"},
                            {"192.0.2.1 example.com", "=example.com"},
                            {"100::1 example.com", "=example.com"},
                            {"0.0.0.0", "=0.0.0.0"},
                            {"0.0.0.0 xxxhindi.to en", "fault: a single word"},
                            {"0.0.0.0 bad_name!.com", "fault: not a host name"},
                            {"example.com", "=example.com"},
                            {"some words here", "fault: does not begin with an address"}});
}

TEST(HostsReader, ANameIsThatNameAloneUnlessTheSourceSaysMore) {
  check(LineFormat::Hosts, {{"0.0.0.0 amazonaws.com", "=amazonaws.com"}});
  FileContext with_below{.subdomains = true};
  check(LineFormat::Hosts, with_below,
        {{"0.0.0.0 a.example b.example", "a.example b.example"}, {"c.example", "c.example"}});
}

TEST(AdblockReader, Names) {
  check(LineFormat::Adblock, {{"||example.com^", "example.com"},
                              {"||Example.com^|", "example.com"},
                              {"||example.com|", "example.com"},
                              {"||example.com", "example.com"},
                              {"||*.example.com^", "example.com"},
                              {"||example.com/ads/", "example.com/ads"},
                              {"||example.com/ads^", "example.com/ads"},
                              {"||example.com/ads.js", "example.com/ads.js"},
                              {"||example.com^! Issue 464", "example.com"},
                              {"@@||good.example.com^", "!good.example.com"},
                              {"@@||example.com/path/", "!example.com/path"},
                              {"example.com", "example.com"},
                              {"||com^", "unsupported: a whole top-level domain"}});
}

TEST(AdblockReader, PatternsAreExpressions) {
  const std::string separator = R"((?:[^\w.%\x80-\xff-]|$))", border = R"(~^https?://(?:[^/?]*\.)?)";
  EXPECT_EQ(reading(LineFormat::Adblock, "||example.com/ad"), border + R"(example\.com/ad)");
  EXPECT_EQ(reading(LineFormat::Adblock, "||example.com/ads/*banner^"),
            border + R"(example\.com/ads/.*banner)" + separator);
  EXPECT_EQ(reading(LineFormat::Adblock, "@@||aax-*.example.*^"), "!" + border + R"(aax-.*\.example\..*)" + separator);
  EXPECT_EQ(reading(LineFormat::Adblock, "||example.com/watch?v=1"), border + R"(example\.com/watch\?v=1)");
  EXPECT_EQ(reading(LineFormat::Adblock, "|https://x.example/*.gif|"), R"(~^https://x\.example/.*\.gif$)");
  EXPECT_EQ(reading(LineFormat::Adblock, "-banner-ad."), R"(~-banner-ad\.)");
  EXPECT_EQ(reading(LineFormat::Adblock, "/banner/*/img^"), "~/banner/.*/img" + separator);
  EXPECT_EQ(reading(LineFormat::Adblock, "*/banner/**"), "~/banner/");
  EXPECT_EQ(reading(LineFormat::Adblock, "/banner[0-9]+/"), "~banner[0-9]+");
  EXPECT_EQ(reading(LineFormat::Adblock, "@@/banner[0-9]+$/"), "!~banner[0-9]+$");
  EXPECT_EQ(reading(LineFormat::Adblock, "/banner[0-9]+/$important"), "important ~banner[0-9]+");
  check(LineFormat::Adblock, {{"*", "unsupported: a rule for every URL"},
                              {"ad^", "unsupported: a pattern of less than four"},
                              {"||*^", "unsupported: a pattern of less than four"},
                              {"||*.com/*", "unsupported: a pattern of less than four"},
                              {"||e*^", "unsupported: a pattern of less than four"},
                              {"||com/a*^", "unsupported: a pattern of less than four"},
                              {"||co*.uk^", "unsupported: a pattern of less than four"},
                              {".com^", "unsupported: a pattern of less than four"},
                              {".co.uk/*", "unsupported: a pattern of less than four"},
                              {"|*.com^", "unsupported: a pattern of less than four"},
                              {"/^.*\\.com$/", "unsupported: a pattern of less than four"},
                              {"/^[a-z.]+$/", "unsupported: a pattern of less than four"},
                              {"/.*/", "fault: a regular expression that finds every URL"},
                              {"/(ads/", "fault: not a regular expression: a bracket"},
                              {"some words here", "fault: not an adblock rule"}});
}

TEST(AdblockReader, RulesOfDnsListsAreAboutNames) {
  check(LineFormat::Adblock, {{"|example.com^", "=example.com"},
                              {"|example.com|", "=example.com"},
                              {"@@|www.example.com^|", "!=www.example.com"},
                              {"|example.com^$important", "important =example.com"},
                              {"|ads.", "~^https?://ads\\."},
                              {"|ads*.example.com^", "~^https?://ads.*\\.example\\.com(?:"},
                              {"/^ads[0-9]*\\.example\\.com$/", "~^https?://ads[0-9]*\\.example\\.com[:/]"},
                              {"/^ads.*\\.example/", "~^https?://ads[^:/]*\\.example"},
                              {"/(^|\\.)casino\\.example$/", "~^https?://(?:[^:/]*\\.)?casino\\.example[:/]"},
                              {"@@/^fair[.]example$/", "!~^https?://fair[.]example[:/]"},
                              {"/^https?:\\/\\/x\\.example\\//", "~^https?:\\/\\/x\\.example\\/"},
                              {"/^.*$/", "fault: a regular expression that finds every URL"}});
}

TEST(AdblockReader, Options) {
  check(LineFormat::Adblock, {{"||example.com^$important", "important example.com"},
                              {"||example.com^$all", "example.com"},
                              {"||example.com^$document,important", "important example.com"},
                              {"@@||example.com^$important", "!important example.com"},
                              {"/casino[0-9]/$important", "important ~casino[0-9]"},
                              {"||example.com^$important,third-party", "unsupported: has $script, $third-party"},
                              {"@@||example.com^$doc", "!example.com"},
                              {"||example.com^$dnsrewrite=NXDOMAIN", "example.com"},
                              {"||example.com^$dnsrewrite=NOERROR;A;0.0.0.0", "example.com"},
                              {"||example.com^$dnsrewrite=192.0.2.1", "example.com"},
                              {"||example.com^$dnsrewrite=93.184.216.34", "unsupported: has $dnsrewrite"},
                              {"||example.com^$dnsrewrite=safe.example", "unsupported: has $dnsrewrite"},
                              {"||example.com^$denyallow=a.example", "unsupported: has $denyallow"},
                              {"||example.com^$third-party", "unsupported: has $script, $third-party"},
                              {"||example.com^$~script", "unsupported: has $script, $third-party"},
                              {"@@||example.com^$script,domain=a.example", "unsupported: has $script"},
                              {"||example.com^$domain=a.example|~b.example", "unsupported: has $domain"},
                              {"@@||example.com^$elemhide", "unsupported: has $elemhide"},
                              {"||example.com^$client=10.0.0.1", "unsupported: has $client"},
                              {"||example.com^$removeparam=utm", "unsupported: has $redirect, $removeparam"},
                              {"||example.com^$badfilter", "cancels ||example.com^"},
                              {"@@||example.com^$important,badfilter", "cancels @@||example.com^$important"},
                              {"||example.com^$badfilter,important", "cancels ||example.com^$important"}});
}

TEST(AdblockReader, OtherLines) {
  check(LineFormat::Adblock, {{"! comment", "nothing"},
                              {"# comment", "nothing"},
                              {"[Adblock Plus 2.0]", "nothing"},
                              {"!#include other.txt", "unsupported: includes another list"},
                              {"example.com##.banner", "unsupported: hides parts of pages"},
                              {"example.com##+js(nowebrtc)", "unsupported: hides parts of pages"},
                              {"example.com#@#.banner", "unsupported: hides parts of pages"},
                              {"example.com$$script[tag-content=\"x\"]", "unsupported: hides parts of pages"}});
}

TEST(ResolverReader, Lines) {
  check(LineFormat::Resolver, {{"address=/example.com/#", "example.com"},
                               {"address=/example.com/0.0.0.0", "example.com"},
                               {"address=/a.example/b.example/", "a.example b.example"},
                               {"address=/example.com/93.184.216.34", "unsupported: gives a name a real address"},
                               {"server=/example.com/", "example.com"},
                               {"server=/example.com/9.9.9.9", "unsupported: sends questions to another server"},
                               {"server=/example.com/ # why", "example.com"},
                               {"server=/fair.example.com/#", "!fair.example.com"},
                               {"local=/a.example/b.example/#", "!a.example !b.example"},
                               {"local=/example.com/10.0.0.1", "unsupported: sends questions to another server"},
                               {"address=/intranet.example/10.0.0.5", "unsupported: gives a name a real address"},
                               {"address=/example.com/nonsense", "fault: neither '#' nor an address"},
                               {"address=/#/0.0.0.0", "unsupported: a rule for every name"},
                               {"server=//", "unsupported: a rule for names of one word"},
                               {"local=/example.com/", "example.com"},
                               {"local-zone: \"example.com.\" always_null", "example.com"},
                               {"local-zone: \"example.com\" transparent", "unsupported: a zone that lets names pass"},
                               {"local-data: \"example.com. 60 IN A 0.0.0.0\"", "=example.com"},
                               {"local-data: \"example.com A 93.184.216.34\"", "unsupported: gives a name"},
                               {"local-data: \"example.com TXT x\"", "unsupported: answers with other data"},
                               {"server:", "nothing"},
                               {"# comment", "nothing"},
                               {"address=/example.com", "fault: no '/'"},
                               {"local-zone: example.com", "fault: no name in quotes"},
                               {"cache-size=150", "fault: neither"}});
}

TEST(ResolverReader, ZonesAreRefusedButForTheirData) {
  FileContext city;
  check(LineFormat::Resolver, city,
        {{"local-zone: \"city.example.\" static", "city.example"},
         {"local-data: \"pc.city.example. IN A 10.0.0.5\"", "!=pc.city.example"},
         {"local-data: \"city.example. IN A 93.184.216.34\"", "!=city.example"},
         {"local-data: \"city.example. IN A 10.0.0.1\"", "unsupported: answers for its zone with an address within"},
         {"local-data: \"bad.city.example. IN A 0.0.0.0\"", "=bad.city.example"},
         {"local-data: \"pc.other.example. IN A 10.0.0.5\"", "unsupported: gives a name a real address"},
         {"local-data-ptr: \"10.0.0.5 pc.city.example\"", "unsupported: answers with other data"},
         {"local-zone: \"www.search.example\" redirect", "www.search.example"},
         {"local-data: \"www.search.example CNAME safe.search.example\"", "!www.search.example"},
         {"local-zone: \"ads.example\" redirect", "ads.example"},
         {"local-data: \"ads.example A 0.0.0.0\"", "=ads.example"},
         {"local-zone: \"null.example\" always_null", "null.example"},
         {"local-data: \"a.null.example A 10.0.0.5\"", "unsupported: gives a name a real address"},
         {"local-zone: \"lan.\" static", "unsupported: a whole top-level domain"},
         {"local-data: \"pc.lan. A 10.0.0.5\"", "unsupported: gives a name a real address"},
         {"local-zone: \"x.example\"", "fault: no type of zone"},
         {"local-zone: \"x.example\" nonsense", "fault: no type of zone"}});
}

LineFormat detected(std::string_view sample) {
  CsvShape csv;
  return detect_format(sample, csv);
}

TEST(DetectFormat, ByTheLinesThatAreOfOneFormatAlone) {
  EXPECT_EQ(detected("# c\nexample.com\nexample.org\n"), LineFormat::Domains);
  EXPECT_EQ(detected("# c\n0.0.0.0 example.com\n127.0.0.1 example.org\n"), LineFormat::Hosts);
  EXPECT_EQ(detected("! c\n||example.com^\n@@||example.org^\n"), LineFormat::Adblock);
  EXPECT_EQ(detected("# c\naddress=/example.com/#\n"), LineFormat::Resolver);
  EXPECT_EQ(detected("# c\nlocal-zone: \"example.com.\" always_null\n"), LineFormat::Resolver);
  EXPECT_EQ(detected("192.0.2.1\n192.0.2.2\n"), LineFormat::Domains);
  EXPECT_EQ(detected(""), LineFormat::Domains);
  EXPECT_EQ(detected("$TTL 300\n@ IN SOA a. b. 1 2 3 4 5\nbad.example CNAME .\n*.bad.example CNAME .\n"),
            LineFormat::Rpz);
  EXPECT_EQ(detected("domain,category\na.example,news\nb.example/x,y,games\n"), LineFormat::Csv);
  EXPECT_EQ(detected("a.example;news\nb.example;games\n"), LineFormat::Csv);
  EXPECT_EQ(detected("a.example/x,y\nb.example/a;b\n"), LineFormat::Domains);
  EXPECT_EQ(detected("[Adblock Plus 2.0]\n-ad-banner.\n-ads-\n/ads/*\n&adslot=\n"), LineFormat::Adblock);
  EXPECT_EQ(detected("# c\n[uBlock Origin]\n-ad-banner.\n"), LineFormat::Adblock);
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
