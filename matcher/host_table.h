// host_table.h - which listed names a host falls under, from one mapped file.
//
//   www.shop.example.com ──▶ "www.shop.example.com"   "shop.example.com"   "example.com"
//   a word of the filter              no                     no              maybe ──▶ two lines of eight entries
//                                                                                       └──▶ slot 4711, set 12
//   HostTable::marks(12)        what it was named as
//   HostLines::namings(4711)    by which lines of which files
//
// A name has a set: the distinct marks (small integers, whose meaning is the caller's) under which it was named. That is
// all a decision needs; the lines are in a file of their own (host_lines.h).
//
// Owner     whoever opened it; immutable, so shared by any number of threads.
// Cost      open: the frame alone is read, a few pages. A look-up: the hashes of all suffixes, a word of the
//           filter for each, and a cache miss for each that is listed; no allocation. verify() reads all of the file.
// Errors    open: Storage, naming the file: missing, cut short, damaged frame, made by a newer version, or for another
//           processor. Damage further in is found by verify(); a look-up that meets it before may answer wrongly, but
//           stays within the table and ends.
// Certainty names are told apart by a 64-bit keyed hash (host_hash.h), of which the place and a 48-bit tag are kept.
//           The builder makes sure that no two listed names collide. A name that is not listed is taken for one that is
//           with a chance of about 4 in 10^13 per suffix; the key is random per table, so nobody outside can search
//           for such a name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "matcher/host_hash.h"
#include "matcher/host_walk.h"

namespace citygate::matcher {

// Mark of a set whose name has path prefixes below it; the builder adds it, and no naming carries it.
inline constexpr std::uint16_t kPathsBelow = 0;

class HostTable {
 public:
  // No host and no URL falls under more: with so much room, none that is listed is left out.
  static constexpr std::size_t kMostNames = 128, kMostPaths = 32;

  HostTable() = default;  // empty: finds nothing
  [[nodiscard]] static Result<HostTable> open(const std::filesystem::path& file);
  // The same over bytes in memory; `name` stands in errors.
  [[nodiscard]] static Result<HostTable> from_bytes(std::vector<std::byte> bytes, std::string_view name);
  // Holds every byte against its checksum. Storage: the first damaged part, by its place in the file. Slow for a
  // worker: 100 MB take about 10 ms once they are in memory.
  [[nodiscard]] Result<void> verify() const;

  enum class Walk : std::uint8_t { Suffixes, Exact };  // Exact: for addresses, which have no sub-domains
  // The listed names among `host` and its suffixes at label borders, longest first; single labels are not looked for.
  // Returns how many; when `out` is full the longest have been kept. Of a text that is longer than any host, the last
  // 255 bytes are looked at.
  std::size_t find(std::string_view host, Walk walk, std::span<NameHit> out) const noexcept;
  // Whether a hit of find(host) is the host itself, and not a name above it.
  [[nodiscard]] bool is_whole(const NameHit& hit, std::string_view host) const noexcept {
    return hit.hash == hash_name(host, keys_);
  }
  // The listed prefixes below one of those names that path + '?' + query falls under, longest first. A prefix ends at
  // a border: before '/', '?' or '&', or at the end. Letter case is not looked at. Beyond 512 bytes or 32 borders there
  // are no prefixes.
  std::size_t find_paths(const NameHit& name, std::string_view path, std::string_view query,
                         std::span<NameHit> out) const noexcept;

  [[nodiscard]] std::size_t set_count() const { return view_.set_count; }       // sets are 1 .. set_count() - 1
  [[nodiscard]] std::span<const std::uint16_t> marks(std::uint16_t set) const;  // ascending
  // Calls visit(set) once for every name. Reads the whole table.
  template <class Visit>
  void for_each_set_used(Visit&& visit) const {
    for (std::size_t slot = 0; slot < slot_count_; ++slot) {
      const auto set = static_cast<std::uint16_t>(view_.entries[slot]);
      if (set != 0 && set < view_.set_count) visit(set);
    }
  }
  [[nodiscard]] std::uint64_t names() const { return names_; }
  [[nodiscard]] std::uint64_t slot_count() const { return slot_count_; }
  [[nodiscard]] std::uint64_t id() const { return id_; }  // of its content; HostLines are tied to it
  [[nodiscard]] HashFamily hash_family() const { return keys_.family; }
  [[nodiscard]] std::uint64_t mapped_bytes() const { return bytes().size(); }

 private:
  [[nodiscard]] std::span<const std::byte> bytes() const { return owned_.empty() ? file_.bytes() : owned_; }
  [[nodiscard]] Result<void> attach(std::string_view name);

  MappedFile file_;
  std::vector<std::byte> owned_;
  std::string name_;
  NameKeys keys_;
  TableView view_;
  std::uint64_t names_ = 0, slot_count_ = 0, mark_count_ = 0, id_ = 0;
  const std::uint32_t* sets_ = nullptr;
  const std::uint16_t* marks_ = nullptr;
};

}  // namespace citygate::matcher
