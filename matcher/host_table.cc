#include "matcher/host_table.h"

#include "matcher/host_hash.h"
#include "matcher/host_table_format.h"

namespace citygate::matcher {
namespace {

// Suffixes whose buckets are asked for at once. Names of more labels are walked in several rounds.
constexpr std::size_t kBatch = 8;

std::unexpected<Error> unusable(std::string_view name, std::string_view what) {
  return fail(Error::Kind::Storage, std::string(name) + ": " + std::string(what));
}

}  // namespace

Result<HostTable> HostTable::open(const std::filesystem::path& file) {
  CG_TRY(mapped, MappedFile::open_read_only(file));
  HostTable table;
  table.file_ = std::move(mapped);
  CG_TRY_VOID(table.attach(file.string()));
  return table;
}

Result<HostTable> HostTable::from_bytes(std::vector<std::byte> bytes, std::string_view name) {
  HostTable table;
  table.owned_ = std::move(bytes);
  CG_TRY_VOID(table.attach(name));
  return table;
}

Result<void> HostTable::attach(std::string_view name) {
  const auto all = bytes();
  format::Header header;
  if (all.size() < sizeof header) return unusable(name, "is cut short: it ends within its header");
  std::memcpy(&header, all.data(), sizeof header);
  if (header.magic != format::kMagic) return unusable(name, "is not a host table");
  if (header.version > format::kVersion)
    return unusable(name, "was made by a newer version: its format is " + std::to_string(header.version) +
                              ", this program reads up to " + std::to_string(format::kVersion));
  if (header.header_checksum != checksum(&header, offsetof(format::Header, header_checksum)))
    return unusable(name, "is damaged: its header does not match its checksum");
  const auto at = format::layout_of(header);
  if (header.file_bytes > all.size())
    return unusable(name, "is cut short: " + std::to_string(all.size()) + " of " + std::to_string(header.file_bytes) +
                              " bytes are there");
  if (header.version == 0 || header.header_bytes != sizeof header || header.file_bytes != all.size() ||
      at.end != all.size() || header.home_count > header.bucket_count || header.set_count == 0)
    return unusable(name, "is damaged: its parts do not add up to its size");
  if (header.body_checksum != checksum(all.data() + sizeof header, all.size() - sizeof header))
    return unusable(name, "is damaged: its content does not match its checksum");
  key_ = header.key;
  names_ = header.names;
  home_count_ = header.home_count;
  set_count_ = header.set_count;
  slot_count_ = header.bucket_count * format::kSlotsPerBucket;
  entries_ = reinterpret_cast<const std::uint64_t*>(all.data() + at.buckets);
  firsts_ = reinterpret_cast<const std::uint32_t*>(all.data() + at.firsts);
  namings_ = reinterpret_cast<const Naming*>(all.data() + at.namings);
  sets_ = reinterpret_cast<const std::uint32_t*>(all.data() + at.sets);
  marks_ = reinterpret_cast<const std::uint16_t*>(all.data() + at.marks);
  return {};
}

bool HostTable::probe(std::uint64_t hash, NameHit& out) const noexcept {
  const std::uint64_t tag = format::tag_of(hash);
  // A bucket fills from its front and spills into the next, so an empty place ends the search. The last is never full.
  for (std::uint64_t slot = format::home_of(hash, home_count_) * format::kSlotsPerBucket;; ++slot) {
    const std::uint64_t entry = entries_[slot];
    if (entry == 0) return false;
    if (((entry ^ tag) >> 16) != 0) continue;
    out = {.slot = static_cast<std::uint32_t>(slot), .set = static_cast<std::uint16_t>(entry), .hash = hash};
    return true;
  }
}

std::size_t HostTable::find(std::string_view host, Walk walk, std::span<NameHit> out) const noexcept {
  if (names_ == 0 || out.empty()) return 0;
  std::size_t found = 0;
  if (walk == Walk::Exact) return probe(hash_name(host, key_), out[0]) ? 1 : 0;
  std::uint64_t hashes[kBatch];
  std::size_t labels_off = 0;
  for (auto dot = host.find('.'); dot != std::string_view::npos;) {
    std::size_t n = 0;
    for (; n < kBatch && dot != std::string_view::npos; ++n) {
      hashes[n] = hash_name(host, key_);
      __builtin_prefetch(entries_ + format::home_of(hashes[n], home_count_) * format::kSlotsPerBucket);
      host.remove_prefix(dot + 1);
      dot = host.find('.');
    }
    for (std::size_t i = 0; i < n; ++i, ++labels_off) {
      if (!probe(hashes[i], out[found])) continue;
      out[found].labels_off = static_cast<std::uint8_t>(labels_off);
      if (++found == out.size()) return found;
    }
  }
  return found;
}

std::size_t HostTable::find_paths(const NameHit& name, std::string_view path, std::span<NameHit> out) const noexcept {
  if (names_ == 0 || path.size() < 2) return 0;
  char lower[format::kMaxPathBytes + 1];
  const std::size_t size = std::min(path.size(), sizeof lower);
  lower_path(path.substr(0, size), lower);
  std::size_t ends[format::kMaxPathSegments];
  std::size_t n = 0;
  for (std::size_t i = 1; i <= size && n < format::kMaxPathSegments; ++i)
    if (i == path.size() || (i < size && lower[i] == '/')) ends[n++] = i;
  std::size_t found = 0;
  for (std::size_t i = n; i-- > 0 && found < out.size();)
    if (ends[i] <= format::kMaxPathBytes && probe(hash_path({lower, ends[i]}, name.hash), out[found])) ++found;
  return found;
}

std::span<const std::uint16_t> HostTable::marks(std::uint16_t set) const {
  if (set == 0 || set >= set_count_) return {};
  return {marks_ + sets_[set], marks_ + sets_[set + 1]};
}

std::span<const Naming> HostTable::namings(std::uint32_t slot) const {
  if (slot >= slot_count_) return {};
  return {namings_ + firsts_[slot], namings_ + firsts_[slot + 1]};
}

}  // namespace citygate::matcher
