// entries.h - the normal form that a source is kept in: one text line for each line of the list.
//
//   list                                  normal form
//   # a comment                           (empty)
//   0.0.0.0 casino.example                +casino.example <US> 0.0.0.0 casino.example
//   ||ads.example/x^                      +ads.example/x <US> ||ads.example/x^
//   @@||fair.example^                     -^fair.example <US> @@||fair.example^
//   fair.example CNAME rpz-passthru.      -=fair.example <US> fair.example CNAME rpz-passthru.
//   bet.example,gambling                  +@gambling:bet.example <US> bet.example,gambling
//
//   ||bets.example^$important             +!bets.example <US> ||bets.example^$important
//
//   line  = [ item *( TAB item ) [ US original ] ] LF       US = 0x1F
//   item  = ( "+" | "-" ) [ "@" category ":" ] [ "!" ] [ "^" ] ( name | "~" expression | DQUOTE phrase )
//   name  = [ "=" | "*" ] host [ path [ "?" query ] ]
//
// "+" lists, "-" is an exception: what the same source says of the same or less specific names does not hold there (of an
// expression that is one, docs/list_formats.md says how far it goes). "^": nor does what it says of more specific names, as
// adblock and e2guardian decide; in a zone (RPZ) the more specific name wins. "=" means that host alone, "*" only what is
// below it, neither: both. "!" is important: what is listed so holds in spite of exceptions that are not. An expression is a
// PCRE that is looked for anywhere in a URL, whatever the letter case; a phrase is a line of search terms
// (categories/search_terms.h). The original stands there when it was anything but the text of the one item.
//
// So line n of a part is line n of its file, and two versions of a list differ in its form where they differ themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace citygate::categories {

enum class Scope : std::uint8_t { Whole, Exact, Below };

// Views of the text they were read from.
struct Item {
  bool exception = false;
  bool important = false;
  bool deep = false;  // of an exception that is a name or path
  Scope scope = Scope::Whole;
  std::string_view category = {};  // "": that of its file
  std::string_view host = {},
                   path = {};  // canonical (base/target.h), the path without a slash at its end and with its query
  std::string_view expression = {};  // not empty: an expression, and the three above are

  std::string_view phrase = {};  // not empty: search terms, and host, path and expression are empty

  friend bool operator==(const Item&, const Item&) = default;
};

// `out` gets the item's text; no part of it may hold TAB, US or LF.
void append_item(std::string& out, const Item& item);
[[nodiscard]] std::optional<Item> parse_item(std::string_view text);

// Walks the lines of one part.
class EntryReader {
 public:
  explicit EntryReader(std::string_view part) : left_(part) {}

  struct Line {
    std::uint32_t number = 0;  // from 1
    std::string_view items, original;
  };
  // The next line that holds an item; false at the end.
  bool next(Line& out);
  // Takes the first item's text off `items`; "" when there is none left.
  static std::string_view take_item(std::string_view& items);

 private:
  std::string_view left_;
  std::uint32_t number_ = 0;
};

// The line as it stood in the list; "" when that line holds no item.
[[nodiscard]] std::string original_line(std::string_view part, std::uint32_t number);

}  // namespace citygate::categories
