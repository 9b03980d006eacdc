// The compiled set against a plain walk: every expression asked about every URL by PCRE2 alone. No difference is allowed.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/conformance/data_files.h"
#include "tests/support/pattern_samples.h"
#include "tests/unit/matcher/pattern_support.h"

namespace citygate::matcher {
namespace {

class Oracle {
 public:
  void add(const std::string& expression) {
    const auto id = static_cast<std::uint32_t>(walk_.size());
    const auto plan = builder_.add({expression, id});
    ++ways_[plan ? static_cast<int>(plan->way) : -1];
    if (!plan) return;
    walk_.push_back(std::move(*Expression::compile(expression)));
    texts_.push_back(expression);
  }

  // Returns how many matches there were.
  std::size_t compare(const std::vector<std::string>& urls) {
    const PatternSet set = tests::finish(builder_);
    PatternScratch scratch;
    Asker asker;
    std::size_t matches = 0;
    for (const auto& url : urls) {
      std::vector<std::uint32_t> plain;
      for (std::uint32_t id = 0; id < walk_.size(); ++id)
        if (walk_[id].ask(url, asker) != Expression::Answer::No) plain.push_back(id);
      auto compiled = tests::ids_of(set, url, scratch);
      std::ranges::sort(compiled);
      matches += plain.size();
      if (compiled == plain) continue;
      std::vector<std::uint32_t> differ;
      std::ranges::set_symmetric_difference(compiled, plain, std::back_inserter(differ));
      ADD_FAILURE() << url << " " << texts_[differ[0]];
      return matches;
    }
    return matches;
  }
  [[nodiscard]] int added(PatternPlan::Way way) { return ways_[static_cast<int>(way)]; }
  [[nodiscard]] int refused() { return ways_[-1]; }

 private:
  PatternSetBuilder builder_{1};
  std::vector<Expression> walk_;
  std::vector<std::string> texts_;
  std::map<int, int> ways_;
};

TEST(PatternOracle, MadeUpPatternsOverMadeUpUrls) {
  tests::PatternSamples samples(20261121);
  Oracle oracle;
  for (int i = 0; i < 500; ++i) oracle.add(samples.expression());
  for (int i = 0; i < 100; ++i) oracle.add(samples.odd_expression());
  std::vector<std::string> urls;
  for (int i = 0; i < 3000; ++i) {
    urls.push_back(samples.url());
    urls.push_back(samples.mutated(urls.back()));
  }
  EXPECT_GT(oracle.compare(urls), 3000U);
  EXPECT_GT(oracle.added(PatternPlan::Way::AsWritten), 100);
  EXPECT_GT(oracle.added(PatternPlan::Way::Core), 200);
  EXPECT_GT(oracle.added(PatternPlan::Way::Approximate), 0);
}

// Expressions put together at random from the pieces that they are made of: odd, and read alike by both.
TEST(PatternOracle, RandomExpressionsOverRandomText) {
  constexpr const char* kPieces[] = {
      "a",     "b",    "ab",   "cab",   "(?:", "(",  ")",    "|",     "*",     "+",   "?",   "{2}",   "{1,3}", "{2,}",
      ".",     "[ab]", "[^a]", "[^/]",  "\\.", "/",  "^",    "$",     "\\b",   "\\w", "\\W", "\\d",   "(?=",   "(?!",
      "(?<!b", "\\1",  "abca", "bcab*", "(?>", "++", "(?i)", "[-a.]", "\\x62", "zq",  "qz",  "[^zq]+"};
  constexpr std::string_view kBytes = "abcabcabzq/.A1-\n";
  tests::PatternSamples samples(7);
  std::vector<std::string> urls;
  for (int i = 0; i < 200; ++i) {
    std::string text;
    for (std::size_t k = 0, n = 1 + samples.pick(30); k < n; ++k) text += kBytes[samples.pick(kBytes.size())];
    urls.push_back(text);
  }
  std::size_t matches = 0;
  int cores = 0, approximate = 0;
  for (int round = 0; round < 20; ++round) {
    Oracle oracle;
    for (int i = 0; i < 250; ++i) {
      std::string expression;
      for (std::size_t k = 0, n = 2 + samples.pick(9); k < n; ++k)
        expression += kPieces[samples.pick(std::size(kPieces))];
      const auto open = std::ranges::count(expression, '(') - std::ranges::count(expression, ')');
      for (auto k = open; k > 0; --k) expression += ')';
      oracle.add(expression);
    }
    matches += oracle.compare(urls);
    cores += oracle.added(PatternPlan::Way::Core);
    approximate += oracle.added(PatternPlan::Way::Approximate);
    if (HasFailure()) return;
  }
  EXPECT_GT(matches, 10'000U);
  EXPECT_GT(cores, 100);
  EXPECT_GT(approximate, 50);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

TEST(PatternOracle, ExpressionsOfRealListsOverRealUrls) {
  tests::PatternSamples samples(11);
  Oracle oracle;
  // Lines that are switched off by a "#" are expressions too; prose among them is one that matches next to nothing.
  const auto add_lines = [&](const std::string& contents) {
    for (auto& line : lines_of(contents)) {
      if (line.starts_with('#')) line.erase(0, 1);
      if (!line.empty()) oracle.add(line);
    }
  };
  const bool found =
      test::for_each_file("lists/ut1.tar.zst", [&](const std::string& name, const std::string& contents) {
        if (name.ends_with("expressions") || name.ends_with("expression")) add_lines(contents);
      });
  test::for_each_file("content/phrase-and-word-lists.tar.zst",
                      [&](const std::string& name, const std::string& contents) {
                        if (name.contains("regexpurllist")) add_lines(contents);
                      });
  std::vector<std::string> urls;
  test::for_each_file("traffic/urls-kasztp.txt.zst", [&](const std::string&, const std::string& contents) {
    for (const auto& url : lines_of(contents))
      if (samples.pick(8) == 0) {
        urls.push_back(url);
        urls.push_back(samples.mutated(url));
      }
  });
  if (!found || urls.empty()) GTEST_SKIP() << "the data collection is not beside the repository";
  EXPECT_GT(oracle.compare(urls), 300U);
  EXPECT_GT(oracle.added(PatternPlan::Way::Core), 10);
}

}  // namespace
}  // namespace citygate::matcher
