#include "matcher/host_table.h"

#include <algorithm>

#include "matcher/host_paths.h"
#include "matcher/host_table_format.h"
#include "matcher/host_table_frame.h"

namespace citygate::matcher {
namespace {

static_assert(HostTable::kMostNames >= (format::kMaxNameBytes + 1) / 2);
static_assert(HostTable::kMostPaths >= format::kMaxPathBorders);

std::unexpected<Error> unusable(std::string_view name, std::string_view what) {
  return fail(Error::Kind::Storage, std::string(name) + ": " + std::string(what));
}

// Counts that cannot be true are found before anything is computed from them: no sum of theirs overflows then.
bool adds_up(const format::TableHeader& header, std::uint64_t size) {
  if (header.set_count == 0 || header.set_count > 0x10000 || header.mark_count > size ||
      header.bucket_count > size / sizeof(format::Bucket) || header.home_count == 0 ||
      header.home_count > header.bucket_count || header.bucket_count - header.home_count != format::kMaxSpill)
    return false;
  return header.header_bytes == sizeof header && header.chunk_bytes == format::kChunkBytes &&
         header.file_bytes == size && format::layout_of(header).end == size;
}

Result<format::TableHeader> read_header(std::span<const std::byte> all, std::string_view name) {
  format::TableHeader header;
  if (all.size() < sizeof header) return unusable(name, "is cut short: it ends within its header");
  std::memcpy(&header, all.data(), sizeof header);
  if (header.magic != format::kTableMagic) return unusable(name, "is not a host table");
  if (header.version > format::kVersion)
    return unusable(name, "was made by a newer version: its format is " + std::to_string(header.version) +
                              ", this program reads " + std::to_string(format::kVersion));
  if (header.version < format::kVersion)
    return unusable(name, "was made by an older version: its format is " + std::to_string(header.version) +
                              ", this program reads " + std::to_string(format::kVersion) + "; publish the lists again");
  if (header.file_bytes > all.size())
    return unusable(name, "is cut short: " + std::to_string(all.size()) + " of " + std::to_string(header.file_bytes) +
                              " bytes are there");
  if (!adds_up(header, all.size())) return unusable(name, "is damaged: its parts do not add up to its size");
  if (header.frame_checksum != frame_checksum(all, format::layout_of(header)))
    return unusable(name, "is damaged: its frame does not match its checksum");
  return header;
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
  CG_TRY(header, read_header(all, name));
  const auto family = static_cast<HashFamily>(header.hash_family);
  if (!runs_here(family))
    return unusable(name,
                    "was made for a processor with AES and AVX2 instructions, which this one lacks; publish the "
                    "lists again on this machine");
  const auto at = format::layout_of(header);
  name_ = name;
  keys_ = NameKeys(header.key, family);
  view_ = {.entries = reinterpret_cast<const std::uint64_t*>(all.data() + at.buckets),
           .filter = reinterpret_cast<const std::uint64_t*>(all.data() + at.filter),
           .home_count = header.home_count,
           .set_count = header.set_count};
  names_ = header.names;
  slot_count_ = header.bucket_count * format::kSlotsPerBucket;
  mark_count_ = header.mark_count;
  id_ = header.frame_checksum;
  sets_ = reinterpret_cast<const std::uint32_t*>(all.data() + at.sets);
  marks_ = reinterpret_cast<const std::uint16_t*>(all.data() + at.marks);
  return {};
}

Result<void> HostTable::verify() const {
  const auto all = bytes();
  if (all.empty()) return {};  // the empty table has no file
  CG_TRY(header, read_header(all, name_));
  if (header.frame_checksum != id_) return unusable(name_, "has been changed since it was opened");
  const auto at = format::layout_of(header);
  for (std::uint64_t chunk = 0, from = at.buckets; from < at.checksums; ++chunk, from += format::kChunkBytes) {
    std::uint64_t kept = 0;
    std::memcpy(&kept, all.data() + at.checksums + chunk * 8, sizeof kept);
    const std::uint64_t size = std::min<std::uint64_t>(format::kChunkBytes, at.checksums - from);
    if (checksum(all.data() + from, size) != kept)
      return unusable(name_, "is damaged: bytes " + std::to_string(from) + " to " + std::to_string(from + size - 1) +
                                 " do not match their checksum");
  }
  return {};
}

std::size_t HostTable::find(std::string_view host, Walk walk, std::span<NameHit> out) const noexcept {
  if (names_ == 0 || out.empty()) return 0;
  if (host.size() > format::kMaxNameBytes) [[unlikely]] {
    if (walk == Walk::Exact) return 0;
    host.remove_prefix(host.size() - format::kMaxNameBytes - 1);
    host.remove_prefix(std::min(host.find('.'), host.size() - 1) + 1);
  }
  if (walk == Walk::Exact) return probe(view_, hash_name(host, keys_), out[0]) ? 1 : 0;
  if (keys_.family == HashFamily::Aes) return walk_fast(view_, keys_, host, out);
  return walk_portable(view_, keys_, host, out);
}

std::size_t HostTable::find_paths(const NameHit& name, std::string_view path, std::string_view query,
                                  std::span<NameHit> out) const noexcept {
  if (names_ == 0) return 0;
  const PathPrefixes prefixes(path, query);
  std::size_t found = 0;
  for (std::size_t i = prefixes.count(); i-- > 0 && found < out.size();)
    if (probe(view_, hash_path(prefixes[i], name.hash), out[found])) ++found;
  return found;
}

std::span<const std::uint16_t> HostTable::marks(std::uint16_t set) const {
  if (set == 0 || set >= view_.set_count) return {};
  const std::uint32_t begin = sets_[set], end = sets_[set + 1];
  if (begin > end || end > mark_count_) return {};
  return {marks_ + begin, marks_ + end};
}

}  // namespace citygate::matcher
