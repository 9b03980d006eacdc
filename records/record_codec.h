// record_codec.h - a Record as bytes, and back. Bytes: docs/record_format.md.
//
// Versioned; the reader refuses (never crashes on, never guesses at) bytes that it does not understand. Decoded views
// (host, path) point into the bytes given. Longer than the bounds below they are cut.
// Cost      no allocation; about 60 bytes plus host and path for a typical record.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/record.h"

namespace citygate::records {

inline constexpr std::size_t kMaxHost = kMaxHostBytes;
inline constexpr std::size_t kMaxPath = 1024;
inline constexpr std::size_t kMaxRecordBytes = 416 + kMaxHost + kMaxPath;

// Room that encode_record() may need for this record.
[[nodiscard]] std::size_t record_bytes_bound(const Record& record) noexcept;
// Writes at `to`; the end of what was written.
char* encode_record(const Record& record, char* to) noexcept;

// False: not a record of a version known here; `out` is then unspecified.
[[nodiscard]] bool decode_record(std::string_view bytes, Record& out) noexcept;

// XXH3 of the bytes under a seed: 64 bits, and the 32 that a segment keeps.
[[nodiscard]] std::uint64_t checksum64(std::string_view bytes, std::uint64_t seed) noexcept;
[[nodiscard]] std::uint32_t checksum32(std::string_view bytes) noexcept;

}  // namespace citygate::records
