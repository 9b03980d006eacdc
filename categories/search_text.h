// search_text.h - text as words that can be compared: what somebody typed, and the phrases that it is held against.
//
//   "Online-CASINOS,  próximo  Tor‑Browser"   →   "online casinos proximo tor browser"
//
// Letters are folded to lower case without accents, and to what Unicode calls them compatible with (NFKD): mathematical,
// circled, raised and full-width letters are plain ones, as search engines read them. Scripts without a case stay. What is
// invisible, marks over letters and apostrophes vanish; everything else that is no letter or digit divides words. A word is
// divided from the next by one space; none stands at an end. Bytes that are not UTF-8 divide too.
//
// Thread    any; pure. Cost one pass; allocates only when `out` grows.
#pragma once

#include <string>
#include <string_view>

namespace citygate::categories {

// Appends the words of `text` to `out`, with a space before them if `out` is not empty.
void append_words(std::string_view text, std::string& out);

}  // namespace citygate::categories
