// What a list's own program makes of its pattern, beside what the expression that it became finds: two routes to one
// answer, over tables and over random patterns and URLs.
#include <regex.h>

#include <random>
#include <regex>

#include "categories/formats/expression.h"
#include "tests/unit/categories/reading.h"

namespace citygate::categories {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool separator(char c) {
  const bool word = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9');
  return !word && std::string_view("_-.%").find(c) == std::string_view::npos && static_cast<unsigned char>(c) < 0x80;
}

// Whether `pattern`, of text, '*' and '^', fits the beginning of `url`; all of it when `to_end`.
bool fits(std::string_view pattern, std::string_view url, bool to_end) {
  if (pattern.empty()) return !to_end || url.empty();
  if (pattern.front() == '*') {
    for (std::size_t skip = 0; skip <= url.size(); ++skip)
      if (fits(pattern.substr(1), url.substr(skip), to_end)) return true;
    return false;
  }
  if (pattern.front() == '^' && url.empty()) return fits(pattern.substr(1), url, to_end);
  if (url.empty()) return false;
  const bool same = pattern.front() == '^' ? separator(url.front()) : lower(pattern.front()) == lower(url.front());
  return same && fits(pattern.substr(1), url.substr(1), to_end);
}

// As "How to write filters" has it, one character at a time.
bool adblock_finds(std::string_view pattern, std::string_view url) {
  const bool name = pattern.starts_with("||"), start = !name && pattern.starts_with('|');
  pattern.remove_prefix(name ? 2 : start ? 1 : 0);
  const bool to_end = pattern.ends_with('|');
  if (to_end) pattern.remove_suffix(1);
  if (start) return fits(pattern, url, to_end);
  std::size_t at = name ? url.find("://") + 3 : 0;
  const std::size_t host_end = name ? url.find_first_of("/?", at) : url.size();
  for (; at <= host_end && at <= url.size(); ++at) {
    const bool border = !name || url[at - 1] == '/' || url[at - 1] == '.';
    if (border && at < host_end + (name ? 0 : 1) && fits(pattern, url.substr(at), to_end)) return true;
  }
  return false;
}

bool expression_finds(const std::string& expression, const std::string& url) {
  return std::regex_search(url, std::regex(expression, std::regex::ECMAScript | std::regex::icase));
}

bool posix_finds(const std::string& expression, const std::string& text) {
  regex_t compiled;
  EXPECT_EQ(::regcomp(&compiled, expression.c_str(), REG_EXTENDED | REG_ICASE | REG_NOSUB), 0) << expression;
  const bool found = ::regexec(&compiled, text.c_str(), 0, nullptr, 0) == 0;
  ::regfree(&compiled);
  return found;
}

TEST(AdblockMeaning, Table) {
  const std::tuple<const char*, const char*, bool> kCases[] = {
      {"||ads.example^x", "http://ads.example/x", true},
      {"||ads.example/x", "https://www.ads.example/xyz", true},
      {"||ads.example/x", "http://bads.example/x", false},
      {"||ads.example/x", "http://a.example/?u=ads.example/x", false},
      {"||example.com/*banner^", "http://example.com/a/banner", true},
      {"||example.com/*banner^", "http://example.com/a/banners", false},
      {"||example.com/*banner^", "http://example.com/a/banner?x", true},
      {"||example.com/*banner^", "http://example.com/banner%20", false},
      {"|https://", "https://a.example/", true},
      {"|https://", "http://a.example/https://", false},
      {".gif|", "http://a.example/x.GIF", true},
      {".gif|", "http://a.example/x.gif?y", false},
      {"^ads^", "http://a.example:8080/ads/", true},
      {"^ads^", "http://a.example/ads", true},
      {"^ads^", "http://a.example/ads-x", false},
      {"a.example^", "http://a.example/", true},
      {"/a*b/", "http://x.example/a/c/b/d", true},
      {"?a=1", "http://x.example/?a=1&b", true},
      {"x(1)", "http://x.example/x(1)", true}};
  for (const auto& [pattern, url, expected] : kCases) {
    EXPECT_EQ(adblock_finds(pattern, url), expected) << pattern << ' ' << url;
    EXPECT_EQ(expression_finds(from_adblock(pattern), url), expected) << pattern << ' ' << url;
  }
}

std::string random_text(std::mt19937& random, std::string_view bytes, std::size_t most) {
  std::string out(random() % (most + 1), '\0');
  for (char& c : out) c = bytes[random() % bytes.size()];
  return out;
}

TEST(AdblockMeaning, RandomPatternsAndUrls) {
  std::mt19937 random(4);
  int found = 0;
  for (int round = 0; round < 20'000; ++round) {
    const char* kBeginnings[] = {"", "|", "||", "||", "*"};
    std::string pattern = kBeginnings[random() % 5];
    pattern += random_text(random, "ab.a/^*?_A", 5);
    if (random() % 5 == 0) pattern += '|';
    if (pattern.find_first_not_of("|*^") == std::string::npos) continue;
    const std::string url = std::string(random() % 2 ? "http://" : "https://") + "a" + random_text(random, "ab.", 4) +
                            "b" + (random() % 5 ? "" : ":81") + "/" + random_text(random, "aB/._-?", 6);
    const bool expected = adblock_finds(pattern, url);
    found += expected;
    ASSERT_EQ(expression_finds(from_adblock(pattern), url), expected)
        << pattern << " in " << url << ", as " << from_adblock(pattern);
  }
  EXPECT_GT(found, 1000);
}

TEST(SquidGuardMeaning, RandomExpressionsAndUrls) {
  std::mt19937 random(5);
  int found = 0, read = 0;
  for (int round = 0; round < 20'000; ++round) {
    const char* kPieces[] = {"a",    "b",           ".",     "/",          "\\.", "[ab]", "[^a/]",
                             "[]b]", "[[:digit:]]", "(a|b)", "(/|a)",      "a*",  "b+",   "(ab)?",
                             "/?",   "a{1,2}",      "ab*+",  "[-\\?+=/_]", "x"};
    // Where else than in front "^" means nothing.
    const char* kFronts[] = {"", "", "^", "(^|/)a", "^b|", "/b|^", "x|/"};
    std::string expression = kFronts[random() % std::size(kFronts)];
    for (std::size_t i = 1 + random() % 4; i > 0; --i) expression += kPieces[random() % std::size(kPieces)];
    std::string translated;
    if (!from_url_expression(expression, ExpressionDialect::Posix, translated).empty()) continue;
    ++read;
    const std::string bare = "a" + random_text(random, "ab.", 4) + "/" + random_text(random, "ab/.1-?x", 6);
    const bool expected = posix_finds(expression, bare);
    found += expected;
    // What is found in the scheme alone is the one thing that the two may differ in; nothing here can be.
    ASSERT_EQ(expression_finds(translated, "http://" + bare), expected || expression_finds(translated, "http://"))
        << expression << " in " << bare << ", as " << translated;
  }
  EXPECT_GT(read, 10'000);
  EXPECT_GT(found, 3000);
}

TEST(WildcardNames, CoverNamesAndNothingElse) {
  const std::string ads = from_wildcard_name("ads*.example.com");
  for (const char* url : {"http://ads.example.com/", "http://ads7.example.com:81/x", "http://x.ads-1.example.com/"})
    EXPECT_TRUE(expression_finds(ads, url)) << url;
  for (const char* url : {"http://bads.example.com/", "http://ads.example.community/", "http://a.b/ads.example.com/",
                          "http://a.example/?ads.example.com/"})
    EXPECT_FALSE(expression_finds(ads, url)) << url;
}

}  // namespace
}  // namespace citygate::categories
