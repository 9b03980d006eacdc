// char_set.h - a set of bytes, asked one at a time.
//
// Cost      one load a byte; string_view::find_first_of() calls memchr for each, which costs ten times that for names
//           and paths of the usual length.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace citygate {

class CharSet {
 public:
  constexpr explicit CharSet(std::string_view members) {
    for (char c : members) has_[static_cast<unsigned char>(c)] = true;
  }
  // ASCII's, and these.
  [[nodiscard]] static constexpr CharSet letters_digits_and(std::string_view others) {
    CharSet set(others);
    set.add_range('a', 'z');
    set.add_range('A', 'Z');
    set.add_range('0', '9');
    return set;
  }
  constexpr void add_range(unsigned char first, unsigned char last) {
    for (std::size_t c = first; c <= last; ++c) has_[c] = true;
  }

  [[nodiscard]] constexpr bool has(char c) const { return has_[static_cast<unsigned char>(c)]; }
  // The first member in `text`; npos when it has none.
  [[nodiscard]] constexpr std::size_t find_in(std::string_view text) const {
    for (std::size_t i = 0; i < text.size(); ++i)
      if (has(text[i])) return i;
    return std::string_view::npos;
  }

 private:
  std::array<bool, 256> has_{};
};

}  // namespace citygate
