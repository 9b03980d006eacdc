#include "base/target.h"

#include <gtest/gtest.h>

namespace citygate {
namespace {

std::string url(std::string_view text) {
  Target target;
  const auto parsed = parse_url(text, target);
  return parsed ? target.to_string() : "error";
}

TEST(Target, TheExampleOfTheHeader) {
  Target target;
  ASSERT_TRUE(parse_url("http://User@WWW.Example.COM.:80/a/../b%7e?q=1", target));
  EXPECT_EQ(target.scheme, Scheme::Http);
  EXPECT_EQ(target.host, "www.example.com");
  EXPECT_FALSE(target.address);
  EXPECT_EQ(target.port, 80);
  EXPECT_EQ(target.path, "/b~");
  EXPECT_EQ(target.query, "q=1");
  EXPECT_EQ(target.to_string(), "http://www.example.com/b~");
}

TEST(Target, SchemesAndPorts) {
  EXPECT_EQ(url("HTTP://a.test"), "http://a.test/");
  EXPECT_EQ(url("https://a.test:443/x"), "https://a.test/x");
  EXPECT_EQ(url("https://a.test:80/x"), "https://a.test:80/x");
  EXPECT_EQ(url("http://a.test:/x"), "http://a.test/x");
  EXPECT_EQ(url("http://a.test:00080/x"), "http://a.test/x");
  for (const char* text :
       {"ftp://a.test/", "//a.test/", "a.test", "http:/a.test", "http://", "http:///x", "http://a.test:0/",
        "http://a.test:65536/", "http://a.test:-1/", "http://a.test:8o/", "http://:80/", "http://?x", ""})
    EXPECT_EQ(url(text), "error") << text;
}

// The host is what stands between the last '@' and the first of '/', '?' and '#': another reading would let a blocked
// host through under an allowed one's name.
TEST(Target, CredentialsAndDelimitersDoNotHideTheHost) {
  EXPECT_EQ(url("http://good.test@evil.test/"), "http://evil.test/");
  EXPECT_EQ(url("http://good.test:80@evil.test:81/"), "http://evil.test:81/");
  EXPECT_EQ(url("http://a@b@evil.test/"), "http://evil.test/");
  EXPECT_EQ(url("http://evil.test/@good.test/"), "http://evil.test/@good.test/");
  EXPECT_EQ(url("http://evil.test?@good.test/"), "http://evil.test/");
  EXPECT_EQ(url("http://evil.test#@good.test/"), "http://evil.test/");
  EXPECT_EQ(url("http://evil.test\\@good.test/"), "error");
  EXPECT_EQ(url("http://evil.test%2f@good.test/"), "http://good.test/");
  EXPECT_EQ(url("http://evil.test%2fgood.test/"), "error");
  EXPECT_EQ(url("http://evil.test%00.good.test/"), "error");
  EXPECT_EQ(url("http://evil.test%40good.test/"), "error");
  EXPECT_EQ(url("http://evil.test /"), "error");
  EXPECT_EQ(url("http://evil\t.test/"), "error");
  EXPECT_EQ(url(std::string_view("http://evil.test\0/", 18)), "error");
}

// The conversion of a label that is not ASCII takes a C string.
TEST(Target, WhatStandsBehindAnEncodedNulIsNotDroppedFromAnInternationalName) {
  for (const char* host :
       {"caf%C3%A9%00evil.test", "caf%C3%A9%00.test", "good.test.%C3%A9%00.evil.test", "%00%C3%A9.test"})
    EXPECT_EQ(canonical_host(host), "") << host;
}

TEST(Target, PathsAreOneFormForOneMeaning) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "/"},
      {"/", "/"},
      {"/a/b", "/a/b"},
      {"/a/./b", "/a/b"},
      {"/a/../b", "/b"},
      {"/a/b/..", "/a/"},
      {"/a/b/.", "/a/b/"},
      {"/../../a", "/a"},
      {"/..", "/"},
      {"/a//b", "/a//b"},
      {"/a//b/../c", "/a//c"},
      {"/a%2Fb/c/../d", "/a%2Fb/d"},
      {"/...", "/..."},
      {"/.a", "/.a"},
      {"/%7Euser", "/~user"},
      {"/%41%2d%5F", "/A-_"},
      {"/%2e%2E/a", "/a"},
      {"/x/%2E./a", "/a"},
      {"/%2f", "/%2F"},
      {"/a%2fb", "/a%2Fb"},
      {"/%e4", "/%E4"},
      {"/%", "/%25"},
      {"/%zz", "/%25zz"},
      {"/%%36b", "/%256b"},
      {"/%4%31", "/%2541"},
      {"/%25%37e", "/%257e"},
      {"/A", "/A"},
      {"/caf\xc3\xa9", "/caf%C3%A9"},
      {"/a\"<b>^`{c}", "/a%22%3Cb%3E%5E%60%7Bc%7D"},
      {"/a|b[c]'", "/a|b[c]'"},
      {"/a\\b%5cc", "/a\\b%5Cc"},
      {"/%2e", "/"},
      {"/a;b=c&d", "/a;b=c&d"},
  };
  for (const auto& [path, wanted] : cases)
    EXPECT_EQ(url("http://a.test" + std::string(path)), "http://a.test" + std::string(wanted)) << path;
}

