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

// A letter that a search engine reads as another is compared as that.
TEST(SearchText, LettersInDisguise) {
  for (const char* text :
       {"\U0001d429\U0001d428\U0001d42b\U0001d427",  // bold
        "\U0001d4f9\U0001d4f8\U0001d4fb\U0001d4f7",  // bold script
        "\U0001d513\U0001d512\u211c\U0001d511",      // black letter
        "\u1e55\u1ecf\u1e5d\u1e45", "\u1e54\u1ece\u1e5c\u1e44", "\u24df\u24de\u24e1\u24dd", "\u24c5\u24c4\u24c7\u24c3",
        "\u1d56\u1d52\u02b3\u207f", "\U0001f13f\U0001f13e\U0001f141\U0001f13d", "p\u20ddo\u0336r\ufe0fn\u034f",
        "po\u2063r\u202en\U000e0001"})
    EXPECT_EQ(words_of(text), "porn") << text;
  EXPECT_EQ(words_of("T\u00ecm vi\u1ec7c L\u00c0M"), "tim viec lam");
  EXPECT_EQ(words_of("\u01c4em \u01e2on \u01feland \ufb01lm \ufb03 \u2167 \u212aelvin"),
            "dzem aeon oland film ffi viii kelvin");
  EXPECT_EQ(words_of("\u0386\u03bb\u03c6\u03b1 \u1f00\u03c1\u03c7\u03ae"),
            "\u03b1\u03bb\u03c6\u03b1 \u03b1\u03c1\u03c7\u03b7");
  EXPECT_EQ(words_of("\u0419\u0401\u0407\u0490\u04d8"), "\u0438\u0435\u0456\u0491\u04d9");
  EXPECT_EQ(words_of("\u0439"), words_of("\u0438\u0306")) << "one letter, or two";
  EXPECT_EQ(words_of("\U0001d7ce\U0001d7e1\u2460\u2491"), "09110");
  EXPECT_EQ(words_of("a\u2192b \u2116\u2122"), "a b") << "arrows and signs";
}

TEST(SearchText, BytesThatAreNoUtf8Divide) {
  EXPECT_EQ(words_of("a\xff"
                     "b\xc3"),
            "a b");
  EXPECT_EQ(words_of("\xe2\x82"), "");
  EXPECT_EQ(words_of(std::string_view("a\0b", 3)), "a b");
}

TEST(SearchText, IsItsOwnForm) {
  for (const char* text :
       {"Caf\u00e9 & Bar", "\u00c6\u0132\u017f", "x\u0300y", "\uff21\uff3a\uff10", "\u01c4\u1e9e\U0001d6a4\ua7f8"})
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
      {"https://www.google.com/m?q=x", "google: x"},
      {"https://www.google.com/search;a=b?q=x", "google: x"},
      {"https://www.google.de/?hl=de&q=x", "google: x"},
      {"https://www.google.com?q=x", "google: x"},
      {"https://www.google.com/ie?q=x", "google: x"},
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
  EXPECT_EQ(search("https://www.google.com/search?q=weather&q=online+casino"),
            "google: weather\nonline casino\nweather online casino");
  EXPECT_EQ(search("https://www.google.com/search?%71=online%20casino"), "google: online casino");
  EXPECT_EQ(search("https://www.google.com/search?as_epq=online+casino&as_q=best"),
            "google: best\nonline casino\nbest online casino");
  EXPECT_EQ(search("https://www.bing.com/search?Q=online+casino"), "bing: online casino");
  EXPECT_EQ(search("https://www.google.com/search?q=&q=x&q=%2B"), "google: x");
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
