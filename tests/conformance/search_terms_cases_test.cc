// The lists of search terms that ship, held against public health documents that naive filters trip on: as a search,
// no sentence of them may be found.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "tests/support/search_lists.h"
#include "categories/search_text.h"
#include "tests/conformance/data_files.h"

namespace citygate::categories {
namespace {

TEST(SearchTermsCases, SentencesOfHealthDocumentsAreNotFound) {
  const auto rows = test::json_lines("content/benign-health-dev.jsonl.zst");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  const auto lists = SearchLists::read(std::filesystem::path(CITYGATE_SOURCE_DIR) / "categories/lists/search-terms");
  ASSERT_TRUE(lists) << lists.error().context;
  std::size_t sentences = 0;
  for (const test::Row& row : *rows) {
    const std::string text = row.at("focus") + "\n" + row.at("text");
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find_first_of(".?\n", begin), text.size());
      const std::string sentence = text.substr(begin, end - begin);
      begin = end + 1;
      std::string words;
      append_words(sentence, words);
      std::array<TermHit, 1> hits;
      EXPECT_EQ(lists->terms().match(words, hits), 0u) << sentence << ": " << lists->line(hits[0]);
      ++sentences;
    }
  }
  EXPECT_GT(sentences, 10'000u);
}

}  // namespace
}  // namespace citygate::categories
