// host_hash.h - the keyed hashes of names and path prefixes, the same for the table's writer and reader.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace citygate::matcher {

[[nodiscard]] inline std::uint64_t hash_name(std::string_view name, std::uint64_t key) {
  return XXH3_64bits_withSeed(name.data(), name.size(), key);
}

// `prefix` in lower case. The name's hash is the key, so that equal paths of two hosts have nothing in common.
[[nodiscard]] inline std::uint64_t hash_path(std::string_view prefix, std::uint64_t name_hash) {
  return XXH3_64bits_withSeed(prefix.data(), prefix.size(), name_hash ^ 0x9e3779b97f4a7c15U);
}

[[nodiscard]] inline std::uint64_t checksum(const void* data, std::size_t size) { return XXH3_64bits(data, size); }

// URLs differ by letter case only on servers that mean the same by both, or to slip past a list.
inline void lower_path(std::string_view path, char* out) {
  std::ranges::transform(path, out, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
}

}  // namespace citygate::matcher
