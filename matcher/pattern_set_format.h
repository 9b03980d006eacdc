// pattern_set_format.h - the bytes of a pattern set, shared by the side that writes and the side that reads.
//
//   Header    128 bytes
//   patterns  32 bytes each
//   ids       u32 each, those of one pattern together
//   texts     expressions and cores; the database can be made anew from them
//   database  Hyperscan's own serialised form, 8-byte aligned; last
//
// Numbers are little-endian, as on every machine this runs on.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace citygate::matcher::pattern_format {

inline constexpr std::array<char, 8> kMagic{'C', 'G', 'U', 'R', 'L', 'P', 'S', '\n'};
inline constexpr std::uint32_t kVersion = 1;

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t header_bytes;
  std::uint64_t file_bytes;
  std::uint64_t key;
  std::uint64_t pattern_count;
  std::uint64_t id_count;
  std::uint64_t text_bytes;
  std::uint64_t database_bytes;
  std::uint64_t reserved[6];
  std::uint64_t body_checksum;    // XXH3 of all that follows the header
  std::uint64_t header_checksum;  // XXH3 of the header before this field
};
static_assert(sizeof(Header) == 128);

struct Pattern {
  std::uint32_t expression_at, expression_bytes;  // in texts
  std::uint32_t core_at, core_bytes;              // nothing: the expression itself is looked for
  std::uint32_t first_id, id_count;
  std::uint8_t scan_mode;  // ScanMode
  std::uint8_t confirm;    // 1: PCRE2 has the last word
  std::uint8_t undecided;  // Undecided
  std::uint8_t reserved[5];
};
static_assert(sizeof(Pattern) == 32);

struct Layout {
  std::uint64_t patterns, ids, texts, database, end;
};
[[nodiscard]] inline Layout layout_of(const Header& header) {
  Layout at{};
  at.patterns = sizeof(Header);
  at.ids = at.patterns + header.pattern_count * sizeof(Pattern);
  at.texts = at.ids + header.id_count * sizeof(std::uint32_t);
  at.database = (at.texts + header.text_bytes + 7) / 8 * 8;
  at.end = at.database + header.database_bytes;
  return at;
}

}  // namespace citygate::matcher::pattern_format
