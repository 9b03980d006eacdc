// Search terms: any bytes as a list, as a search, as a compiled file and as the URL of a search. What compiles opens again
// and finds the same; words are their own form.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "categories/search_engines.h"
#include "categories/search_terms.h"
#include "categories/search_text.h"

namespace {

using namespace citygate;
using namespace citygate::categories;

void check(bool holds) {
  if (!holds) std::abort();
}

void check_words(std::string_view words) {
  check(!words.starts_with(' ') && !words.ends_with(' ') && words.find("  ") == words.npos);
  std::string again;
  append_words(words, again);
  check(again == words);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  static_cast<void>(SearchTerms::open(input, "input"));
  const auto zero = std::min(input.find('\0'), input.size());
  const std::string_view list = input.substr(0, zero), typed = input.substr(std::min(zero + 1, input.size()));
  std::string words;
  append_words(typed, words);
  check_words(words);
  const TermFile files[] = {{"first", list, 1}, {"second", typed, 2}};
  if (const auto terms = SearchTerms::compile(files)) {
    const auto opened = SearchTerms::open(terms->serialise(), "again");
    check(opened.has_value());
    std::array<TermHit, 16> hits, again;
    const std::size_t count = terms->match(words, hits);
    check(count <= hits.size() && opened->match(words, again) == count);
    check(std::equal(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(count), again.begin()));
  }
  Target target;
  if (parse_url(typed, target)) {
    SearchScratch scratch;
    const auto engine = search_words(target, scratch, words);
    check(engine.empty() == words.empty());
    for (std::string_view rest = words; !rest.empty();) {
      const auto end = std::min(rest.find('\n'), rest.size());
      check(end != 0);
      check_words(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return 0;
}
