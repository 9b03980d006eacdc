// host_table.h - which listed names a host falls under, from one mapped file.
//
//   www.shop.example.com ──▶ "www.shop.example.com"  "shop.example.com"  "example.com"     each: one bucket of 64 bytes
//                                                         slot 4711, set 12                 → namings: mark, origin,
//                                                         line
//
// A name has a set: the distinct marks (small integers, whose meaning is the caller's) under which it was named. Every
// naming is kept too, so that a match leads to the line it came from.
//
// Owner     whoever opened it; immutable, so shared by any number of threads.
// Cost      a look-up of k suffixes: k hashes and about k cache lines, all asked for before the first is read. No
// allocation. Errors    open: Storage, naming the file: missing, cut short, damaged (checksum), made by a newer
// version. Certainty names are told apart by a 64-bit keyed XXH3, of which the place and a 48-bit tag are kept. The
// builder makes
//           sure that no two listed names collide. A name that is not listed is taken for one that is with a chance
//           below 1 in 10^12 per look-up (10 M names); the key is random per table, so nobody outside can search for
//           such a name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace citygate::matcher {

// One line of one list that named a host. 8 bytes on disk.
struct Naming {
  std::uint16_t mark = 0;
  std::uint16_t origin = 0;
  std::uint32_t line = 0;
  friend auto operator<=>(const Naming&, const Naming&) = default;
};
static_assert(sizeof(Naming) == 8);

// Mark of a set whose name has path prefixes below it; the builder adds it, and no naming carries it.
inline constexpr std::uint16_t kPathsBelow = 0;

struct NameHit {
  std::uint32_t slot = 0;  // for namings()
  std::uint16_t set = 0;   // for marks()
  std::uint8_t labels_off = 0;  // labels of the host that stand before the name; 0: the name is the host
  std::uint64_t hash = 0;  // for find_paths()
};

class HostTable {
 public:
  HostTable() = default;  // empty: finds nothing
  [[nodiscard]] static Result<HostTable> open(const std::filesystem::path& file);
  // The same over bytes in memory; `name` stands in errors.
  [[nodiscard]] static Result<HostTable> from_bytes(std::vector<std::byte> bytes, std::string_view name);

  enum class Walk : std::uint8_t { Suffixes, Exact };  // Exact: for addresses, which have no sub-domains
  // The listed names among `host` and its suffixes at label borders, longest first; single labels are not looked for.
  // Returns how many; when `out` is full the longest have been kept.
  std::size_t find(std::string_view host, Walk walk, std::span<NameHit> out) const noexcept;
  // The listed path prefixes below one of those names that `path` falls under at segment borders, longest first.
  // Letter case is not looked at.
  std::size_t find_paths(const NameHit& name, std::string_view path, std::span<NameHit> out) const noexcept;

  [[nodiscard]] std::size_t set_count() const { return set_count_; }            // sets are 1 .. set_count() - 1
  [[nodiscard]] std::span<const std::uint16_t> marks(std::uint16_t set) const;  // ascending
  [[nodiscard]] std::span<const Naming> namings(std::uint32_t slot) const;      // ascending; {} for a slot out of range
  // Calls visit(set) once for every name. Reads the whole table.
  template <class Visit>
  void for_each_set_used(Visit&& visit) const {
    for (std::size_t slot = 0; slot < slot_count_; ++slot)
      if (entries_[slot] != 0) visit(static_cast<std::uint16_t>(entries_[slot]));
  }
  [[nodiscard]] std::uint64_t names() const { return names_; }
  [[nodiscard]] std::uint64_t mapped_bytes() const { return bytes().size(); }

 private:
  [[nodiscard]] std::span<const std::byte> bytes() const { return owned_.empty() ? file_.bytes() : owned_; }
  [[nodiscard]] Result<void> attach(std::string_view name);
  [[nodiscard]] bool probe(std::uint64_t hash, NameHit& out) const noexcept;

  MappedFile file_;
  std::vector<std::byte> owned_;
  std::uint64_t key_ = 0, names_ = 0, home_count_ = 0;
  std::size_t set_count_ = 0, slot_count_ = 0;
  const std::uint64_t* entries_ = nullptr;
  const std::uint32_t* firsts_ = nullptr;
  const Naming* namings_ = nullptr;
  const std::uint32_t* sets_ = nullptr;
  const std::uint16_t* marks_ = nullptr;
};

}  // namespace citygate::matcher
