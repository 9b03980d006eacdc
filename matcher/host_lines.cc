#include "matcher/host_lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "matcher/host_hash.h"
#include "matcher/host_table.h"
#include "matcher/host_table_format.h"

namespace citygate::matcher {
namespace {

std::unexpected<Error> unusable(std::string_view name, std::string_view what) {
  return fail(Error::Kind::Storage, std::string(name) + ": " + std::string(what));
}

// Counts that cannot be true are found before anything is computed from them: no sum of theirs overflows then.
bool adds_up(const format::LinesHeader& header, std::uint64_t size) {
  return header.header_bytes == sizeof header && header.chunk_bytes == format::kChunkBytes &&
         header.file_bytes == size && header.slot_count <= size / 4 && header.naming_count <= size / 8 &&
         format::layout_of(header).end == size;
}

Result<void> check(const format::LinesHeader& header, std::uint64_t size, std::string_view name) {
  if (header.magic != format::kLinesMagic) return unusable(name, "is not the lines of a host table");
  if (header.version > format::kVersion)
    return unusable(name, "was made by a newer version: its format is " + std::to_string(header.version) +
                              ", this program reads " + std::to_string(format::kVersion));
  if (header.header_checksum != checksum(&header, offsetof(format::LinesHeader, header_checksum)))
    return unusable(name, "is damaged: its header does not match its checksum");
  if (header.file_bytes > size)
    return unusable(name, "is cut short: " + std::to_string(size) + " of " + std::to_string(header.file_bytes) +
                              " bytes are there");
  if (header.version != format::kVersion || !adds_up(header, size))
    return unusable(name, "is damaged: its parts do not add up to its size");
  return {};
}

// A few bytes are read of it at a time, some of them by a worker between two events: those must not wait for a disk. In
// pieces, because Linux takes no more of one request than a read-ahead window (mm/readahead.c, force_page_cache_ra). What
// the kernel makes of it is its own affair; nothing depends on it but time.
void read_ahead(int file, std::uint64_t size) {
  constexpr std::uint64_t kPiece = 128 * 1024;
  for (std::uint64_t at = 0; at < size; at += kPiece)
    static_cast<void>(::posix_fadvise(file, static_cast<off_t>(at), kPiece, POSIX_FADV_WILLNEED));
}

}  // namespace

Result<HostLines> HostLines::open(const std::filesystem::path& file, const HostTable& table) {
  HostLines lines;
  lines.file_ = UniqueFd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info{};
  if (!lines.file_ || ::fstat(lines.file_.get(), &info) != 0)
    return fail_errno("open " + file.string(), errno == ENOENT ? Error::Kind::NotFound : Error::Kind::Storage);
  lines.file_bytes_ = static_cast<std::uint64_t>(info.st_size);
  CG_TRY_VOID(lines.attach(table, file.string()));
  read_ahead(lines.file_.get(), lines.file_bytes_);
  return lines;
}

Result<HostLines> HostLines::from_bytes(std::vector<std::byte> bytes, const HostTable& table, std::string_view name) {
  HostLines lines;
  lines.owned_ = std::move(bytes);
  lines.file_bytes_ = lines.owned_.size();
  CG_TRY_VOID(lines.attach(table, name));
  return lines;
}

Result<void> HostLines::attach(const HostTable& table, std::string_view name) {
  name_ = name;
  format::LinesHeader header;
  if (file_bytes_ < sizeof header) return unusable(name_, "is cut short: it ends within its header");
  CG_TRY_VOID(read(0, std::as_writable_bytes(std::span(&header, 1))));
  CG_TRY_VOID(check(header, file_bytes_, name_));
  if (header.table != table.id() || header.slot_count != table.slot_count())
    return unusable(name_, "belongs to another table: the two files are not of one image");
  slot_count_ = header.slot_count;
  naming_count_ = header.naming_count;
  namings_at_ = format::layout_of(header).namings;
  return {};
}

Result<void> HostLines::read(std::uint64_t at, std::span<std::byte> out) const {
  if (at > file_bytes_ || out.size() > file_bytes_ - at) return unusable(name_, "is read beyond its end");
  if (!file_) {
    if (!out.empty()) std::memcpy(out.data(), owned_.data() + at, out.size());
    return {};
  }
  while (!out.empty()) {
    const ssize_t n = ::pread(file_.get(), out.data(), out.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno("read " + name_);
    if (n == 0) return unusable(name_, "is shorter than when it was opened");
    out = out.subspan(static_cast<std::size_t>(n));
    at += static_cast<std::uint64_t>(n);
  }
  return {};
}

Result<HostLines::Range> HostLines::range_of(std::uint32_t slot) const {
  if (slot >= slot_count_) return Range{};
  std::uint32_t firsts[2];
  CG_TRY_VOID(read(sizeof(format::LinesHeader) + std::uint64_t{slot} * 4, std::as_writable_bytes(std::span(firsts))));
  if (firsts[0] > firsts[1] || firsts[1] > naming_count_)
    return unusable(name_, "is damaged: slot " + std::to_string(slot) + " leads nowhere");
  return Range{firsts[0], firsts[1]};
}

Result<void> HostLines::read_namings(std::uint32_t first, std::span<Naming> out) const {
  if (out.empty()) return {};
  return read(namings_at_ + std::uint64_t{first} * sizeof(Naming), std::as_writable_bytes(out));
}

Result<std::size_t> HostLines::namings(std::uint32_t slot, std::span<Naming> out, std::size_t first) const {
  CG_TRY(range, range_of(slot));
  const std::size_t count = range.end - range.first;
  const auto from = static_cast<std::uint32_t>(std::min(first, count));
  CG_TRY_VOID(read_namings(range.first + from, out.first(std::min(count - from, out.size()))));
  return count;
}

Result<std::vector<Naming>> HostLines::namings(std::uint32_t slot) const {
  CG_TRY(range, range_of(slot));
  std::vector<Naming> out(range.end - range.first);
  CG_TRY_VOID(read_namings(range.first, out));
  return out;
}

Result<void> HostLines::verify() const {
  if (file_bytes_ == 0) return {};  // of the empty table: there is no file
  format::LinesHeader header;
  CG_TRY_VOID(read(0, std::as_writable_bytes(std::span(&header, 1))));
  CG_TRY_VOID(check(header, file_bytes_, name_));
  const auto at = format::layout_of(header);
  std::vector<std::uint64_t> kept((at.end - at.checksums) / 8);
  CG_TRY_VOID(read(at.checksums, std::as_writable_bytes(std::span(kept))));
  if (checksum(kept.data(), kept.size() * 8) != header.checksums_checksum)
    return unusable(name_, "is damaged: its checksums do not match theirs");
  std::vector<std::byte> block(format::kChunkBytes);
  for (std::size_t chunk = 0; chunk < kept.size(); ++chunk) {
    const std::uint64_t from = at.firsts + chunk * format::kChunkBytes;
    const std::uint64_t size = std::min<std::uint64_t>(format::kChunkBytes, at.checksums - from);
    CG_TRY_VOID(read(from, std::span(block).first(size)));
    if (checksum(block.data(), size) != kept[chunk])
      return unusable(name_, "is damaged: bytes " + std::to_string(from) + " to " + std::to_string(from + size - 1) +
                                 " do not match their checksum");
  }
  return {};
}

}  // namespace citygate::matcher
