// Files in a folder "search-terms": phrases of searches, one a line.
#include "categories/formats/entry.h"
#include "categories/search_terms.h"

namespace citygate::categories {

void read_terms_line(std::string_view line, LineResult& out) {
  if (line.front() == '#') return;
  if (line.find('\t') != std::string_view::npos) return out.fault("holds a tab: words are divided by blanks");
  const TermFile alone{"", line, 1};
  if (!SearchTerms::compile({&alone, 1})) return out.fault("no phrase of search terms");
  out.next().phrase = line;
}

}  // namespace citygate::categories
