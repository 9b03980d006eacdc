// What a loaded generation answers: matching, exceptions, evidence.
#include "categories/lists.h"

#include <map>

#include "tests/unit/categories/support.h"

namespace citygate::categories {
namespace {

class ListsTest : public StoreTest {};

TEST_F(ListsTest, TheLongestListedNameWins) {
  imported(scratch_.write("a/search.txt", "example.com\n"), "search");
  imported(scratch_.write("a/mail.txt", "mail.example.com\n"), "webmail");
  const auto lists = this->lists();
  EXPECT_EQ(categories(*lists, "http://example.com/"), "search");
  EXPECT_EQ(categories(*lists, "http://www.example.com./x"), "search");
  EXPECT_EQ(categories(*lists, "https://MAIL.example.com/"), "webmail");
  EXPECT_EQ(categories(*lists, "http://deep.below.mail.example.com/"), "webmail");
  EXPECT_EQ(categories(*lists, "http://notexample.com/"), "");
  EXPECT_EQ(categories(*lists, "http://example.com.evil.org/"), "");
}

TEST_F(ListsTest, PathsAreUnitedWithTheirHost) {
  imported(scratch_.write("sites.txt", "example.com\nexample.com/casino/\nwww.other.example/a/b.html\n"), "games");
  imported(scratch_.write("more/gambling/urls", "example.com/casino\n").parent_path().parent_path());
  const auto lists = this->lists();
  EXPECT_EQ(categories(*lists, "http://www.example.com/casino/live?x=1"), "gambling games");
  EXPECT_EQ(categories(*lists, "http://www.example.com/CASINO"), "gambling games");
  EXPECT_EQ(categories(*lists, "http://www.example.com/casinos"), "games");
  EXPECT_EQ(categories(*lists, "http://www.other.example/"), "");
  EXPECT_EQ(categories(*lists, "http://www.other.example/a/%62.html"), "games");
  Target tunnel;
  ASSERT_TRUE(parse_authority("example.com:443", tunnel));
  Classification classification;
  lists->classify(tunnel, workspace_, classification);
  EXPECT_EQ(classification.categories.size(), 1);
  EXPECT_EQ(why(*lists, "http://example.com/casino", "gambling"), "more gambling/urls:1 example.com/casino");
}

TEST_F(ListsTest, AnExceptionTakesAwayWhatItsOwnSourceSays) {
  imported(scratch_.write("ads.txt", "||example.com^\n@@||good.example.com^\n||bad.good.example.com^\n"), "ads");
  auto lists = this->lists();
  EXPECT_EQ(categories(*lists, "http://x.example.com/"), "ads");
  EXPECT_EQ(categories(*lists, "http://good.example.com/"), "");
  EXPECT_EQ(categories(*lists, "http://x.good.example.com/"), "");
  EXPECT_EQ(categories(*lists, "http://bad.good.example.com/"), "");
  imported(scratch_.write("tracking.txt", "example.com\n"), "tracking");
  lists = this->lists();
  EXPECT_EQ(categories(*lists, "http://good.example.com/"), "tracking");
  EXPECT_EQ(categories(*lists, "http://example.com/"), "ads tracking");
  EXPECT_EQ(why(*lists, "http://good.example.com/", "tracking"), "tracking tracking.txt:1 example.com");
  EXPECT_EQ(why(*lists, "http://good.example.com/", "ads"), " :0 ");
}

// As adblock decides. Only the nearest exception was asked for.
TEST_F(ListsTest, AnExceptionOfAnAdblockListHoldsForMoreSpecificNamesToo) {
  imported(
      scratch_.write("first.txt",
                     "||example.com^\n||ads.example.com^\n||deep.ads.example.com/banner/\n@@||example.com^\n"
                     "||imp.example.com^$important\n||path.example/a/b/\n@@||path.example/a/\n||path.example/c/\n"),
      "ads", "first");
  imported(scratch_.write("second.txt", "||tracker.example.com^\n"), "malware", "second");
  imported(scratch_.write("third.rpz",
                          "zone.example CNAME rpz-passthru.\n*.zone.example CNAME rpz-passthru.\n"
                          "sub.zone.example CNAME .\n"),
           "malware", "third");
  const auto lists = this->lists();
  for (std::string_view open : {"http://example.com/", "http://ads.example.com/", "http://x.ads.example.com/",
                                "http://deep.ads.example.com/banner/x", "http://path.example/a/b/c"})
    EXPECT_EQ(categories(*lists, open), "") << open;
  EXPECT_EQ(categories(*lists, "http://imp.example.com/"), "ads");
  EXPECT_EQ(why(*lists, "http://imp.example.com/", "ads"), "first first.txt:5 ||imp.example.com^$important");
  EXPECT_EQ(categories(*lists, "http://path.example/c/"), "ads");
  EXPECT_EQ(categories(*lists, "http://tracker.example.com/"), "malware") << "another source";
  EXPECT_EQ(why(*lists, "http://tracker.example.com/", "malware"), "second second.txt:1 ||tracker.example.com^");
  EXPECT_EQ(categories(*lists, "http://sub.zone.example/"), "malware") << "of a zone the more specific name holds";
  EXPECT_EQ(categories(*lists, "http://zone.example/"), "");
}

TEST_F(ListsTest, AnExceptionBelowOthersIsToldOnce) {
  imported(scratch_.write("ads.txt", "||ads.example.com^\n@@||example.com^\n"), "ads", "ads");
  imported(scratch_.write("work.txt", "example.com\n"), "news", "work");
  const auto lists = this->lists();
  std::string told;
  Classification classification;
  lists->classify(target("http://ads.example.com/"), workspace_, classification);
  for (const auto& reason : lists->reasons(classification))
    told += (reason.exception ? "-" : "+") + reason.text.list + ":" + std::to_string(reason.text.line) + " ";
  EXPECT_EQ(told, "-ads:2 +work:1 ");
}

TEST_F(ListsTest, WhatIsImportantOutlastsExceptionsThatAreNot) {
  imported(scratch_.write(
               "ads.txt",
               "||imp.example^$important\n@@||imp.example^\n@@||deep.imp.example^\n/impo[0-9]/$important\n@@/impo/\n"
               "||usual.example^\n@@||usual.example^\n||both.example^$important\n@@||both.example^$important\n"
               "||lesser.example^\n@@||lesser.example^$important\n"),
           "malware");
  const auto lists = this->lists();
  for (std::string_view url : {"http://imp.example/", "http://deep.imp.example/", "http://x.example/impo7"})
    EXPECT_EQ(categories(*lists, url), "malware") << url;
  EXPECT_EQ(why(*lists, "http://deep.imp.example/", "malware"), "ads ads.txt:1 ||imp.example^$important");
  for (std::string_view url : {"http://usual.example/", "http://both.example/", "http://lesser.example/"})
    EXPECT_EQ(categories(*lists, url), "") << url;
}

TEST_F(ListsTest, AddressesMatchAsTheyAreListed) {
  imported(scratch_.write("ips.txt", "192.0.2.7\n2001:db8::7\n198.51.100.9/login\n"), "malware");
  const auto lists = this->lists();
  EXPECT_EQ(categories(*lists, "http://192.0.2.7/x"), "malware");
  EXPECT_EQ(categories(*lists, "http://0xc0000207/"), "malware");
  EXPECT_EQ(categories(*lists, "http://[2001:db8:0::7]/"), "malware");
  EXPECT_EQ(categories(*lists, "http://192.0.2.8/"), "");
  EXPECT_EQ(categories(*lists, "http://198.51.100.9/login/now"), "malware");
  EXPECT_EQ(categories(*lists, "http://198.51.100.9/"), "");
}

TEST_F(ListsTest, AllThatAUrlCarriesIsClassified) {
  imported(scratch_.write("bad.txt", "casino.example\n8.8.4.4\n"), "gambling");
  imported(scratch_.write("good.txt", "ok.example\n"), "games");
  const auto lists = this->lists();
  for (const char* url : {"http://frogfind.com/read.php?a=http://ok.example/&a=http://casino.example/",
                          "http://removepaywall.com/http://casino.example/?url=http://ok.example/",
                          "http://p.example/browse.php?u=http://ok.example/&u=http://casino.example/"})
    EXPECT_EQ(categories(*lists, url).substr(0, 14), "gambling games") << url;
  for (const char* url :
       {"http://r.jina.ai/http://casino.example/../", "http://cors-anywhere.herokuapp.com/casino.example/../x",
        "http://web.archive.org/web/2020/http://casino.example/../", "http://p.example/Browse.php/?+U=casino.example"})
    EXPECT_EQ(categories(*lists, url).substr(0, 8), "gambling") << url;
  EXPECT_EQ(categories(*lists, "http://[64:ff9b::808:404]/"), "bare-ip gambling");
  EXPECT_EQ(categories(*lists, "http://[2002:808:404::]/"), "bare-ip gambling");
}

// Each is one page to some server; the entry must be found however either is written.
TEST_F(ListsTest, SpellingsOfOnePageGetOneVerdict) {
  imported(scratch_.write("urls.txt", "q.example/watch?v=abc\nq.example/view/?&v=abc\nq.example/caf%C3%A9\n"), "games");
  const auto lists = this->lists();
  for (const char* path : {"/watch?v=abc", "/watch?&v=abc", "/watch??v=abc", "/watch/?v=abc", "/watch//?&&v=abc&x=1",
                           "/view?v=abc", "/view/?v=abc", "/caf%u00e9", "/caf%u00E9/menu"})
    EXPECT_EQ(categories(*lists, "http://q.example" + std::string(path)), "games") << path;
  for (const char* path : {"/watch?x=1&v=abc", "/watch?v=abcd", "/watch", "/watch/x?v=abc"})
    EXPECT_EQ(categories(*lists, "http://q.example" + std::string(path)), "") << path;
  EXPECT_EQ(why(*lists, "http://q.example/watch/?v=abc", "games"), "urls urls.txt:1 q.example/watch?v=abc");
}

// Java containers drop path parameters, to others they are part of the name: both readings are looked up.
TEST_F(ListsTest, PathParametersHideNoPath) {
  imported(scratch_.write("sites.txt", "a.example/casino\na.example/b/live?v=1\na.example/show;id=5\n"), "games");
  imported(scratch_.write("ads.txt", "||e.example^\n@@||e.example/free/\n||e.example/free/casino/\n"), "ads");
  const auto lists = this->lists();
  for (const char* path : {"/casino;x", "/casino;jsessionid=1/live", "/;x/casino", "/.;x/Casino", "/casino%3Bx",
                           "/;a/;b/casino?c", "/b;x/live;y?v=1", "/show;id=5"})
    EXPECT_EQ(categories(*lists, "http://a.example" + std::string(path)), "games") << path;
  for (const char* path : {"/show", "/show;id=6", "/casinos;x", "/x;casino", "/b/live?v=2;/casino"})
    EXPECT_EQ(categories(*lists, "http://a.example" + std::string(path)), "") << path;
  EXPECT_EQ(why(*lists, "http://a.example/;x/casino", "games"), "sites sites.txt:1 a.example/casino");
  EXPECT_EQ(categories(*lists, "http://e.example/free/x"), "");
  EXPECT_EQ(categories(*lists, "http://e.example/free;x/casino;y"), "ads");
  EXPECT_EQ(categories(*lists, "http://e.example/free/;x/casino"), "") << "the exception holds for what is below it";
  EXPECT_EQ(categories(*lists, "http://e.example/x;y/free"), "ads");
}

TEST_F(ListsTest, EvidenceLeadsToTheLineAsItStands) {
  imported(scratch_.write("l/gambling.hosts", "# head\r\n\r\n0.0.0.0 One.Example  # first\r\n0.0.0.0 two.example\r\n"),
           "", "l");
  const auto lists = this->lists();
  EXPECT_EQ(why(*lists, "http://one.example/", "gambling"), "l gambling.hosts:3 0.0.0.0 One.Example  # first");
  EXPECT_EQ(why(*lists, "http://two.example/", "gambling"), "l gambling.hosts:4 0.0.0.0 two.example");
  EXPECT_EQ(categories(*lists, "http://a.one.example/"), "");  // a hosts file means the name alone
  Classification classification;
  lists->classify(target("http://two.example/"), workspace_, classification);
  EXPECT_EQ(classification.generation, lists->id());
  EXPECT_EQ(lists->evidence(classification, taxonomy_.find("news")->id).line, 0U);
  classification.generation = GenerationId{12345};
  EXPECT_EQ(lists->evidence(classification, taxonomy_.find("gambling")->id), Evidence{});
}

TEST_F(ListsTest, EveryLineOfALongListDescribesItself) {
  std::string text;
  for (int i = 1; i <= 3000; ++i) text += i % 7 == 0 ? "# comment\n" : "Host" + std::to_string(i) + ".example\n";
  imported(scratch_.write("news.txt", text));
  const auto lists = this->lists();
  for (int i = 1; i <= 3000; ++i) {
    if (i % 7 == 0) continue;
    const std::string host = "Host" + std::to_string(i) + ".example";
    ASSERT_EQ(why(*lists, "http://" + host + "/", "news"), "news news.txt:" + std::to_string(i) + " " + host);
  }
}

TEST_F(ListsTest, StatusCountsWhatIsInForce) {
  imported(scratch_.write("a.txt", "one.example\ntwo.example\n"), "news");
  imported(scratch_.write("b.txt", "two.example\nnot a host\nthree.example/x\n"), "games");
  const auto lists = this->lists();
  const auto& status = lists->status();
  EXPECT_EQ(status.id, lists->id());
  EXPECT_EQ(status.entries, 3U);
  ASSERT_EQ(status.sources.size(), 2U);
  EXPECT_EQ(status.sources[0].name, "a");
  EXPECT_EQ(status.sources[1].entries, 2U);
  EXPECT_EQ(status.sources[1].not_understood, 1U);
  EXPECT_GT(status.mapped_bytes, 0U);
  std::map<std::string, std::uint64_t> per;
  for (const auto& [id, entries] : status.categories) per[taxonomy_.find(id)->name] = entries;
  EXPECT_EQ(per, (std::map<std::string, std::uint64_t>{{"games", 2}, {"news", 2}}));
}

TEST_F(ListsTest, WithoutAnyImageNothingIsFound) {
  const auto lists = this->lists();
  EXPECT_EQ(lists->id().value, 0U);
  EXPECT_EQ(categories(*lists, "http://example.com/"), "");
  EXPECT_EQ(warning_, "");
}

TEST_F(ListsTest, TheTableForTestsAnswersLikeAnImage) {
  const auto news = taxonomy_.find("news")->id;
  const auto lists = lists_for_tests({{"News.Example", news}, {"pets.example", taxonomy_.find("hobbies")->id}});
  EXPECT_EQ(categories(*lists, "http://www.news.example/"), "news");
  EXPECT_EQ(categories(*lists, "http://pets.example/"), "hobbies");
  Classification classification;
  lists->classify(target("http://news.example/"), workspace_, classification);
  EXPECT_EQ(lists->evidence(classification, news), (Evidence{news, SourceId{1}, 1}));
}

TEST_F(ListsTest, TheStarterListPutsWellKnownSitesWhereTheyBelong) {
  const auto summary = imported(source_root() / "categories" / "lists", "", "starter");
  EXPECT_TRUE(summary.unmapped.empty());
  EXPECT_TRUE(summary.skipped.empty());
  EXPECT_EQ(summary.duplicates, 0U);
  const auto lists = this->lists();
  const std::pair<std::string_view, std::string_view> kSites[] = {
      {"http://www.bet365.com/", "gambling"},  {"https://mail.google.com/", "webmail"},
      {"https://www.google.com/", "search"},   {"https://m.youtube.com/watch", "video"},
      {"https://news.google.com/", "news"},    {"https://translate.google.com/", "translation"},
      {"https://music.youtube.com/", "audio"}, {"https://www.linkedin.com/jobs/view", "jobsearch social"},
      {"https://aws.amazon.com/", "cloud"},    {"https://www.amazon.com/", "shopping"},
      {"https://dns.google/dns-query", "doh"}, {"https://www.irs.gov/", "government"}};
  for (const auto& [url, expected] : kSites) EXPECT_EQ(categories(*lists, url), expected) << url;
  EXPECT_EQ(why(*lists, "https://nordvpn.com/", "vpn").substr(0, 16), "starter vpn.txt:");
}

}  // namespace
}  // namespace citygate::categories
