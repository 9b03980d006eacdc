#include <algorithm>
#include <bit>

#include "matcher/host_hash_aes.h"
#include "matcher/host_table_format.h"
#include "matcher/host_walk.h"

namespace citygate::matcher {
#ifdef CITYGATE_HOST_HASH_AES
namespace {

constexpr std::size_t kBatch = 8;
constexpr std::size_t kPair = 2 * format::kSlotsPerBucket;

struct Asked {
  std::uint64_t hash, home, tag;
};

CITYGATE_TARGET_AES inline Asked ask(const TableView& table, std::uint64_t hash) {
  const auto [home, tag] = format::place_of(hash, table.home_count);
  // Both at once: waiting for the filter's word first would make two misses of one after the other where the name is listed.
  __builtin_prefetch(table.filter + home);
  __builtin_prefetch(table.entries + home * format::kSlotsPerBucket);
  return {hash, home, tag};
}

// Bit n: entry n of four has this tag.
CITYGATE_TARGET_AES inline std::uint32_t matches(const std::uint64_t* entries, __m256i tag) {
  const __m256i tags = _mm256_set1_epi64x(~std::int64_t{0xffff});
  const __m256i four = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(entries));
  const __m256i equal = _mm256_cmpeq_epi64(_mm256_and_si256(four, tags), tag);
  return static_cast<std::uint32_t>(_mm256_movemask_pd(_mm256_castsi256_pd(equal)));
}

// One more hit in out[found], if there is one; out[found] is written in any case.
CITYGATE_TARGET_AES inline std::size_t take(const TableView& table, const Asked& asked, NameHit* out,
                                            std::size_t found) {
  const __m256i tag = _mm256_set1_epi64x(static_cast<std::int64_t>(asked.tag));
  const std::uint64_t* const at = table.entries + asked.home * format::kSlotsPerBucket;
  const std::uint32_t mask =
      matches(at, tag) | matches(at + 4, tag) << 4 | matches(at + 8, tag) << 8 | matches(at + 12, tag) << 12;
  const std::uint64_t last = at[kPair - 1];
  // Two full buckets, and still before the place: one in a hundred.
  if ((mask == 0) & (last != 0) & format::before(last, asked.tag)) [[unlikely]]
    return found + (probe(table, asked.hash, out[found]) ? 1 : 0);
  const std::size_t which = static_cast<std::size_t>(std::countr_zero(mask | 1U << kPair)) % kPair;
  const auto set = static_cast<std::uint16_t>(at[which]);
  out[found] = {static_cast<std::uint32_t>(static_cast<std::size_t>(at - table.entries) + which), set, asked.hash};
  return found + ((mask != 0) & (std::size_t{set} - 1 < table.set_count - 1));
}

// The hits among `asked`, behind those in `out`.
CITYGATE_TARGET_AES inline std::size_t take_all(const TableView& table, std::span<Asked> asked, std::span<NameHit> out,
                                                std::size_t found) {
  std::size_t left = 0;
  for (const Asked& one : asked) {
    const bool may = format::may_hold(table.filter[one.home], one.hash);
    if (may) {
      const std::uint64_t* const at = table.entries + one.home * format::kSlotsPerBucket;
      __builtin_prefetch(at);
      __builtin_prefetch(at + format::kSlotsPerBucket);
    }
    asked[left] = one;
    left += may ? 1 : 0;
  }
  for (const Asked& one : asked.first(left))
    if ((found = take(table, one, out.data(), found)) == out.size()) break;
  return found;
}

// The dots of names that are longer than a word has bits.
CITYGATE_TARGET_AES std::size_t walk_long(const TableView& table, const AesSuffixes& suffixes, std::string_view host,
                                          std::span<NameHit> out) {
  std::size_t found = 0;
  Asked asked[kBatch];
  for (std::size_t from = 0, dot = host.find('.'); dot != std::string_view::npos;) {
    std::size_t n = 0;
    for (; n < kBatch && dot != std::string_view::npos; ++n) {
      asked[n] = ask(table, suffixes.at(from));
      from = dot + 1;
      dot = host.find('.', from);
    }
    if ((found = take_all(table, std::span(asked).first(n), out, found)) == out.size()) break;
  }
  return found;
}

}  // namespace

CITYGATE_TARGET_AES std::size_t walk_fast(const TableView& table, const NameKeys& keys, std::string_view host,
                                          std::span<NameHit> out) noexcept {
  const AesSuffixes suffixes(host, keys);
  if (host.size() > 64) return walk_long(table, suffixes, host, out);
  std::size_t found = 0, from = 0;
  Asked asked[kBatch];
  for (std::uint64_t dots = suffixes.dots(); dots != 0;) {
    std::size_t n = 0;
    for (; n < kBatch && dots != 0; ++n, dots &= dots - 1) {
      asked[n] = ask(table, suffixes.at(from));
      from = static_cast<std::size_t>(std::countr_zero(dots)) + 1;
    }
    if ((found = take_all(table, std::span(asked).first(n), out, found)) == out.size()) break;
  }
  return found;
}
#else
std::size_t walk_fast(const TableView& table, const NameKeys& keys, std::string_view host,
                      std::span<NameHit> out) noexcept {
  return walk_portable(table, keys, host, out);  // no table of that family is opened here
}
#endif

}  // namespace citygate::matcher
