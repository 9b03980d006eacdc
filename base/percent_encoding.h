// percent_encoding.h - "%41" and back, a byte at a time (RFC 3986 section 2.1), and "%u0041".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace citygate {

// -1 where `c` is none.
[[nodiscard]] constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The byte that the '%' at `at` and the two digits behind it stand for; -1 where they stand for none.
[[nodiscard]] constexpr int percent_encoded_at(std::string_view text, std::size_t at) {
  if (text[at] != '%' || text.size() - at < 3) return -1;
  const int high = hex_value(text[at + 1]), low = hex_value(text[at + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

// The UTF-16 unit that the "uXXXX" behind a '%' stands for to http.sys and to JavaScript's unescape(), by no standard; -1
// where `text` does not begin so.
[[nodiscard]] constexpr int unicode_encoded(std::string_view text) {
  if (text.size() < 5 || (text[0] != 'u' && text[0] != 'U')) return -1;
  int value = 0;
  for (std::size_t i = 1; i < 5; ++i) {
    const int digit = hex_value(text[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

inline void append_percent_encoded(char byte, std::string& out) {
  const auto value = static_cast<unsigned char>(byte);
  out.push_back('%');
  out.push_back("0123456789ABCDEF"[value >> 4]);
  out.push_back("0123456789ABCDEF"[value & 15]);
}

}  // namespace citygate
