#include <gtest/gtest.h>

#include "categories/search_engines.h"
#include "categories/search_text.h"

namespace citygate::categories {
namespace {

std::string words_of(std::string_view text) {
  std::string out;
  append_words(text, out);
  return out;
}

TEST(SearchText, WordsAreFoldedAndDividedByOneSpace) {
  EXPECT_EQ(words_of("Online-CASINOS,  pr\u00f3ximo  Tor\u2011Browser"), "online casinos proximo tor browser");
  EXPECT_EQ(words_of("  a  "), "a");
  EXPECT_EQ(words_of("don't"), "dont");
  EXPECT_EQ(words_of("don\u2019t"), "dont");
  EXPECT_EQ(words_of("\uff43\uff41\uff53\uff49\uff4e\uff4f"), "casino");
  EXPECT_EQ(words_of("ca\u00adsi\u200bno"), "casino");
  EXPECT_EQ(words_of("cas\u0131no CAS\u0130NO"), "casino casino");
  EXPECT_EQ(words_of("cafe\u0301 stra\u00dfe \u00c6on \u0152uvre \u0141\u00f3d\u017a"),
            "cafe strasse aeon oeuvre lodz");
  EXPECT_EQ(words_of("\u041a\u0410\u0417\u0418\u041d\u041e \u039a\u0391\u0396\u0399\u039d\u039f\u03a3"),
            "\u043a\u0430\u0437\u0438\u043d\u043e \u03ba\u03b1\u03b6\u03b9\u03bd\u03bf\u03c3");
  EXPECT_EQ(words_of("\u8d4c\u573a online"), "\u8d4c\u573a online");
  EXPECT_EQ(words_of("a\u00d7b \U0001f3b0slots"), "a b slots");
  EXPECT_EQ(words_of("\"quoted\" (and) [so] + on/off"), "quoted and so on off");
  EXPECT_EQ(words_of("?!"), "");
}

TEST(SearchText, BytesThatAreNoUtf8Divide) {
  EXPECT_EQ(words_of("a\xff"
                     "b\xc3"),
            "a b");
  EXPECT_EQ(words_of("\xe2\x82"), "");
  EXPECT_EQ(words_of(std::string_view("a\0b", 3)), "a b");
}

TEST(SearchText, IsItsOwnForm) {
  for (const char* text : {"Caf\u00e9 & Bar", "\u00c6\u0132\u017f", "x\u0300y", "\uff21\uff3a\uff10"})
    EXPECT_EQ(words_of(words_of(text)), words_of(text)) << text;
}

std::string search(std::string_view url) {
  Target target;
  EXPECT_TRUE(parse_url(url, target)) << url;
  SearchScratch scratch;
  std::string out;
  const auto engine = search_words(target, scratch, out);
  return engine.empty() ? out : std::string(engine) + ": " + out;
}

TEST(SearchWords, OfWellKnownEngines) {
  const std::pair<const char*, const char*> cases[] = {
      {"https://www.google.com/search?q=Online+Casino&hl=en", "google: online casino"},
      {"https://www.google.co.uk/search?hl=en&q=online%20casino", "google: online casino"},
      {"https://google.com.br/search?q=cassino", "google: cassino"},
      {"http://www.google.de/search?tbm=isch&q=%C3%9Cber", "google: uber"},
      {"https://images.google.fr/images?q=x", "google: x"},
      {"https://www.bing.com/images/search?q=a%2Bb", "bing: a b"},
      {"https://uk.images.search.yahoo.com/search/images?p=x+y", "yahoo: x y"},
      {"https://html.duckduckgo.com/html/?q=x", "duckduckgo: x"},
      {"https://duckduckgo.com/?t=h_&q=tor%20browser&ia=web", "duckduckgo: tor browser"},
      {"https://www.ecosia.org/search?method=index&q=x", "ecosia: x"},
      {"https://www.startpage.com/sp/search?query=x", "startpage: x"},
      {"https://search.brave.com/search?q=x", "brave: x"},
      {"https://yandex.com.tr/search/?text=x", "yandex: x"},
      {"https://www.baidu.com/s?wd=%E8%B5%8C%E5%9C%BA", "baidu: \u8d4c\u573a"},
      {"https://www.qwant.com/?q=x&t=web", "qwant: x"},
      {"https://m.youtube.com/results?search_query=x", "youtube: x"},
      {"https://en.wikipedia.org/w/index.php?search=x", "wikipedia: x"},
      {"https://www.amazon.co.uk/s?k=brass+knuckles", "amazon: brass knuckles"},
  };
  for (const auto& [url, wanted] : cases) EXPECT_EQ(search(url), wanted) << url;
}

// Engines take the first, the last or all of them.
TEST(SearchWords, NoSpellingHidesTheWords) {
  EXPECT_EQ(search("https://www.google.com/search?q=weather&q=online+casino"), "google: weather online casino");
  EXPECT_EQ(search("https://www.google.com/search?%71=online%20casino"), "google: online casino");
  EXPECT_EQ(search("https://www.google.com/search?as_epq=online+casino&as_q=best"), "google: best online casino");
  EXPECT_EQ(search("https://www.google.com./%73earch?q=%6fnline;casino"), "google: online casino");
  EXPECT_EQ(search("https://www.google.com/search?q=online%2520casino"), "google: online 20casino");
}

TEST(SearchWords, WhatIsNoSearchHasNone) {
  for (const char* url :
       {"https://www.google.com/", "https://www.google.com/search?q=", "https://www.google.com/maps?q=x",
        "https://www.example.com/search?q=x", "https://notgoogle.com/search?q=x",
        "https://google.evil.example/search?q=x", "https://www.google.com/search?eq=x&qq=y"})
    EXPECT_EQ(search(url), "") << url;
}

}  // namespace
}  // namespace citygate::categories
