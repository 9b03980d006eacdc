// delta.h - one text as zstd, by itself or against an earlier version of it.
//
// Source    zstd's prefix dictionaries with long-distance matching (what `zstd --patch-from` uses); frames carry a checksum.
// Cost      30 MB: about 0.1 s to pack, 0.06 s to unpack; memory: both texts and a few MiB.
// Errors    Malformed: damaged, or not made against this base.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace citygate::categories {

// `base` may be empty.
[[nodiscard]] Result<std::string> pack_delta(std::string_view text, std::string_view base);
[[nodiscard]] Result<std::string> unpack_delta(std::string_view packed, std::string_view base,
                                               std::uint64_t text_bytes);

}  // namespace citygate::categories
