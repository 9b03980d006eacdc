// host_table_frame.h - the checksum over a table's frame, for the side that writes it and the one that reads.
#pragma once

#include <cstddef>
#include <span>

#include "matcher/host_hash.h"
#include "matcher/host_table_format.h"

namespace citygate::matcher {

// `at` has been held against the size of `table`.
[[nodiscard]] inline std::uint64_t frame_checksum(std::span<const std::byte> table, const format::TableLayout& at) {
  constexpr std::size_t kHeader = sizeof(format::TableHeader);
  std::uint64_t sum = checksum(table.data(), offsetof(format::TableHeader, frame_checksum));
  sum = checksum(table.data() + kHeader, at.buckets - kHeader, sum);
  return checksum(table.data() + at.checksums, at.end - at.checksums, sum);
}

}  // namespace citygate::matcher