// A server that merges "//", or takes "%2F" or '\\' for '/', or drops path parameters first, goes up from elsewhere. An
// entry for the one reading would be walked around by the other.
TEST(Target, DotDotThatServersResolveDifferentlyIsRefused) {
  for (const char* path :
       {"/a//../b", "/a//%2e%2E/b", "/a%2Fb/../c", "/a%5cb/../c", "/a\\b/../c", "/x/..%2fcasino", "/x/..%2Fy",
        "/x%2f..", "/x%2f../y", "/x\\..\\y", "/x/%2e%2e%5Cy", "/x/..;/y", "/x/..;a=b/y", "/x/..%3b/y", "/x//%2E./"}) {
    EXPECT_EQ(url("http://a.test" + std::string(path)), "error") << path;
    Target target;
    EXPECT_FALSE(parse_origin_form("a.test", path, target)) << path;
  }
  EXPECT_EQ(url("http://a.test/..."), "http://a.test/...");
  EXPECT_EQ(url("http://a.test/a..%2Fb"), "http://a.test/a..%2Fb");
  EXPECT_EQ(url("http://a.test/v1..v2"), "http://a.test/v1..v2");
  EXPECT_EQ(url("http://a.test/..a;b"), "http://a.test/..a;b");
}

// http.sys decodes it, before it looks for dots and separators; all else reads a '%' and text. Scripts write what is not
// ASCII so, and that is one path to all: base/matching_form.h.
TEST(Target, AsciiThatOnlyOneServerDecodesIsRefused) {
  for (const char* path : {"/games/%u0073lots", "/%U0073", "/a/%u002e%u002e/b", "/a%u002Fb", "/a%u005cb", "/%u007f"}) {
    EXPECT_EQ(url("http://a.test" + std::string(path)), "error") << path;
    Target target;
    EXPECT_FALSE(parse_origin_form("a.test", path, target)) << path;
  }
  EXPECT_EQ(url("http://a.test/%u00e9%u4E2D"), "http://a.test/%25u00e9%25u4E2D");
  EXPECT_EQ(url("http://a.test/%25u0073"), "http://a.test/%25u0073") << "decoded once it is text";
  EXPECT_EQ(url("http://a.test/%u007"), "http://a.test/%25u007");
  EXPECT_NE(url("http://a.test/?q=%u0073"), "error") << "escape() writes it in queries";
}

TEST(Target, WhatADotDotTookAwayIsKept) {
  Target target;
  const auto before = [&target](std::string_view text) {
    EXPECT_TRUE(parse_url(text, target)) << text;
    return target.before_dots;
  };
  EXPECT_EQ(before("http://a.test/x/http://b.test/%2e./y?q"), "/x/http://b.test/%2e./y");
  EXPECT_EQ(target.path, "/x/http://y");
  EXPECT_EQ(before("http://a.test/../x"), "") << "nothing was taken";
  EXPECT_EQ(before("http://a.test/x/./y"), "");
  EXPECT_EQ(before("http://a.test/x/.."), "/x/..");
  ASSERT_TRUE(parse_origin_form("a.test", "/x/../y", target));
  EXPECT_EQ(target.before_dots, "/x/../y");
  ASSERT_TRUE(parse_authority("a.test:443", target));
  EXPECT_EQ(target.before_dots, "");
  EXPECT_EQ(before("http://a.test/x/../y"), "/x/../y");
  EXPECT_EQ(before(target.to_string()), "") << "a record does not say it";
}

