// search_lists.h - a folder of lists of search terms, one file per category: "gambling.txt" speaks for "gambling".
//
// Owner     whoever read it; immutable. Thread any. Not for a worker to read: it reads files.
// Errors    Storage: the folder or a file cannot be read; Malformed and TooLarge as SearchTerms::compile() says, the file
//           named with its folder; no file ends in ".txt".
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "categories/search_terms.h"

namespace citygate::categories {

struct SearchList {
  std::string category;  // the file's name without ".txt"
  std::string text;
};

class SearchLists {
 public:
  // Files in the order of their names; a hit's `mark` and `file` are both a list's place in it.
  [[nodiscard]] static Result<SearchLists> read(const std::filesystem::path& folder);

  [[nodiscard]] const SearchTerms& terms() const { return terms_; }
  [[nodiscard]] std::span<const SearchList> lists() const { return lists_; }
  // The line that a hit leads to, as it stands; "" for one of other lists.
  [[nodiscard]] std::string_view line(const TermHit& hit) const;

 private:
  std::vector<SearchList> lists_;
  SearchTerms terms_;
};

}  // namespace citygate::categories
