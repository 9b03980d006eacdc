// key_bytes.h - numbers inside keys: big-endian, so that bytes sort as numbers do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace citygate::records::keys {

inline void append(std::string& key, std::uint64_t value, unsigned bytes) {
  while (bytes-- > 0) key.push_back(static_cast<char>(value >> (8 * bytes)));
}
inline std::uint64_t number(std::string_view key, std::size_t at, unsigned bytes) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes && at + i < key.size(); ++i)
    value = value << 8 | static_cast<unsigned char>(key[at + i]);
  return value;
}

// The first key that does not begin with `prefix`.
inline std::string after(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

}  // namespace citygate::records::keys
