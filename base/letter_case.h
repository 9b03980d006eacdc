// letter_case.h - ASCII letters whatever their case, as schemes, hosts, field names and paths of lists are compared.
//
// Thread any; pure. No locale: other bytes are only themselves.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace citygate {

[[nodiscard]] constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

[[nodiscard]] inline std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

[[nodiscard]] constexpr bool same_letters(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

[[nodiscard]] constexpr bool begins_with_any_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && same_letters(text.substr(0, prefix.size()), prefix);
}

}  // namespace citygate
