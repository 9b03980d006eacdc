// search_engines.h - what somebody searches for, from the URL of a search.
//
// The engines, and which parameter holds the words on which of their paths, stand in search_engines.cc; each as the
// address bar of its result page shows it.
//
// Thread    any; pure. Cost: a look-up of the host for what is no search; else one pass over the query.
#pragma once

#include <string>
#include <string_view>

#include "base/target.h"

namespace citygate::categories {

struct SearchScratch {
  std::string path, query, value, words;
};

// The words of a search, as append_words() writes them, into `out`: a line for each value of a parameter that can hold them,
// however often they stand there, since engines differ in which they take; and where there are several, one line more with
// all of them, since engines join some. Returns the engine's name; "" and nothing in `out` where it is no search, or of
// nothing.
[[nodiscard]] std::string_view search_words(const Target& target, SearchScratch& scratch, std::string& out) noexcept;

}  // namespace citygate::categories
