// The lists of search terms that ship, held against public health documents that naive filters trip on: as a search,
// no sentence of them may be found.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "categories/search_terms.h"
#include "categories/search_text.h"
#include "tests/conformance/data_files.h"

namespace citygate::categories {
namespace {

namespace fs = std::filesystem;

Result<SearchTerms> shipped_terms() {
  std::set<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(fs::path(CITYGATE_SOURCE_DIR) / "categories/search-terms"))
    if (entry.path().extension() == ".txt") paths.insert(entry.path());
  std::vector<std::string> names, texts;
  for (const fs::path& path : paths) {
    std::ifstream in(path, std::ios::binary);
    names.push_back(path.filename());
    texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  std::vector<TermFile> files;
  for (std::size_t i = 0; i < texts.size(); ++i) files.push_back({names[i], texts[i], static_cast<std::uint16_t>(i)});
  return SearchTerms::compile(files);
}

TEST(SearchTermsCases, SentencesOfHealthDocumentsAreNotFound) {
  const auto rows = test::json_lines("content/benign-health-dev.jsonl.zst");
  if (!rows) GTEST_SKIP() << "the data collection is not beside the repository";
  const auto terms = shipped_terms();
  ASSERT_TRUE(terms) << terms.error().context;
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
      EXPECT_EQ(terms->match(words, hits), 0u) << sentence << ": line " << hits[0].line;
      ++sentences;
    }
  }
  EXPECT_GT(sentences, 10'000u);
}

}  // namespace
}  // namespace citygate::categories
