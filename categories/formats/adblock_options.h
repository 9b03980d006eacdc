// adblock_options.h - the part of an adblock rule behind '$': whether the rule still means a whole host or URL.
//
// Sources   adguard.com/kb "How to create your own ad filters" and "DNS filtering rules syntax"; the uBlock Origin wiki.
#pragma once

#include <string>
#include <string_view>

namespace citygate::categories {

struct AdblockOptions {
  bool cancels = false;            // $badfilter
  bool important = false;          // $important
  std::string_view unusable = {};  // why the rule cannot be used; a literal
};

// `exception`: of a rule that begins with "@@".
[[nodiscard]] AdblockOptions read_adblock_options(std::string_view options, bool exception);

// The text of the rule that `line`, which has $badfilter, takes back.
[[nodiscard]] std::string without_badfilter(std::string_view line);

[[nodiscard]] constexpr bool is_option_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace citygate::categories
