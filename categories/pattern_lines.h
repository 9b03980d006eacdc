// pattern_lines.h - the file `patterns.lines` of an image: which line of which list each id of its url.patterns is.
//
//   key (u64), count (u64), count x { mark u16, origin u16, line u32 }, checksum of all before it (u64); little-endian
//
// The key is that of the url.patterns that it goes with: the hash of its expressions.
// Errors    read: Storage, naming the file: missing, damaged, of another url.patterns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/result.h"
#include "matcher/host_lines.h"

namespace citygate::categories {

[[nodiscard]] Result<void> write_pattern_lines(const std::filesystem::path& file, std::uint64_t key,
                                               const std::vector<matcher::Naming>& lines);
[[nodiscard]] Result<std::vector<matcher::Naming>> read_pattern_lines(const std::filesystem::path& file,
                                                                      std::uint64_t key);

}  // namespace citygate::categories
