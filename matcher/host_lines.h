// host_lines.h - which lines of which lists named a host: the evidence beside a host table, read only when asked for.
//
// Owner     whoever opened it, with the table it belongs to. Nothing is mapped and nothing is kept in memory; open() asks the
//           kernel to bring the file into its page cache, which gives it up again under pressure.
// Thread    any, concurrently. Reads a file: for a worker only where little is asked, and seldom (proxy/evidence_memo.h).
// Cost      open(): the disk reads the file behind the caller's back. namings(): two reads of a few bytes. verify() reads all
//           of the file.
// Errors    open: Storage, naming the file: missing, cut short, damaged header, made by a newer version, or of another
//           table. Damage further in is found by verify().
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace citygate::matcher {

class HostTable;

// One line of one list that named a host. 8 bytes on disk.
struct Naming {
  std::uint16_t mark = 0;
  std::uint16_t origin = 0;
  std::uint32_t line = 0;
  friend auto operator<=>(const Naming&, const Naming&) = default;
};
static_assert(sizeof(Naming) == 8);

class HostLines {
 public:
  HostLines() = default;  // of the empty table: knows no line
  // The table is looked at, not kept.
  [[nodiscard]] static Result<HostLines> open(const std::filesystem::path& file, const HostTable& table);
  // The same over bytes in memory; `name` stands in errors.
  [[nodiscard]] static Result<HostLines> from_bytes(std::vector<std::byte> bytes, const HostTable& table,
                                                    std::string_view name);

  // How many lines named what is in `slot`, ascending, of each mark the first kLinesPerMark (host_items.h); `out` gets those from
  // `first` on that it has room for. 0 for an empty slot, and for one out of range.
  [[nodiscard]] Result<std::size_t> namings(std::uint32_t slot, std::span<Naming> out, std::size_t first = 0) const;
  [[nodiscard]] Result<std::vector<Naming>> namings(std::uint32_t slot) const;

  // Holds every byte against its checksum. Storage: the first damaged part, by its place in the file.
  [[nodiscard]] Result<void> verify() const;

 private:
  struct Range {
    std::uint32_t first = 0, end = 0;
  };
  [[nodiscard]] Result<void> attach(const HostTable& table, std::string_view name);
  [[nodiscard]] Result<void> read(std::uint64_t at, std::span<std::byte> out) const;
  [[nodiscard]] Result<Range> range_of(std::uint32_t slot) const;
  [[nodiscard]] Result<void> read_namings(std::uint32_t first, std::span<Naming> out) const;

  UniqueFd file_;
  std::vector<std::byte> owned_;
  std::string name_;
  std::uint64_t file_bytes_ = 0, slot_count_ = 0, naming_count_ = 0, namings_at_ = 0;
};

}  // namespace citygate::matcher
