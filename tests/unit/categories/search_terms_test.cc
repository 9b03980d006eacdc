#include "categories/search_terms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "categories/search_text.h"

namespace citygate::categories {
namespace {

SearchTerms compiled(std::string_view text) {
  const TermFile file{"terms.txt", text, 7};
  auto terms = SearchTerms::compile({&file, 1});
  EXPECT_TRUE(terms) << terms.error().context;
  return terms ? std::move(*terms) : SearchTerms();
}

// The lines that hold, ascending.
std::string lines(const SearchTerms& terms, std::string_view typed) {
  std::string words;
  append_words(typed, words);
  std::array<TermHit, 32> hits;
  const std::size_t count = terms.match(words, hits);
  std::vector<std::uint32_t> found;
  for (std::size_t i = 0; i < count; ++i) found.push_back(hits[i].line);
  std::ranges::sort(found);
  std::string out;
  for (const auto line : found) out += (out.empty() ? "" : " ") + std::to_string(line);
  return out;
}

TEST(SearchTerms, PhrasesMatchWholeWordsInOrder) {
  const SearchTerms terms = compiled("# a comment\n\nOnline casino(s)\nporn\n  Poker\tfor money  # why\n");
  EXPECT_EQ(terms.rules(), 3u);
  EXPECT_EQ(lines(terms, "best ONLINE-casino bonus"), "3");
  EXPECT_EQ(lines(terms, "online casinos"), "3");
  EXPECT_EQ(lines(terms, "casino online"), "");
  EXPECT_EQ(lines(terms, "online  casino porn poker, for money"), "3 4 5");
  EXPECT_EQ(lines(terms, "porn porn porn"), "4");
  for (const char* none :
       {"", "online", "casino", "pornic france", "popcorn", "onlinecasino", "poker for", "for money"})
    EXPECT_EQ(lines(terms, none), "") << none;
}

TEST(SearchTerms, AllOfTheseWordsInAnyOrder) {
  const SearchTerms terms = compiled("buy + fentanyl\nbypass + web filter(s) + school\n");
  EXPECT_EQ(lines(terms, "fentanyl where can i buy"), "1");
  EXPECT_EQ(lines(terms, "fentanyl fentanyl"), "");
  EXPECT_EQ(lines(terms, "school: how to bypass web filters"), "2");
  EXPECT_EQ(lines(terms, "school bypass web the filter"), "");
  EXPECT_EQ(lines(terms, "web filter web filters bypass"), "") << "two ways to write one part are one part";
}

TEST(SearchTerms, ExceptionsCoverTheirWordsOnly) {
  const SearchTerms terms = compiled("gambling\nonline gambling\nslots\n!gambling addiction\n");
  EXPECT_EQ(lines(terms, "gambling"), "1");
  EXPECT_EQ(lines(terms, "gambling addiction"), "");
  EXPECT_EQ(lines(terms, "online gambling addiction"), "") << "a phrase that shares a word with it";
  EXPECT_EQ(lines(terms, "gambling addiction slots"), "3");
  EXPECT_EQ(lines(terms, "gambling addiction or gambling"), "1");
}

TEST(SearchTerms, SomeWordsLiftTheWholeListAndNoOther) {
  const TermFile files[] = {{"a.txt", "kill myself\n!!hotline\n", 1}, {"b.txt", "kill myself + video\n", 2}};
  const auto terms = SearchTerms::compile(files);
  ASSERT_TRUE(terms);
  std::array<TermHit, 4> hits;
  EXPECT_EQ(terms->match("kill myself", hits), 1u);
  EXPECT_EQ(hits[0], (TermHit{1, 0, 1}));
  EXPECT_EQ(terms->match("i want to kill myself hotline", hits), 0u);
  EXPECT_EQ(terms->match("kill myself video hotline", hits), 1u);
  EXPECT_EQ(hits[0], (TermHit{2, 1, 1}));
}

// Of "?q=online+casino&q=gambling+addiction" an engine takes the first or the last.
TEST(SearchTerms, NoParameterExcusesAnother) {
  const SearchTerms terms = compiled("casino\nbuy + fentanyl\n!casino law\n!!hotline\n");
  std::array<TermHit, 8> hits;
  const auto found = [&](std::string_view words) { return terms.match(words, hits); };
  EXPECT_EQ(found("casino hotline"), 0u);
  EXPECT_EQ(found("casino law"), 0u);
  EXPECT_EQ(found("casino\nhotline\ncasino hotline"), 1u);
  EXPECT_EQ(found("law\ncasino\nlaw casino"), 1u);
  EXPECT_EQ(found("casino\nlaw\ncasino law"), 1u);
  EXPECT_EQ(found("buy\nfentanyl"), 0u);
  EXPECT_EQ(found("buy\nfentanyl\nbuy fentanyl"), 1u);
  EXPECT_EQ(found("casino\ncasino\ncasino casino"), 1u) << "each line once";
  EXPECT_EQ(found("\n\ncasino\n"), 1u);
}

TEST(SearchTerms, ErrorsNameFileLineAndWhatWouldBeRight) {
  const std::pair<const char*, const char*> cases[] = {
      {"a\n+ b", "t.txt:2: no word stands here: a phrase has letters or digits"},
      {"a +", "t.txt:1: no word stands here: a phrase has letters or digits"},
      {"!", "t.txt:1: no word stands here: a phrase has letters or digits"},
      {"\n\n!a + b", "t.txt:3: an exception is one phrase: '+' and '!' do not go together"},
      {"a + a", "t.txt:1: the same words stand twice between '+'"},
      {"a(s) b(s)", "t.txt:1: '(s)' stands twice in one phrase: write two lines"},
      {"1 2 3 4 5 6 7 8 9", "t.txt:1: a phrase of more than 8 words: divide it by '+'"},
      {"1 2 3 4 5 6 7 8 (s)", "t.txt:1: a phrase of more than 8 words: divide it by '+'"},
      {"a+b+c+d+e+f+g+h+i", "t.txt:1: more than 8 parts between '+'"},
  };
  for (const auto& [text, wanted] : cases) {
    const TermFile file{"t.txt", text, 1};
    const auto terms = SearchTerms::compile({&file, 1});
    ASSERT_FALSE(terms) << text;
    EXPECT_EQ(terms.error().kind, Error::Kind::Malformed);
    EXPECT_EQ(terms.error().context, wanted);
  }
  EXPECT_EQ(lines(compiled("\xef\xbb\xbfporn\r\nxxx video(s)\r\n"), "porn, xxx videos"), "1 2");
  EXPECT_EQ(compiled("").rules(), 0u);
}

TEST(SearchTerms, NoHitMoreThanThereIsRoomFor) {
  const SearchTerms terms = compiled("a\nb\nc\n");
  std::array<TermHit, 2> hits;
  EXPECT_EQ(terms.match("a b c", hits), 2u);
  EXPECT_EQ(terms.match("a b c", {}), 0u);
}

// What fills a search with other words, or with phrases of the list, hides nothing behind them.
TEST(SearchTerms, WordsBehindManyOthersAreStillSeen) {
  const SearchTerms terms = compiled("porn\nonline casino\n!porn addiction\nx\n");
  std::string words;
  for (int i = 0; i < 1000; ++i) words += "x porn addiction ";
  EXPECT_EQ(lines(terms, words + "online casino"), "2 4");
}

TEST(SearchTerms, NoNumberOfWordsHidesWhatStandsBehind) {
  const SearchTerms terms = compiled("online casino\nporn\n!porn addiction\n");
  std::string words;
  for (int i = 0; i < 20'000; ++i) words += "a ";
  EXPECT_EQ(lines(terms, words + "online casino"), "1");
  EXPECT_EQ(lines(terms, words + "porn addiction"), "2") << "no exception is looked for that far behind";
  EXPECT_EQ(lines(terms, "porn addiction " + words), "");
}

TEST(SearchTerms, AgreeWithAPlainSearch) {
  static constexpr const char* kWords[] = {"a", "b", "c", "d", "ab"};
  std::mt19937 random(1);
  const auto phrase = [&](std::size_t most) {
    std::string out;
    for (std::size_t i = 0, n = 1 + random() % most; i < n; ++i)
      out += (i ? " " : "") + std::string(kWords[random() % 5]);
    return out;
  };
  const auto stands_in = [](const std::string& text, const std::string& part) {
    return (" " + text + " ").find(" " + part + " ") != std::string::npos;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::vector<std::string>> rules;
    std::string text;
    for (std::uint32_t line = 0; line < 6; ++line) {
      std::vector<std::string> parts{phrase(3)};
      if (const auto second = phrase(2); random() % 2 == 0 && second != parts[0]) parts.push_back(second);
      text += parts[0] + (parts.size() == 2 ? " + " + parts[1] : "") + "\n";
      rules.push_back(parts);
    }
    const SearchTerms terms = compiled(text);
    for (int i = 0; i < 20; ++i) {
      const std::string typed = phrase(12);
      std::string wanted;
      for (std::size_t r = 0; r < rules.size(); ++r)
        if (std::ranges::all_of(rules[r], [&](const auto& part) { return stands_in(typed, part); }))
          wanted += (wanted.empty() ? "" : " ") + std::to_string(r + 1);
      ASSERT_EQ(lines(terms, typed), wanted) << typed << "\n" << text;
    }
  }
}

TEST(SearchTerms, BytesOpenAgainAndDamageIsRefused) {
  const SearchTerms terms = compiled("online casino(s)\nbuy + fentanyl\n!online casino law\n!!hotline\n");
  const std::string bytes = terms.serialise();
  const auto opened = SearchTerms::open(bytes, "terms");
  ASSERT_TRUE(opened) << opened.error().context;
  EXPECT_EQ(opened->rules(), terms.rules());
  for (const char* typed : {"online casinos", "buy x fentanyl", "online casino law", "online casinos hotline", "x"})
    EXPECT_EQ(lines(*opened, typed), lines(terms, typed)) << typed;
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    const auto short_one = SearchTerms::open(std::string_view(bytes).substr(0, cut), "terms");
    ASSERT_FALSE(short_one) << cut;
    EXPECT_EQ(short_one.error().kind, Error::Kind::Storage);
  }
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    EXPECT_FALSE(SearchTerms::open(damaged, "terms")) << at;
  }
  EXPECT_TRUE(SearchTerms::open(SearchTerms().serialise(), "none"));
}

}  // namespace
}  // namespace citygate::categories
