// host_table_format.h - the bytes of hosts.table and hosts.lines, shared by the side that writes and those that read.
//
// hosts.table, mapped: all that a decision needs
//
//   TableHeader  128 bytes, then zeros to the end of the page
//   buckets      bucket_count x 64 bytes: eight entries of tag (48 bits) | set (16 bits)
//   filter       u64 per bucket: four bits are set for each name whose home it is
//   checksums    u64 per chunk of 64 KiB of buckets and filter
//   sets         u32 per set, and one more: where the set's marks begin
//   marks        u16 each
//
// All but buckets and filter is the frame; one checksum covers it and is looked at when the file is opened.
//
// hosts.lines, not mapped: where each name came from
//
//   LinesHeader  128 bytes
//   firsts       u32 per slot, and one more: where the slot's namings begin
//   namings      8 bytes each: mark, origin, line
//   checksums    u64 per chunk of 64 KiB of what stands between header and checksums
//
// Order     A hash times home_count is a number with a fraction: before the point its home, the bucket where it is
//           looked for first. Entries stand in the order of that number; one whose home is full stands behind it. The
//           tag is the part of the number around the point (4 bits before, 44 behind), so entries of neighbouring
//           buckets can be told apart and put in order by their tags alone, modulo 16 buckets.
// Filter    Nearly all names that are asked for are not listed. The filter is an eighth of the buckets, so that it stays in
//           the cache, and says so for 98 of 100 of them.
// Numbers are little-endian, as on every machine this runs on. The entry 0 is an empty place: sets count from 1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace citygate::matcher::format {

inline constexpr std::array<char, 8> kTableMagic{'C', 'G', 'H', 'O', 'S', 'T', 'S', '\n'};
inline constexpr std::array<char, 8> kLinesMagic{'C', 'G', 'L', 'I', 'N', 'E', 'S', '\n'};
inline constexpr std::uint32_t kVersion = 2;  // of both: they are made together
inline constexpr std::size_t kSlotsPerBucket = 8;
inline constexpr std::size_t kMaxSpill = 7;  // buckets behind its home where an entry may stand
inline constexpr std::size_t kChunkBytes = 65536;
inline constexpr std::size_t kPageBytes = 4096;
inline constexpr std::size_t kMaxNameBytes = 255;   // a host has 253 at most (RFC 1035 section 2.3.4)
inline constexpr std::size_t kMaxPathBytes = 512;   // longer prefixes are not kept, nor looked for
inline constexpr std::size_t kMaxPathBorders = 32;  // bounds what one URL can cost

struct TableHeader {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t header_bytes;
  std::uint64_t file_bytes;
  std::uint64_t key;
  std::uint64_t names;
  std::uint64_t home_count;    // buckets that a hash can name
  std::uint64_t bucket_count;  // and kMaxSpill behind
  std::uint64_t set_count;     // the unused set 0 included
  std::uint64_t mark_count;
  std::uint32_t hash_family;
  std::uint32_t chunk_bytes;
  std::uint64_t reserved[5];
  std::uint64_t frame_checksum;  // XXH3 of the frame without this field; for hosts.lines the table's identity
};
static_assert(sizeof(TableHeader) == 128);

struct LinesHeader {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t header_bytes;
  std::uint64_t file_bytes;
  std::uint64_t table;  // frame_checksum of the table that these lines belong to
  std::uint64_t slot_count;
  std::uint64_t naming_count;
  std::uint32_t chunk_bytes;
  std::uint32_t unused;
  std::uint64_t reserved[7];
  std::uint64_t checksums_checksum;  // XXH3 of the checksums at the end
  std::uint64_t header_checksum;     // XXH3 of the header before this field
};
static_assert(sizeof(LinesHeader) == 128);

struct alignas(64) Bucket {
  std::array<std::uint64_t, kSlotsPerBucket> entries;
};

[[nodiscard]] constexpr std::uint64_t round_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}
[[nodiscard]] constexpr std::uint64_t chunks_of(std::uint64_t bytes) { return (bytes + kChunkBytes - 1) / kChunkBytes; }

// Where each part begins, from the counts.
struct TableLayout {
  std::uint64_t buckets, filter, checksums, sets, marks, end;
};
[[nodiscard]] inline TableLayout layout_of(const TableHeader& header) {
  TableLayout at{};
  at.buckets = kPageBytes;
  at.filter = at.buckets + header.bucket_count * sizeof(Bucket);
  at.checksums = at.filter + header.bucket_count * 8;
  at.sets = at.checksums + chunks_of(at.checksums - at.buckets) * 8;
  at.marks = at.sets + (header.set_count + 1) * 4;
  at.end = at.marks + header.mark_count * 2;
  return at;
}

struct LinesLayout {
  std::uint64_t firsts, namings, checksums, end;
};
[[nodiscard]] inline LinesLayout layout_of(const LinesHeader& header) {
  LinesLayout at{};
  at.firsts = sizeof header;
  at.namings = round_up(at.firsts + (header.slot_count + 1) * 4, 8);
  at.checksums = at.namings + header.naming_count * 8;
  at.end = at.checksums + chunks_of(at.checksums - sizeof header) * 8;
  return at;
}

// Where a hash is looked for first, and what an entry of it holds in its upper 48 bits. Both ascend with the hash: the
// builder relies on it.
struct Place {
  std::uint64_t home, tag;
};
[[nodiscard]] inline Place place_of(std::uint64_t hash, std::uint64_t home_count) {
  __extension__ using Wide = unsigned __int128;
  const Wide number = static_cast<Wide>(hash) * home_count;
  const auto home = static_cast<std::uint64_t>(number >> 64);
  return {home, (home << 60 | static_cast<std::uint64_t>(number) >> 4) & ~std::uint64_t{0xffff}};
}
// The bits of its home's word in the filter. The end of the hash says nothing about its place among its neighbours.
[[nodiscard]] inline std::uint64_t filter_bits(std::uint64_t hash) {
  constexpr std::uint64_t kOne = 1;
  return kOne << (hash & 63) | kOne << (hash >> 6 & 63) | kOne << (hash >> 12 & 63) | kOne << (hash >> 18 & 63);
}
[[nodiscard]] inline bool may_hold(std::uint64_t word, std::uint64_t hash) { return (~word & filter_bits(hash)) == 0; }
// Whether `entry`, which is not empty, stands before all places where `tag` can.
[[nodiscard]] inline bool before(std::uint64_t entry, std::uint64_t tag) {
  return static_cast<std::int64_t>(entry - tag) < 0;
}
[[nodiscard]] inline bool same_tag(std::uint64_t entry, std::uint64_t tag) { return (entry ^ tag) >> 16 == 0; }

}  // namespace citygate::matcher::format
