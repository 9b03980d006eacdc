// host_walk.h - the look-up itself: a host's suffixes in the buckets of a table. Two ways, one answer.
//
// Thread    any; nothing is written but `out`.
// Cost      the filter is asked about all suffixes first: its words are few enough to stay in the cache, and most
//           suffixes are not listed. The buckets of all are asked for with the filter's words, so that the misses of
//           those that are listed overlap; the rest pays some ns for lines that nobody reads.
//           walk_fast reads two buckets of each, by two comparisons of 256 bits each, and decides nothing in between: a
//           branch taken wrongly after a cache miss costs more than the second line, which is on its way anyway.
// Safety    whatever the buckets hold, reading stays within them and ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "matcher/host_hash.h"

namespace citygate::matcher {

struct NameHit {
  std::uint32_t slot = 0;  // for HostLines
  std::uint16_t set = 0;   // for HostTable::marks()
  std::uint64_t hash = 0;  // for HostTable::find_paths()
};

struct TableView {
  const std::uint64_t* entries = nullptr;
  const std::uint64_t* filter = nullptr;
  std::uint64_t home_count = 0;  // 0: an empty table, not to be walked
  std::size_t set_count = 0;
};

// One hash.
[[nodiscard]] bool probe(const TableView& table, std::uint64_t hash, NameHit& out) noexcept;

// `host` and its suffixes, longest first, until `out` is full. How many were found.
std::size_t walk_portable(const TableView& table, const NameKeys& keys, std::string_view host,
                          std::span<NameHit> out) noexcept;
// The same for keys of HashFamily::Aes, where they run.
std::size_t walk_fast(const TableView& table, const NameKeys& keys, std::string_view host,
                      std::span<NameHit> out) noexcept;

}  // namespace citygate::matcher
