// host_table_format.h - the bytes of a host table, shared by the side that writes and the side that reads.
//
//   Header   128 bytes
//   buckets  bucket_count x 64 bytes, 64-byte aligned: eight entries of tag (48 bits) | set (16 bits)
//   namings  8 bytes each: mark, origin, line
//   firsts   u32 per slot, and one more: where the slot's namings begin
//   sets     u32 per set, and one more: where the set's marks begin
//   marks    u16 each
//
// Numbers are little-endian, as on every machine this runs on. The entry 0 is an empty place: sets count from 1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace citygate::matcher::format {

inline constexpr std::array<char, 8> kMagic{'C', 'G', 'H', 'O', 'S', 'T', 'S', '\n'};
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kSlotsPerBucket = 8;
inline constexpr std::size_t kMaxPathBytes = 512;    // longer prefixes are not kept, nor looked for
inline constexpr std::size_t kMaxPathSegments = 24;  // bounds what one URL can cost

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t header_bytes;
  std::uint64_t file_bytes;
  std::uint64_t key;
  std::uint64_t names;
  std::uint64_t home_count;    // buckets that a hash can name
  std::uint64_t bucket_count;  // and those behind, for what spills over
  std::uint64_t naming_count;
  std::uint64_t set_count;  // the unused set 0 included
  std::uint64_t mark_count;
  std::uint64_t reserved[4];
  std::uint64_t body_checksum;    // XXH3 of all that follows the header
  std::uint64_t header_checksum;  // XXH3 of the header before this field
};
static_assert(sizeof(Header) == 128);

struct alignas(64) Bucket {
  std::array<std::uint64_t, kSlotsPerBucket> entries;
};

// Where each part begins, from the counts; all are aligned for their type because the wider ones come first.
struct Layout {
  std::uint64_t buckets, firsts, namings, sets, marks, end;
};
[[nodiscard]] inline Layout layout_of(const Header& header) {
  Layout at{};
  at.buckets = sizeof(Header);
  at.namings = at.buckets + header.bucket_count * sizeof(Bucket);
  at.firsts = at.namings + header.naming_count * 8;
  at.sets = at.firsts + (header.bucket_count * kSlotsPerBucket + 1) * 4;
  at.marks = at.sets + (header.set_count + 1) * 4;
  at.end = at.marks + header.mark_count * 2;
  return at;
}

[[nodiscard]] inline std::uint64_t home_of(std::uint64_t hash, std::uint64_t home_count) {
  return ((hash >> 32) * home_count) >> 32;  // ascends with the hash: the builder relies on it
}
[[nodiscard]] inline std::uint64_t tag_of(std::uint64_t hash) { return hash << 16; }

}  // namespace citygate::matcher::format
