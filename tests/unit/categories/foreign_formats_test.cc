// The formats whose lines lean on each other or on the file's name: RPZ, CSV, squidGuard's and e2guardian's; and what is
// no list at all.
#include "categories/formats/expression.h"
#include "categories/normalise.h"
#include "tests/unit/categories/reading.h"

namespace citygate::categories {
namespace {

TEST(RpzReader, TriggersAndActions) {
  check(LineFormat::Rpz, {{"$TTL 2h ; how long", "nothing"},
                          {"$ORIGIN rpz.example.", "nothing"},
                          {"@ IN SOA ns.example. admin.example. (", "nothing"},
                          {"      2026080101 ; serial", "nothing"},
                          {"      3600 600 86400 60 )", "nothing"},
                          {"   IN NS localhost.", "nothing"},
                          {"casino.example CNAME .", "=casino.example"},
                          {"*.casino.example 300 IN CNAME .", "*casino.example"},
                          {"Fair.Casino.example\tIN\tCNAME\trpz-passthru.", "!=fair.casino.example"},
                          {"old.casino.example CNAME old.casino.example.", "!=old.casino.example"},
                          {"nodata.example CNAME *.", "=nodata.example"},
                          {"drop.example CNAME rpz-drop.", "=drop.example"},
                          {"tcp.example CNAME rpz-tcp-only.", "unsupported: only asks for TCP"},
                          {"long.example.rpz.example. CNAME .", "=long.example"},
                          {"other.example. CNAME .", "fault: a name that is not in the zone"},
                          {"www.search.example CNAME safe.search.example.", "unsupported: gives another name"},
                          {"hole.example A 0.0.0.0", "=hole.example"},
                          {"        AAAA ::", "=hole.example"},
                          {"real.example A 93.184.216.34", "unsupported: gives a name a real address"},
                          {"text.example TXT \"a ; b\"", "unsupported: answers with other data"},
                          {"32.7.2.0.192.rpz-ip CNAME .", "unsupported: is about addresses in answers (rpz-ip)"},
                          {"24.0.2.0.192.rpz-client-ip CNAME .", "unsupported: is about who asks"},
                          {"ns.bad.example.rpz-nsdname CNAME .", "unsupported: is about name servers"},
                          {"*.zip CNAME .", "unsupported: a whole top-level domain"},
                          {"$GENERATE 1-9 h$ CNAME .", "unsupported: generates names"},
                          {"$INCLUDE more.zone", "unsupported: includes another file"},
                          {"; comment", "nothing"},
                          {"lonely.example", "fault: not a line of a zone file"},
                          {"$NONSENSE", "fault: not a line of a zone file"},
                          {"bad_!name.example CNAME .", "fault: not a host name"}});
}

TEST(RpzReader, TheZonesNameIsKnownFromItsSoa) {
  check(LineFormat::Rpz, {{"rpz.local. IN SOA ns. admin. 1 2 3 4 5", "nothing"},
                          {"rpz.local. IN NS ns.", "nothing"},
                          {"rpz.local. TXT \"about\"", "nothing"},
                          {"bad.example.rpz.local. CNAME .", "=bad.example"}});
}

TEST(RpzReader, TheOriginChangesAndTheZoneDoesNot) {
  // As servers write a zone.
  check(LineFormat::Rpz, {{"$ORIGIN .", "nothing"},
                          {"rpz.example IN SOA ns.rpz.example. admin.rpz.example. (", "nothing"},
                          {"  1 2 3 4 5 )", "nothing"},
                          {"$ORIGIN rpz.example.", "nothing"},
                          {"bad.example CNAME .", "=bad.example"},
                          {"$ORIGIN casino.example.rpz.example.", "nothing"},
                          {"www CNAME .", "=www.casino.example"},
                          {"* CNAME .", "*casino.example"},
                          {"@ CNAME .", "=casino.example"},
                          {"$ORIGIN fair", "nothing"},  // on top of the one before
                          {"www CNAME rpz-passthru.", "!=www.fair.casino.example"},
                          {"$ORIGIN rpz.example.", "nothing"},
                          {"  A 0.0.0.0", "=www.fair.casino.example"},  // the name that was meant then
                          {"@ NS ns.", "nothing"},
                          {"@ TXT \"about\"", "nothing"},
                          {"$ORIGIN elsewhere.example.", "nothing"},
                          {"www CNAME .", "fault: a name that is not in the zone"}});
  check(LineFormat::Rpz, {{"$ORIGIN rpz.example.", "nothing"},  // a part of a zone, without its SOA
                          {"a.example CNAME .", "=a.example"},
                          {"$ORIGIN b.example.rpz.example.", "nothing"},
                          {"www CNAME .", "=www.b.example"}});
}

TEST(RpzReader, BracketsInQuotesAreText) {
  check(LineFormat::Rpz, {{"@ TXT \"a ( b\"", "nothing"},
                          {"a.example CNAME .", "=a.example"},
                          {"@ TXT \"say \\\" (\" ; (", "nothing"},
                          {"b.example CNAME .", "=b.example"},
                          {"@ TXT \\(", "nothing"},
                          {"c.example ( CNAME ) .", "=c.example"},
                          {"@ SOA a. b. ( 1 2 3", "nothing"},
                          {" \")\"", "nothing"},
                          {" 4 5 ) ; done", "nothing"},
                          {"d.example CNAME (", "unsupported: a record whose data is in the next line"},
                          {"  . )", "nothing"},
                          {"e.example CNAME .", "=e.example"}});
}

TEST(RpzReader, ABracketThatIsNeverClosedDoesNotSwallowTheZone) {
  FileContext zone;
  check(LineFormat::Rpz, zone, {{"@ IN SOA a. b. ( 1 2 3", "nothing"}});
  int faults = 0, entries = 0;
  for (int i = 0; i < 150; ++i) {
    const auto read = reading(LineFormat::Rpz, "h" + std::to_string(i) + ".example CNAME .", zone);
    faults += read == "fault: a bracket is open, and not closed within 100 lines";
    entries += read.starts_with("=h");
  }
  EXPECT_EQ(faults, 1);
  EXPECT_EQ(entries, 50);
}

FileContext csv_file(std::string_view sample, unsigned host = 0, unsigned category = 0) {
  FileContext file;
  file.csv = detect_csv(sample, host, category);
  return file;
}

TEST(CsvReader, ColumnsByTheirHeader) {
  auto file = csv_file("id;Category;Domain\n1;news;a.example\n");
  check(LineFormat::Csv, file,
        {{"id;Category;Domain", "nothing"},
         {"1;news;a.example", "@news:a.example"},
         {"2; \"gambling; legal\" ;\"b.example/x\"", "@gambling:b.example/x @legal:b.example/x"},
         {"3;\"say \"\"news\"\"\";c.example", "@say \"news\":c.example"},
         {"4;;d.example", "unsupported: names no category"},
         {"5;news;two words", "fault: not a host name"},
         {"6;news", "fault: has no column for the host"},
         {"7;\"news;e.example", "fault: a quote that is not closed"},
         {"# comment", "nothing"}});
}

TEST(CsvReader, ColumnsByTheirLooks) {
  auto ranked = csv_file("1,a.example\n2,b.example\n3,c.example\n");
  check(LineFormat::Csv, ranked, {{"1,a.example", "a.example"}, {"2,http://b.example/x", "b.example/x"}});
  auto tabs = csv_file("a.example\tnews\t2026-01-01\nb.example\tgames\t2026-01-02\n");
  check(LineFormat::Csv, tabs, {{"a.example\tnews\t2026-01-01", "@news:a.example"}});
  // Two columns of words: nobody can say which is the category.
  auto words = csv_file("a.example,news,daily\nb.example,games,weekly\n");
  check(LineFormat::Csv, words, {{"a.example,news,daily", "a.example"}});
}

TEST(CsvReader, TheUrlInTheFirstColumn) {
  constexpr std::string_view kCases[] = {
      "url,type\nhttp://a.example/x,news\nb.example/y/z.html,games\n",
      "http://a.example/x,news\nhttps://b.example/y,games\nc.example,games\n",
      "\"http://a.example/x\",\"news\"\n\"https://b.example/y,z\",\"games\"\n",
      "http://a.example/x\tnews\nhttps://b.example/y\tgames\n",
  };
  for (const auto sample : kCases) {
    CsvShape shape;
    EXPECT_EQ(detect_format(sample, shape), LineFormat::Csv) << sample;
    EXPECT_EQ(shape.host, 0U) << sample;
    EXPECT_EQ(shape.category, 1U) << sample;
  }
  CsvShape shape;
  for (std::string_view urls :
       {"a.example/x,y\nb.example/a;b\n", "a.example/x,y\nb.example/z\nc.example/z\nd.example/news\n",
        "a.example/0,12,3.html\nb.example/1,13,4.html\n"})
    EXPECT_EQ(detect_format(urls, shape), LineFormat::Domains) << urls;
}

TEST(CsvReader, CategoriesOfALineAreBoundedAndEachCountsOnce) {
  auto file = csv_file("domain,category\na.example,news\n");
  std::string many = "a.example,\"";
  for (int i = 0; i < 1000; ++i) many += "c" + std::to_string(i) + "|";
  check(LineFormat::Csv, file,
        {{"domain,category", "nothing"},
         {"a.example,\"news|news||news; games\"", "@news:a.example @games:a.example"},
         {"a.example,\"||||\"", "unsupported: names no category"},
         {many + "\"", "fault: more than 16 categories in one line"}});
}

TEST(CsvReader, ColumnsThatAreTold) {
  auto file = csv_file("what,where,why\nnews,a.example,daily\ngames,b.example,fun\n", 2, 3);
  check(LineFormat::Csv, file, {{"what,where,why", "nothing"}, {"news,a.example,daily", "@daily:a.example"}});
  auto bare = csv_file("news,a.example\ngames,b.example\n", 2, 1);
  check(LineFormat::Csv, bare, {{"news,a.example", "@news:a.example"}, {"games,b.example", "@games:b.example"}});
}

TEST(ExpressionsReader, PosixBecomesPcre) {
  const auto read = [](std::string_view line) { return reading(LineFormat::Expressions, line); };
  EXPECT_EQ(read("# comment"), "nothing");
  EXPECT_EQ(read("(/banner/|/sponsor/)"), "~^https?://.*(?:(/banner/|/sponsor/))");
  EXPECT_EQ(read("(ads|/?sponsor/)"), "~(ads|/?sponsor/)");
  EXPECT_EQ(read("^[0-9]+\\.example/x$"), "~^https?://[0-9]+\\.example/x/?$");
  EXPECT_EQ(read("(^|[-\\?+=/_])big(sex)?"), "~(^https?://|[-\\\\?+=/_])big(sex)?");
  EXPECT_EQ(read("[]a-z]+[^]]x[[:digit:]][[.-.]]"), "~[\\]a-z]+[^\\]]x[[:digit:]][\\-]");
  EXPECT_EQ(read("abc*+d?+e+?"), "~abc*d*e*");
  EXPECT_EQ(read("\\<word\\>"), "~\\bword\\b");
  // One '^' says nothing of the other alternatives.
  EXPECT_EQ(read("^foo\\.com|/banner"), "~^https?://foo\\.com|^https?://.*(?:/banner)");
  EXPECT_EQ(read("/a|/b|^c|/d|e"), "~^https?://.*(?:/a|/b)|^https?://c|^https?://.*(?:/d)|e");
  EXPECT_EQ(read("ads|^http://x/|/banner"), "~ads|^http://x/|^https?://.*(?:/banner)");
  EXPECT_EQ(read("=http://evil"), "~^https?://.*(?:=http://evil)");
  EXPECT_EQ(read("^https?://x\\.example/"), "~^https?://x\\.example/");
  check(LineFormat::Expressions, {{"(open", "fault: not a regular expression: a bracket"},
                                  {"close)", "fault: not a regular expression: a bracket"},
                                  {"[a-z", "fault: not a regular expression: a bracket"},
                                  {".*", "fault: a regular expression that finds every URL"},
                                  {"^.*$", "fault: a regular expression that finds every URL"},
                                  {"ads||banners", "fault: a regular expression that finds every URL"},
                                  {"x*", "fault: a regular expression that finds every URL"},
                                  {"ads\\", "fault: not a regular expression: it ends in a backslash"}});
  EXPECT_EQ(read(std::string(2001, 'x')), "fault: a regular expression over 2,000 bytes");
}

TEST(GuardianReader, Sites) {
  check(LineFormat::GuardianSites, {{"#listcategory: \"Gambling\"", "nothing"},
                                    {"casino.example", "@Gambling:casino.example"},
                                    {"casino.example  # why", "@Gambling:casino.example"},
                                    {"192.0.2.0/24", "unsupported: a network"},
                                    {"10.0.0.1-10.0.0.3", "unsupported: a network or range"},
                                    {".gov", "unsupported: a whole top-level domain"},
                                    {"**", "unsupported: bans or excepts everything"},
                                    {"*ips", "unsupported: bans or excepts everything"},
                                    {".Include</etc/e2guardian/lists/x>", "unsupported: includes another file"},
                                    {"#time: 9 0 17 0 01234", "unsupported: holds at some times only"},
                                    {"##time: 9 0 17 0 01234", "nothing"},
                                    {"two words", "fault: not a host name"},
                                    {"#listcategory: Games", "nothing"},
                                    {"play.example", "@Games:play.example"}});
}

TEST(GuardianReader, UrlsExpressionsAndExceptions) {
  check(LineFormat::GuardianUrls,
        {{"members.example/x", "members.example/x"}, {"#members.example/y", "nothing"}, {"**s", "unsupported: bans"}});
  check(LineFormat::GuardianExpressions, {{"(^|[\\?+=&/])casino", "~(^https?://|[\\?+=&/])casino"},
                                          {"[^?]*\\.css($|\\?)", "~[^?]*\\.css(/?$|\\?)"},
                                          {"(video)  #block all video", "~(video)"},
                                          {"(video", "fault: not a regular expression"}});
  FileContext exceptions{.exceptions = true};
  check(LineFormat::GuardianSites, exceptions, {{"fair.example", "!fair.example"}});
}

TEST(PlanFile, GuardianAndSquidGuardFilesSayWhatTheyAre) {
  const auto plan = plan_file("lists/gambling/localexceptionsslsitelist");
  EXPECT_EQ(plan.format, LineFormat::GuardianSites);
  EXPECT_TRUE(plan.exceptions);
  EXPECT_EQ(plan.foreign, "gambling");
  EXPECT_EQ(plan_file("bannedregexpurllist").format, LineFormat::GuardianExpressions);
  EXPECT_FALSE(plan_file("bannedurllist").exceptions);
  EXPECT_TRUE(plan_file("greyurllist").exceptions);
  EXPECT_EQ(plan_file("blacklists/adult/expressions").format, LineFormat::Expressions);
  for (const char* name : {"bannedphraselist", "bannediplist", "logsitelist", "authexceptionsitelist", "x/README.md",
                           "domainsnobypass", "exceptionfilesitelist", "logo.png"})
    EXPECT_EQ(plan_file(name).kind, FilePlan::Kind::NoList) << name;
  for (const char* name : {"my-blocklist", "sitelist", "porn.list"})
    EXPECT_EQ(plan_file(name).kind, FilePlan::Kind::List) << name;
}

TEST(ForeignContent, IsNamed) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"\n<!DOCTYPE HTML>\n<html>", "a web page (HTML)"},
      {"<Html lang=en>", "a web page (HTML)"},
      {"<?xml version=\"1.0\"?>", "an XML document"},
      {"{\"a\": 1}", "JSON"},
      {"[ {\"a\": 1} ]", "JSON"},
      {"\x7f"
       "ELF\x02\x01",
       "a program (ELF)"},
      {"%PDF-1.7", "a PDF document"},
      {"\x89PNG\r\n", "a PNG image"},
      {"\x1f\x8b\x08", "compressed twice (gzip)"},
      {"\xff\xfe"
       "a",
       "UTF-16; save it as UTF-8"},
      {std::string_view("a\0.\0b", 5), "binary data (or UTF-16; save it as UTF-8)"},
      {"[Adblock Plus 2.0]\n||a.example^", ""},
      {"\xef\xbb\xbf"
       "a.example",
       ""},
      {"", ""}};
  for (const auto& [sample, what] : kCases) EXPECT_EQ(foreign_content(sample), what) << sample;
}

}  // namespace
}  // namespace citygate::categories
