// digest.h - SHA-256 of a text: what names a version of the policy or of the people file.
// Errors    none that a caller can act on: a library without SHA-256 stops the process.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace citygate::policy {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] Digest sha256_of(std::string_view text);
// The first 8 bytes, read as a big-endian number, so that it is also the beginning of the hex form.
[[nodiscard]] std::uint64_t first_eight(const Digest& digest);

}  // namespace citygate::policy