TEST(Target, TheQueryIsKeptAsSentAndTheFragmentIsNot) {
  Target target;
  ASSERT_TRUE(parse_url("http://a.test/x?q=%41/../&r=?#frag?ment", target));
  EXPECT_EQ(target.path, "/x");
  EXPECT_EQ(target.query, "q=%41/../&r=?");
  ASSERT_TRUE(parse_url("http://a.test?y", target));
  EXPECT_EQ(target.path, "/");
  EXPECT_EQ(target.query, "y");
  ASSERT_TRUE(parse_url("http://a.test/", target));
  EXPECT_EQ(target.query, "");
}

TEST(Target, CanonicalFormsAreFixedPoints) {
  for (const char* text : {"http://a.test/%%36b", "http://[2001:DB8::1]:8080/%2e%2e/%",
                           "https://B\xc3\xbc"
                           "cher.test:444//",
                           "http://0x7f.1/..", "http://%41.test/%25"}) {
    const std::string once = url(text);
    EXPECT_NE(once, "error") << text;
    EXPECT_EQ(url(once), once) << text;
  }
}

TEST(Host, Names) {
  EXPECT_EQ(canonical_host("WWW.Example.COM."), "www.example.com");
  EXPECT_EQ(canonical_host("r3---sn-x.googlevideo.com"), "r3---sn-x.googlevideo.com");
  EXPECT_EQ(canonical_host("-a.example"), "-a.example");
  EXPECT_EQ(canonical_host("_dmarc.example"), "_dmarc.example");
  EXPECT_EQ(canonical_host("xn--ls8h.la"), "xn--ls8h.la");
  EXPECT_EQ(canonical_host("localhost"), "localhost");
  EXPECT_EQ(canonical_host("%77ww.%45xample.com"), "www.example.com");
  EXPECT_EQ(canonical_host(std::string(63, 'a') + ".test"), std::string(63, 'a') + ".test");
  for (const std::string& text :
       {std::string(), std::string("."), std::string("a..b"), std::string(".a"), std::string("a.."), std::string("a b"),
        std::string("a/b"), std::string("a:b"), std::string("a@b"), std::string("a%"), std::string("a%2"),
        std::string("a%2gb"), std::string("a%20b"), std::string("a%00"), std::string("a[b"), std::string("a<b"),
        std::string(64, 'a') + ".test", std::string("\xff.test")})
    EXPECT_EQ(canonical_host(text), "") << text;
  std::string long_name;
  for (int i = 0; i < 64; ++i) long_name += "abc.";
  EXPECT_EQ(canonical_host(long_name), "");  // 255 bytes without the last dot
  EXPECT_EQ(canonical_host(long_name.substr(4)).size(), 251u);
}

TEST(Host, InternationalNames) {
  EXPECT_EQ(canonical_host("B\xc3\x9c"
                           "cher.example"),
            "xn--bcher-kva.example");
  EXPECT_EQ(canonical_host("b%C3%BCcher.example"), "xn--bcher-kva.example");
  EXPECT_EQ(canonical_host("stra\xc3\x9f"
                           "e.example"),
            "xn--strae-oqa.example");  // never "strasse"
  // Full-width letters and the ideographic full stop are an ASCII name to a browser.
  EXPECT_EQ(canonical_host("\xef\xbd\x85\xef\xbd\x96\xef\xbd\x89\xef\xbd\x8c\xe3\x80\x82test"), "evil.test");
  EXPECT_EQ(canonical_host("\xef\xbc\x8e"), "");
}

TEST(Host, EverySpellingOfAnIpv4Address) {
  for (const char* text : {"127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0X7F.1",
                           "0177.0.0.1", "0x7f.0x0.0x0.0x1", "017700000001", "127.0.0.0x1", "%31%32%37.0.0.1",
                           "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"}) {
    std::string host;
    std::optional<IpAddress> address;
    ASSERT_TRUE(canonical_host(text, host, address)) << text;
    EXPECT_EQ(host, "127.0.0.1") << text;
    ASSERT_TRUE(address) << text;
    EXPECT_FALSE(address->is_public()) << text;
  }
  for (const char* text : {"256.0.0.1", "1.2.3.4.5", "1.2.3.08", "4294967296", "0x100000000", "1.16777216", "a.1",
                           "1.2.3.0x", "1..2", "0x.0x.0x.0x.0x"}) {
    const std::string host = canonical_host(text);
    EXPECT_TRUE(host.empty() || std::string_view(text) == "1.2.3.0x") << text << " gave " << host;
  }
  EXPECT_EQ(canonical_host("1.2.3.0x"), "1.2.3.0");
  EXPECT_EQ(canonical_host("1.2.3.4a"), "1.2.3.4a");  // a name: its last label is no number
  EXPECT_EQ(canonical_host("1e1000"), "1e1000");
}

