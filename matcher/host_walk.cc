#include "matcher/host_walk.h"

#include "matcher/host_table_format.h"

namespace citygate::matcher {
namespace {

// Suffixes whose buckets are asked for at once. Names of more labels are walked in several rounds.
constexpr std::size_t kBatch = 8;

}  // namespace

bool probe(const TableView& table, std::uint64_t hash, NameHit& out) noexcept {
  const auto [home, tag] = format::place_of(hash, table.home_count);
  if (!format::may_hold(table.filter[home], hash)) return false;
  std::uint64_t slot = home * format::kSlotsPerBucket;
  const std::uint64_t end = slot + (format::kMaxSpill + 1) * format::kSlotsPerBucket;
  // Buckets fill from the front in the order of their tags: an empty place or a greater tag ends the search.
  while (table.entries[slot] != 0 && format::before(table.entries[slot], tag))
    if (++slot == end) return false;
  const std::uint64_t entry = table.entries[slot];
  const auto set = static_cast<std::uint16_t>(entry);
  if (!format::same_tag(entry, tag) || set == 0 || set >= table.set_count) return false;
  out = {static_cast<std::uint32_t>(slot), set, hash};
  return true;
}

std::size_t walk_portable(const TableView& table, const NameKeys& keys, std::string_view host,
                          std::span<NameHit> out) noexcept {
  std::size_t found = 0;
  std::uint64_t hashes[kBatch];
  for (auto dot = host.find('.'); dot != std::string_view::npos;) {
    std::size_t asked = 0, left = 0;
    for (; asked < kBatch && dot != std::string_view::npos; ++asked) {
      hashes[asked] = hash_name(host, keys);
      __builtin_prefetch(table.filter + format::place_of(hashes[asked], table.home_count).home);
      host.remove_prefix(dot + 1);
      dot = host.find('.');
    }
    for (std::size_t i = 0; i < asked; ++i) {
      const std::uint64_t home = format::place_of(hashes[i], table.home_count).home;
      if (!format::may_hold(table.filter[home], hashes[i])) continue;
      __builtin_prefetch(table.entries + home * format::kSlotsPerBucket);
      hashes[left++] = hashes[i];
    }
    for (std::size_t i = 0; i < left; ++i)
      if (probe(table, hashes[i], out[found]) && ++found == out.size()) return found;
  }
  return found;
}

}  // namespace citygate::matcher
