// hex.h - bytes as lower-case hexadecimal digits (RFC 4648, section 8), as hashes, cookies and salts are written here.
//
// Thread: any.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace citygate {

inline constexpr std::string_view kHexDigits = "0123456789abcdef";
inline constexpr std::size_t kSha256Digits = 64;

[[nodiscard]] inline std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string out;
  out.reserve(2 * bytes.size());
  for (const auto byte : bytes) (out += kHexDigits[byte >> 4]) += kHexDigits[byte & 15];
  return out;
}

// Exactly so many digits, all of them lower-case: text of our own form and not merely a number, so that it may also name a file.
[[nodiscard]] inline bool is_hex(std::string_view text, std::size_t digits) {
  return text.size() == digits && text.find_first_not_of(kHexDigits) == std::string_view::npos;
}

// For what people type: A to F become a to f, everything else stays.
inline void lower_hex(std::string& text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
}

}  // namespace citygate
