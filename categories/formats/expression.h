// expression.h - writes what lists say in their own pattern languages as expressions of the normal form: a PCRE that is
// looked for anywhere in a canonical URL, "http://host[:port]/path?query", whatever the letter case.
//
//   adblock      ||example.com/ads/*.gif|   ^https?://(?:[^/?]*\.)?example\.com/ads/.*\.gif$
//   squidGuard   ^ads[0-9]*\.               ^https?://ads[0-9]*\.         (it sees URLs without their scheme)
//   e2guardian   \.exe$                     \.exe/?$                      (and without a slash at their end)
//
// Sources   help.adblockplus.org "How to write filters"; POSIX.1-2017 chapter 9.4; squidGuard and e2guardian as they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace citygate::categories {

enum class ExpressionDialect : std::uint8_t {
  Posix,  // a backslash inside [] is itself; a repeat may follow a repeat
  Pcre,
};

// An adblock pattern that is no regular expression: "||", "|", "*", "^" and text.
[[nodiscard]] std::string from_adblock(std::string_view pattern);

// "ads*.example^", which DNS lists write behind a '|': names that begin so.
[[nodiscard]] std::string from_name_beginning(std::string_view pattern);

// "ads*.example.com": hosts at and below such names; letters, digits, '-', '_', '.' and '*'.
[[nodiscard]] std::string from_wildcard_name(std::string_view name);

// A regular expression over names, as DNS lists have them: it begins with '^', and holds neither a '/' nor a scheme. In a URL,
// before which the scheme stands, it would find nothing.
[[nodiscard]] bool is_name_expression(std::string_view text);
// The same over URLs: "^ads.*\.example$" -> "^https?://ads[^:/]*\.example[:/]". `text` is balanced.
[[nodiscard]] std::string from_name_expression(std::string_view text);
// What of it is text, with a '*' for everything else: "ads*.example".
[[nodiscard]] std::string text_of_expression(std::string_view text);

// An expression over URLs without scheme. Returns what is wrong with it, or "" and the expression in `out`.
[[nodiscard]] std::string_view from_url_expression(std::string_view text, ExpressionDialect dialect, std::string& out);

// What keeps `expression` from being one that can be used at all: unbalanced, over 2,000 bytes, or finding every URL.
// "" when nothing does. Whoever compiles it has the last word.
[[nodiscard]] std::string_view wrong_expression(std::string_view expression);

}  // namespace citygate::categories