TEST(Host, Ipv6InBrackets) {
  std::string host;
  std::optional<IpAddress> address;
  ASSERT_TRUE(canonical_host("[2001:DB8:0::1]", host, address));
  EXPECT_EQ(host, "2001:db8::1");
  ASSERT_TRUE(address);
  ASSERT_TRUE(canonical_host("[fe80::1%25eth0]", host, address));
  EXPECT_EQ(host, "fe80::1");
  for (const char* text : {"[::1", "::1", "[]", "[127.0.0.1]", "[::g]", "[::1]x", "x[::1]", "[[::1]]"}) {
    EXPECT_FALSE(canonical_host(text, host, address)) << text;
  }
  ASSERT_TRUE(canonical_host("a.test", host, address));
  EXPECT_FALSE(address) << "the address of an earlier host stayed";
}

TEST(OriginForm, HostFieldAndPathMakeTheTarget) {
  const auto form = [](std::string_view host, std::string_view path) -> std::string {
    Target target;
    return parse_origin_form(host, path, target) ? target.to_string() + "|" + target.query : "error";
  };
  EXPECT_EQ(form("WWW.a.test", "/a/../b%7e?q=1#f"), "http://www.a.test/b~|q=1");
  EXPECT_EQ(form("a.test:8080", "/"), "http://a.test:8080/|");
  EXPECT_EQ(form("[2001:db8::1]", "//x"), "http://[2001:db8::1]//x|");
  // Nothing in the Host field can pass for more than a host.
  for (const char* host : {"", "a.test/", "good.test@evil.test", "a.test?", "a.test#", "a test", "a.test:x"})
    EXPECT_EQ(form(host, "/"), "error") << host;
  for (const char* path : {"", "*", "x", "http://a.test/", "/ x", "/\t"})
    EXPECT_EQ(form("a.test", path), "error") << path;
}

TEST(Authority, NeedsHostAndPort) {
  Target target;
  ASSERT_TRUE(parse_authority("WWW.a.test:443", target));
  EXPECT_EQ(target.scheme, Scheme::Tunnel);
  EXPECT_EQ(target.host, "www.a.test");
  EXPECT_EQ(target.port, 443);
  EXPECT_EQ(target.path, "");
  EXPECT_EQ(target.to_string(), "tunnel://www.a.test:443");
  ASSERT_TRUE(parse_authority("[2001:db8::1]:8443", target));
  EXPECT_EQ(target.to_string(), "tunnel://[2001:db8::1]:8443");
  for (const char* text : {"a.test", "a.test:", ":443", "a.test:0", "a.test:65536", "a.test:443/", "u@a.test:443",
                           "a:b:443", "[::1]443", "2001:db8::1:443", ""})
    EXPECT_FALSE(parse_authority(text, target)) << text;
}

TEST(HostPort, DefaultsWhereNoneIsGiven) {
  std::string host;
  std::optional<IpAddress> address;
  std::uint16_t port = 0;
  ASSERT_TRUE(parse_host_port("A.test", 80, host, address, port));
  EXPECT_EQ(host, "a.test");
  EXPECT_EQ(port, 80);
  ASSERT_TRUE(parse_host_port("[::1]:8080", 80, host, address, port));
  EXPECT_EQ(port, 8080);
  ASSERT_TRUE(parse_host_port("[::1]", 80, host, address, port));
  EXPECT_EQ(port, 80);
  EXPECT_FALSE(parse_host_port("", 80, host, address, port));
  EXPECT_FALSE(parse_host_port("a.test:x", 80, host, address, port));
}

TEST(Target, ATargetUsedBeforeKeepsNothing) {
  Target target;
  ASSERT_TRUE(parse_url("https://10.0.0.1:8443/x?y", target));
  ASSERT_TRUE(parse_authority("a.test:443", target));
  EXPECT_FALSE(target.address);
  EXPECT_EQ(target.path + target.query, "");
  target.clear();
  EXPECT_EQ(target.port, 0);
  EXPECT_EQ(target.host, "");
}

}  // namespace
}  // namespace citygate
