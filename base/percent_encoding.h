// percent_encoding.h - "%41" and back (RFC 3986 section 2.1), and "%u0041".
#pragma once

#include <cstddef>
#include <cstdint>
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

// Appends `text` decoded once. A '%' that encodes nothing stays. Plus: in forms '+' is a space (WHATWG URL section 5.1).
enum class Plus : std::uint8_t { IsSpace, IsPlus };
inline void append_decoded(std::string_view text, Plus plus, std::string& out) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int encoded = percent_encoded_at(text, i);
    if (encoded >= 0) {
      out.push_back(static_cast<char>(encoded));
      i += 2;
    } else {
      out.push_back(text[i] == '+' && plus == Plus::IsSpace ? ' ' : text[i]);
    }
  }
}

[[nodiscard]] inline std::string percent_decoded(std::string_view text, Plus plus = Plus::IsPlus) {
  std::string out;
  append_decoded(text, plus, out);
  return out;
}

inline void append_percent_encoded(char byte, std::string& out) {
  const auto value = static_cast<unsigned char>(byte);
  out.push_back('%');
  out.push_back("0123456789ABCDEF"[value >> 4]);
  out.push_back("0123456789ABCDEF"[value & 15]);
}

// Which mean the same encoded and as they stand (RFC 3986 section 2.3).
[[nodiscard]] constexpr bool unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

// All but unreserved characters encoded, and what `plain` has beside them.
[[nodiscard]] inline std::string percent_encoded(std::string_view text, std::string_view plain = {}) {
  std::string out;
  for (const char c : text) {
    if (unreserved(c) || plain.contains(c))
      out.push_back(c);
    else
      append_percent_encoded(c, out);
  }
  return out;
}

}  // namespace citygate
