// host_hash.h - the keyed hashes of names and path prefixes, the same for the table's writer and reader.
//
// Two families, because the fastest needs instructions that not every machine has. The table's header says which one
// placed its names.
//
//   Xxh3   XXH3 with the key as its seed, once per suffix. Runs everywhere.
//   Aes    four AES rounds per 16 bytes, taken from the end of the name, so that all suffixes share the blocks they
//          have in common (host_hash_aes.h). About an eighth of a whole look-up faster; needs AES and AVX2.
//
// Four rounds spread every byte over the whole state under a key nobody outside knows: pairs of names that collide
// under many keys cannot be prepared.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace citygate::matcher {

enum class HashFamily : std::uint32_t { Xxh3 = 1, Aes = 2 };

// The best that this processor runs.
[[nodiscard]] HashFamily fastest_hash_family();
[[nodiscard]] bool runs_here(HashFamily family);

// What is made of a table's 64-bit key.
struct NameKeys {
  explicit NameKeys(std::uint64_t key = 0, HashFamily wanted = HashFamily::Xxh3);

  HashFamily family;
  std::uint64_t seed;                             // Xxh3
  alignas(16) std::array<std::uint64_t, 10> aes;  // four round keys and the state to begin with
};

// `keys.family` runs here.
[[nodiscard]] std::uint64_t hash_name(std::string_view name, const NameKeys& keys);

// An independent hash of the same texts, under a key of its own.
[[nodiscard]] std::uint64_t hash_text(std::string_view text, std::uint64_t seed);

// `prefix` in lower case. The name's hash is the key, so that equal paths of two hosts have nothing in common.
[[nodiscard]] std::uint64_t hash_path(std::string_view prefix, std::uint64_t name_hash);

[[nodiscard]] std::uint64_t checksum(const void* data, std::size_t size, std::uint64_t seed = 0);

}  // namespace citygate::matcher
