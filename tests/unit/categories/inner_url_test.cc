#include "categories/inner_url.h"

#include <gtest/gtest.h>

#include "categories/url_signs.h"

namespace citygate::categories {
namespace {

std::string with_query(const Target& target) {
  return target.query.empty() ? target.to_string() : target.to_string() + "?" + target.query;
}

Target parsed(std::string_view text) {
  Target target;
  const auto done = text.find("://") == text.npos ? parse_authority(text, target) : parse_url(text, target);
  EXPECT_TRUE(done) << text;
  return target;
}

// "outermost | next | ..."; "" where nothing is carried.
std::string carried(std::string_view url) {
  InnerUrls inner;
  std::string out;
  for (const Target& target : inner.find(parsed(url))) out += (out.empty() ? "" : " | ") + with_query(target);
  return out;
}

FrontEnd kind_of(std::string_view url) {
  InnerUrls inner;
  static_cast<void>(inner.find(parsed(url)));
  return inner.kind();
}

struct Case {
  const char *url, *wanted;
};

void expect_carried(std::initializer_list<Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(carried(c.url), c.wanted) << c.url;
}

TEST(InnerUrl, Translators) {
  expect_carried({
      {"http://translate.google.com/translate?hl=en&sl=de&u=http%3A%2F%2Fcasino.example%2Fplay",
       "http://casino.example/play"},
      {"https://translate.google.co.uk/translate?u=casino.example&sl=auto", "http://casino.example/"},
      {"https://translate.google.de/website?sl=en&tl=de&u=https://casino.example/?a=b", "https://casino.example/?a=b"},
      {"http://translate.google.com/translate?%75=http://casino.example/", "http://casino.example/"},
      {"https://translate.googleusercontent.com/translate_c?depth=1&u=https://casino.example/x",
       "https://casino.example/x"},
      {"https://www.microsofttranslator.com/bv.aspx?from=&to=en&a=https%3A%2F%2Fcasino.example",
       "https://casino.example/"},
      {"https://translate.yandex.ru/translate?url=casino.example&lang=en-ru", "http://casino.example/"},
      {"https://translated.turbopages.org/proxy_u/en-ru.ru.abc/https/casino.example/a?b=c",
       "https://casino.example/a?b=c"},
      {"https://translate.google.com/?sl=en&text=hello&op=translate", ""},
      {"https://translate.google.com/?u=hello+world", ""},
  });
}

// Google's rule for ad networks: marks, what the label had no room for, then dashes.
TEST(InnerUrl, HostsOfTranslateGoog) {
  expect_carried({
      {"https://casino-example.translate.goog/play?_x_tr_sl=de", "https://casino.example/play?_x_tr_sl=de"},
      {"https://www-my--site-example.translate.goog/?_x_tr_sl=de", "https://www.my-site.example/?_x_tr_sl=de"},
      {"https://casino-example.translate.goog/?_x_tr_sch=http", "http://casino.example/?_x_tr_sch=http"},
      {"https://0-caf--dma-example.translate.goog/?_x_tr_enc=0", "https://xn--caf-dma.example/?_x_tr_enc=0"},
      {"https://1-0--a-example.translate.goog/?_x_tr_enc=1", "https://0-a.example/?_x_tr_enc=1"},
      {"https://example.translate.goog/?_x_tr_hp=casino-", "https://casino.example/?_x_tr_hp=casino-"},
      {"casino-example.translate.goog:443", "tunnel://casino.example:443"},
      {"https://translate.goog/", ""},
      {"https://www.translate.goog/", ""},
  });
}

TEST(InnerUrl, ArchivesAndCaches) {
  expect_carried({
      {"https://web.archive.org/web/20200101000000/http://casino.example/a?b=c", "http://casino.example/a?b=c"},
      {"https://web.archive.org/web/2020id_/https%3A%2F%2Fcasino.example%2Fa%3Fb", "https://casino.example/a?b"},
      {"https://web.archive.org/web/2020/casino.example/foo.html", "http://casino.example/foo.html"},
      {"https://web.archive.org/web/*/casino.example", "http://casino.example/"},
      {"https://web.archive.org/web/http://casino.example/", "http://casino.example/"},
      {"https://web.archive.org/save/https://casino.example/", "https://casino.example/"},
      {"https://archive.ph/newest/https://casino.example/a", "https://casino.example/a"},
      {"https://archive.is/2023.01.01-120000/https://casino.example/a", "https://casino.example/a"},
      {"https://archive.today/casino.example", "http://casino.example/"},
      {"https://archive.li/o/x2vQs/https://casino.example/", "https://casino.example/"},
      {"https://archive.md/?run=1&url=https%3A%2F%2Fcasino.example%2F", "https://casino.example/"},
      {"https://archive.ph/x2vQs", ""},
      {"https://webcache.googleusercontent.com/search?q=cache:AbC_1-d:https://casino.example/a+slots&hl=en",
       "https://casino.example/a"},
      {"https://www.google.com/search?q=cache%3Acasino.example", "http://casino.example/"},
      {"https://www.google.com/search?q=what+is+a+cache:+memory", ""},
      {"https://cc.bingj.com/cache.aspx?q=x&u=https://casino.example/", "https://casino.example/"},
      {"http://timetravel.mementoweb.org/memento/2013/https://casino.example/", "https://casino.example/"},
      {"https://web.archive.org/WEB/2020/https://casino.example/", "https://casino.example/"},
      {"https://web.archive.org/", ""},
      {"https://archive.org/details/movies", ""},
  });
}

TEST(InnerUrl, CachesThatPublishersUseAreNoWayAround) {
  expect_carried({
      {"https://casino-example.cdn.ampproject.org/c/s/casino.example/amp?x=1", "https://casino.example/amp?x=1"},
      {"https://casino-example.cdn.ampproject.org/c/casino.example/", "http://casino.example/"},
      {"casino-example.cdn.ampproject.org:443", "tunnel://casino.example:443"},
      {"https://www.google.com/amp/s/casino.example/a", "https://casino.example/a"},
      {"https://www.google.co.uk/amp/casino.example/a", "http://casino.example/a"},
      {"https://i0.wp.com/casino.example/logo.png?w=9", "https://casino.example/logo.png?w=9"},
      {"https://external-content.duckduckgo.com/iu/?u=https%3A%2F%2Fcasino.example%2Fa.jpg&f=1",
       "https://casino.example/a.jpg"},
      {"https://cdn.ampproject.org/v0.js", ""},
  });
  EXPECT_EQ(kind_of("https://www.google.com/amp/s/casino.example/"), FrontEnd::Delivery);
  EXPECT_EQ(kind_of("https://cdn.ampproject.org/v0.js"), FrontEnd::None);
}

TEST(InnerUrl, ReadersAndProxies) {
  expect_carried({
      {"https://r.jina.ai/https://casino.example/a?b", "https://casino.example/a?b"},
      {"https://12ft.io/proxy?q=https%3A%2F%2Fcasino.example", "https://casino.example/"},
      {"https://12ft.io/casino.example", "http://casino.example/"},
      {"https://corsproxy.io/?https://casino.example/x", "https://casino.example/x"},
      {"https://corsproxy.io/?https%3A%2F%2Fcasino.example%2Fx", "https://casino.example/x"},
      {"https://api.allorigins.win/raw?url=https://casino.example", "https://casino.example/"},
      {"https://cors-anywhere.herokuapp.com/casino.example:8080/a", "http://casino.example:8080/a"},
      {"https://www.croxyproxy.com/x?url=aHR0cHM6Ly9jYXNpbm8uZXhhbXBsZS9h", "https://casino.example/a"},
  });
  EXPECT_EQ(kind_of("https://r.jina.ai/https://casino.example/"), FrontEnd::Reader);
  EXPECT_EQ(kind_of("https://hide.me/go.php?u=kJ2%2F91&b=4"), FrontEnd::Proxy) << "its own secret";
}

TEST(InnerUrl, ScriptsThatStandOnAnyHost) {
  expect_carried({
      {"http://school.example/glype/browse.php?u=http%3A%2F%2Fcasino.example%2F&b=4", "http://casino.example/"},
      {"http://school.example/browse.php?u=Oi8vY2FzaW5vLmV4YW1wbGUv&b=4", "http://casino.example/"},
      {"http://school.example/cgi-bin/nph-proxy.cgi/000010A/http/casino.example/a", "http://casino.example/a"},
      {"http://198.51.100.7/watch?v=1&__cpo=aHR0cHM6Ly9jYXNpbm8uZXhhbXBsZQ", "https://casino.example/watch"},
      {"http://school.example/uv/service/hvtrs8%2F-ccsknm.gxcmrlg%2Fc", "https://casino.example/a"},
      {"http://school.example/service/hvtr%3A-%2Faaqilo%2Cezaopne-", "http://casino.example/"},
  });
}

TEST(InnerUrl, IsReadAsLenientlyAsAFrontEndReadsIt) {
  for (const char* spelling :
       {"casino.example", "//casino.example", "http:/casino.example", "HTTP://CASINO.example.:80/",
        "http:%5C%5Ccasino.example", "%20http://casino.example%0A", "http://u:p@casino.example",
        "http%253A%252F%252Fcasino.example", "http:casino.example", "http://c%2561sino.example"}) {
    const std::string url = "http://translate.google.com/translate?u=" + std::string(spelling);
    const std::string got = carried(url);
    EXPECT_EQ(got, "http://casino.example/") << spelling;
  }
  EXPECT_EQ(carried("http://translate.google.com/?u=http://casino.example/a//../b"), "http://casino.example/")
      << "where the path cannot be read the host still is";
  for (const char* none :
       {"", "javascript:alert(1)", "ftp://casino.example/", "hello", "http://", "http:///", "2023.01.01", "a..b"})
    EXPECT_EQ(carried("http://translate.google.com/?u=" + std::string(none)), "") << none;
}

TEST(InnerUrl, WhatCarriesAUrlMayBeCarried) {
  const std::string once = "https://web.archive.org/web/2020/https://casino.example/";
  EXPECT_EQ(carried("https://r.jina.ai/" + once),
            once.substr(0, 24) + "web/2020/https:/casino.example/ | https://casino.example/");
  std::string deep = "https://casino.example/";
  InnerUrls inner;
  for (std::size_t depth = 1; depth <= 6; ++depth) {
    deep = "https://r.jina.ai/" + deep;
    EXPECT_EQ(inner.find(parsed(deep)).size(), std::min(depth, InnerUrls::kMaxDepth));
    EXPECT_EQ(inner.deeper(), depth > InnerUrls::kMaxDepth);
  }
  EXPECT_TRUE(inner.find(parsed("http://casino.example/")).empty());
  EXPECT_FALSE(inner.deeper());
  EXPECT_EQ(inner.kind(), FrontEnd::None);
}

// Which of them the front end fetches, it alone knows.
TEST(InnerUrl, ASecondValueDoesNotHideBehindTheFirst) {
  expect_carried({
      {"http://frogfind.com/read.php?a=http://ok.example/&a=http://casino.example/",
       "http://ok.example/ | http://casino.example/"},
      {"http://translate.google.com/translate?u=ok.example&u=http://casino.example/",
       "http://ok.example/ | http://casino.example/"},
      {"http://school.example/browse.php?u=http://ok.example/&u=Oi8vY2FzaW5vLmV4YW1wbGUv",
       "http://ok.example/ | http://casino.example/"},
      {"https://www.croxyproxy.com/?url=nothing&url=aHR0cHM6Ly9jYXNpbm8uZXhhbXBsZS9h", "https://casino.example/a"},
      {"https://www.google.com/search?q=words&q=cache:casino.example", "http://casino.example/"},
      {"http://a.example/?__cpo=aHR0cDovL29rLmV4YW1wbGU&__cpo=aHR0cHM6Ly9jYXNpbm8uZXhhbXBsZQ",
       "http://ok.example/ | https://casino.example/"},
      {"https://x.translate.goog/?_x_tr_hp=ok-&_x_tr_hp=casino-",
       "https://ok.x/?_x_tr_hp=ok-&_x_tr_hp=casino- | https://casino.x/?_x_tr_hp=ok-&_x_tr_hp=casino-"},
      {"http://translate.google.com/?u=casino.example&u=http://casino.example", "http://casino.example/"},
  });
}

TEST(InnerUrl, AnotherFormDoesNotHideBehindTheFirst) {
  expect_carried({
      {"http://removepaywall.com/http://casino.example/?url=http://ok.example/",
       "http://ok.example/ | http://casino.example/?url=http://ok.example/"},
      {"https://corsproxy.io/?https://casino.example/&url=http://ok.example/",
       "http://ok.example/ | https://casino.example/&url=http://ok.example/"},
      {"https://archive.ph/http://ok.example/?url=casino.example",
       "http://ok.example/?url=casino.example | http://casino.example/"},
      {"https://archive.ph/ok.example/http://casino.example/",
       "http://ok.example/http:/casino.example/ | http://casino.example/"},
      {"http://a.example/nph-/http/ok.example/http/casino.example",
       "http://ok.example/http/casino.example | http://casino.example/"},
      {"http://a.example/hvtrx/hvtrs8%2F-ccsknm.gxcmrlg%2Fc", "https://casino.example/a"},
      // A path that is carried is none: it has no scheme.
      {"https://web.archive.org/web/casino.example/index.html", "http://casino.example/index.html"},
  });
}

TEST(InnerUrl, MoreThanAreLookedAtIsAsDeepAsCanBe) {
  InnerUrls inner;
  const auto many = [&inner](std::size_t values) {
    std::string url = "http://translate.google.com/?u=a0.example";
    for (std::size_t i = 1; i < values; ++i) url += "&u=a" + std::to_string(i) + ".example";
    return inner.find(parsed(url)).size();
  };
  EXPECT_EQ(many(InnerUrls::kMaxOfOne), InnerUrls::kMaxOfOne);
  EXPECT_FALSE(inner.deeper());
  EXPECT_EQ(many(InnerUrls::kMaxOfOne + 1), InnerUrls::kMaxOfOne);
  EXPECT_TRUE(inner.deeper());
  // Each of four carries three more.
  std::string url = "http://translate.google.com/?";
  for (const char* name : {"a", "b", "c", "d"}) {
    url += "&u=http://translate.google.com/?";
    for (const char* below : {"1", "2", "3"}) url += "u%3D" + std::string(name) + below + ".example%26";
  }
  EXPECT_EQ(inner.find(parsed(url)).size(), InnerUrls::kMaxFound);
  EXPECT_TRUE(inner.deeper());
  std::string same = "http://translate.google.com/?u=a.example";
  for (std::size_t i = 1; i < InnerUrls::kMaxTries; ++i) same += "&u=a.example";
  EXPECT_EQ(inner.find(parsed(same)).size(), 1U);
  EXPECT_FALSE(inner.deeper());
  EXPECT_EQ(inner.find(parsed(same + "&u=b.example")).size(), 1U);
  EXPECT_TRUE(inner.deeper());
  std::string tries = "http://a.example/nph-x";
  for (int i = 0; i < 1000; ++i) tries += "/http/%25";
  EXPECT_TRUE(inner.find(parsed(tries)).empty());
  EXPECT_TRUE(inner.deeper());
  EXPECT_EQ(inner.kind(), FrontEnd::Proxy);
}

// The client's own bytes are sent on, and a front end that takes a URL out of them finds it.
TEST(InnerUrl, DotSegmentsDoNotEatWhatAPathCarries) {
  expect_carried({
      {"http://r.jina.ai/http://casino.example/../", "http://casino.example/"},
      {"http://r.jina.ai/http://casino.example/%2e%2E/", "http://casino.example/"},
      {"http://r.jina.ai/http://casino.example/../ok.example/",
       "http://ok.example/ | http://casino.example/ok.example/"},
      {"http://cors-anywhere.herokuapp.com/casino.example/../x", "http://casino.example/x"},
      {"http://web.archive.org/web/2020/http://casino.example/../", "http://casino.example/"},
      {"http://web.archive.org/web/2020/casino.example/../../../", "http://casino.example/"},
      {"http://a.example/nph-proxy.cgi/1/http/casino.example/../../../..", "http://casino.example/"},
      {"http://a.example/browse.php/../?u=http://casino.example/", "http://casino.example/"},
      {"http://r.jina.ai/http://r.jina.ai/http://casino.example/../x",
       "http://r.jina.ai/http:/x | http://x/ | http://casino.example/x"},
      {"http://r.jina.ai/http://casino.example/a/../b", "http://casino.example/b"},
      {"http://a.example/casino.example/../x", ""},
  });
}

TEST(InnerUrl, NamesAreReadAsLooselyAsServersReadThem) {
  expect_carried({
      {"http://p.example/browse.php/?u=http://casino.example/", "http://casino.example/"},
      {"http://p.example/Browse.PHP?u=http://casino.example/", "http://casino.example/"},
      {"http://p.example/browse.php?+u=http://casino.example/", "http://casino.example/"},
      {"http://p.example/browse.php?u%00x=http://casino.example/", "http://casino.example/"},
      {"http://p.example/browse.php?u=casino.example/a", "http://casino.example/a"},
      {"https://www.croxyproxy.com/?url=casino.example", "http://casino.example/"},
      {"http://frogfind.com/read.php?%20a=http://casino.example/", "http://casino.example/"},
      {"http://frogfind.com/read.php?.A=http://casino.example/", "http://casino.example/"},
      {"http://www.microsofttranslator.com/bv.aspx?A=http://casino.example/", "http://casino.example/"},
      {"https://view.officeapps.live.com/op/view.aspx?SRC=http://casino.example/", "http://casino.example/"},
      {"https://translate.google.com/translate?U=http://casino.example/", "http://casino.example/"},
      {"https://www.archive.ph/http://casino.example/", "http://casino.example/"},
      {"https://www.r.jina.ai/http://casino.example/", "http://casino.example/"},
      {"https://translate.google.com/translate?xu=http://casino.example/", ""},
      {"https://notarchive.ph/http://casino.example/", ""},
      {"http://p.example/xbrowse.php?u=http://casino.example/", ""},
      {"http://p.example/browse.phpx?u=http://casino.example/", ""},
  });
}

// Glype's path_info_urls: base64 without "http" in pieces of eight, '_' for '%', then its options.
TEST(InnerUrl, GlypeInThePath) {
  expect_carried({
      {"http://p.example/browse.php/Oi8vY2Fz/aW5vLmV4/YW1wbGUv/b4/", "http://casino.example/"},
      {"http://p.example/browse.php/czovL2Nh/c2luby5l/eGFtcGxl/L2E_3D/b13/fframe", "https://casino.example/a"},
      {"http://p.example/browse.php/Oi8vY2FzaW5vLmV4YW1wbGUv", "http://casino.example/"},
      {"http://p.example/browse.php/http://casino.example/a", "http://casino.example/a"},
      {"http://p.example/browse.php/photos/2020", ""},
  });
  EXPECT_EQ(kind_of("http://p.example/browse.php/kJ2_2F91/b4/"), FrontEnd::Proxy) << "its own secret";
  EXPECT_EQ(kind_of("http://p.example/browse.php/photos"), FrontEnd::None);
}

// The network leads them there, so what is listed of the IPv4 address is to be found.
TEST(InnerUrl, AddressesThatLeadToAnotherOne) {
  expect_carried({
      {"http://[64:ff9b::808:404]:8080/a?b", "http://8.8.4.4:8080/a?b"},
      {"http://[2002:808:404::1]/", "http://8.8.4.4/"},
      {"[64:ff9b::8.8.4.4]:443", "tunnel://8.8.4.4:443"},
      {"http://r.jina.ai/http://[64:ff9b::808:404]/", "http://[64:ff9b::808:404]/ | http://8.8.4.4/"},
      {"http://[::ffff:8.8.4.4]/", ""},
      {"http://[2606:4700::1111]/", ""},
  });
}

TEST(InnerUrl, OrdinaryUrlsCarryNothing) {
  expect_carried({
      {"https://www.city.example/login?next=https://www.city.example/home", ""},
      {"https://www.facebook.com/sharer.php?u=https://news.example/", ""},
      {"https://www.google.com/search?q=https://casino.example/", ""},
      {"https://accounts.google.com/signin?continue=https://mail.google.com/", ""},
      {"https://nottranslate.goog/?u=http://casino.example/", ""},
      {"https://translate.google.evil.example.com/?u=http://casino.example/", ""},
      {"https://www.city.example/http/status", ""},
      {"https://city.example/nph-list/a", ""},
  });
}

UrlSigns signs_of(std::string_view text) {
  InnerUrls inner;
  const Target target = parsed(text);
  static_cast<void>(inner.find(target));
  return url_signs(target, inner);
}

TEST(UrlSigns, BareAddressesThatArePublic) {
  EXPECT_TRUE(signs_of("http://8.8.8.8/").has(UrlSign::BareIp));
  EXPECT_TRUE(signs_of("http://0x08080808/").has(UrlSign::BareIp));
  EXPECT_TRUE(signs_of("[2606:4700::1111]:443").has(UrlSign::BareIp));
  for (const char* text : {"http://10.0.0.1/", "http://127.0.0.1/", "[fd00::1]:443", "http://8.8.8.8.example/"})
    EXPECT_FALSE(signs_of(text).has(UrlSign::BareIp)) << text;
}

TEST(UrlSigns, TunnelsToPortsThatAreNotForTls) {
  for (const char* text : {"a.example:22", "a.example:80", "a.example:1194", "a.example:9001", "a.example:3389"})
    EXPECT_TRUE(signs_of(text).has(UrlSign::TunnelPort)) << text;
  EXPECT_TRUE(signs_of("a.example:443").none());
  EXPECT_TRUE(signs_of("a.example:8443").none());
  EXPECT_TRUE(signs_of("http://a.example:8080/").none()) << "no tunnel";
}

TEST(UrlSigns, FrontEnds) {
  EXPECT_TRUE(signs_of("casino-example.translate.goog:443").has(UrlSign::WebFrontEnd));
  EXPECT_TRUE(signs_of("https://web.archive.org/web/2020/http://a.example/").has(UrlSign::WebFrontEnd));
  EXPECT_TRUE(signs_of("https://www.google.com/amp/s/a.example/").none());
  EXPECT_TRUE(signs_of("https://translate.google.com/?text=hello").none());
  const char* four_deep = "https://r.jina.ai/https://r.jina.ai/https://r.jina.ai/https://r.jina.ai/https://a.example/";
  EXPECT_TRUE(signs_of(four_deep).has(UrlSign::NestedUrl));
  for (std::size_t i = 0; i < kUrlSigns; ++i) EXPECT_NE(category_name(static_cast<UrlSign>(i)), "unknown");
}

}  // namespace
}  // namespace citygate::categories
