#include "matcher/host_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/result.h"
#include "matcher/host_hash_aes.h"

namespace citygate::matcher {

bool runs_here(HashFamily family) {
  switch (family) {
    case HashFamily::Xxh3: return true;
    case HashFamily::Aes:
#ifdef CITYGATE_HOST_HASH_AES
      static const bool kRuns = __builtin_cpu_supports("aes") && __builtin_cpu_supports("avx2");
      return kRuns;
#else
      return false;
#endif
  }
  return false;
}

HashFamily fastest_hash_family() { return runs_here(HashFamily::Aes) ? HashFamily::Aes : HashFamily::Xxh3; }

NameKeys::NameKeys(std::uint64_t key, HashFamily wanted) : family(wanted), seed(key) {
  for (std::size_t i = 0; i < aes.size(); ++i) aes[i] = XXH3_64bits_withSeed(&i, sizeof i, key);
}

std::uint64_t hash_name(std::string_view name, const NameKeys& keys) {
#ifdef CITYGATE_HOST_HASH_AES
  if (keys.family == HashFamily::Aes) return aes_hash_name(name, keys);
#endif
  CG_ASSERT(keys.family == HashFamily::Xxh3);
  return XXH3_64bits_withSeed(name.data(), name.size(), keys.seed);
}

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

std::uint64_t hash_path(std::string_view prefix, std::uint64_t name_hash) {
  return XXH3_64bits_withSeed(prefix.data(), prefix.size(), name_hash ^ 0x9e3779b97f4a7c15U);
}

std::uint64_t checksum(const void* data, std::size_t size, std::uint64_t seed) {
  return XXH3_64bits_withSeed(data, size, seed);
}

}  // namespace citygate::matcher
