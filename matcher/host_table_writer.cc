#include "matcher/host_table_writer.h"

#include <algorithm>
#include <cstring>

#include "matcher/host_table.h"
#include "matcher/host_table_frame.h"

namespace citygate::matcher {
namespace {

// 11.25 bytes an entry, with the filter. Fuller, and entries stand in a third bucket more often (1.5 % of them do).
constexpr std::uint64_t kFilledPercent = 80;
constexpr std::size_t kFrameGuess = std::size_t{1} << 20;  // sets and marks of any real lists: nothing moves for them

std::unexpected<Error> collision() {
  return std::unexpected(
      Error{.kind = Error::Kind::Bug, .retryable = true, .context = "two names collide under this key"});
}

std::uint64_t homes_for(std::uint64_t names) {
  constexpr std::uint64_t kPlaces = format::kSlotsPerBucket * kFilledPercent;
  return (names * 100 + kPlaces - 1) / kPlaces + 1;
}

template <class T>
void append(std::vector<std::byte>& out, const std::vector<T>& values) {
  const auto bytes = std::as_bytes(std::span(values));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

std::vector<std::uint64_t> checksums_of(std::span<const std::byte> bytes) {
  std::vector<std::uint64_t> out;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(bytes.size(), format::kChunkBytes)))
    out.push_back(checksum(bytes.data(), std::min(bytes.size(), format::kChunkBytes)));
  return out;
}

}  // namespace

HostTableWriter::HostTableWriter(std::uint64_t key, HashFamily family, std::uint64_t names, std::uint64_t namings) {
  table_.magic = format::kTableMagic;
  table_.version = format::kVersion;
  table_.header_bytes = sizeof table_;
  table_.key = key;
  table_.names = names;
  table_.home_count = homes_for(names);
  table_.bucket_count = table_.home_count + format::kMaxSpill;
  table_.hash_family = static_cast<std::uint32_t>(family);
  table_.chunk_bytes = format::kChunkBytes;
  const auto table_at = format::layout_of(table_);
  buckets_at_ = table_at.buckets;
  filter_at_ = table_at.filter;
  files_.table.reserve(table_at.end + kFrameGuess);
  files_.table.resize(table_at.checksums);

  lines_.magic = format::kLinesMagic;
  lines_.version = format::kVersion;
  lines_.header_bytes = sizeof lines_;
  lines_.slot_count = table_.bucket_count * format::kSlotsPerBucket;
  lines_.naming_count = namings;
  lines_.chunk_bytes = format::kChunkBytes;
  const auto lines_at = format::layout_of(lines_);
  firsts_at_ = lines_at.firsts;
  namings_at_ = lines_at.namings;
  files_.lines.reserve(lines_at.end);
  files_.lines.resize(lines_at.checksums);
}

// The slots before `slot` stay empty.
void HostTableWriter::skip_to(std::uint64_t slot) {
  while (next_slot_ < slot) firsts()[next_slot_++] = static_cast<std::uint32_t>(next_naming_);
}

Result<void> HostTableWriter::add(std::span<const HostItem> same_hash) {
  const auto [home, tag] = format::place_of(same_hash.front().hash, table_.home_count);
  // Its home or, when that is full, the first place behind.
  skip_to(home * format::kSlotsPerBucket);
  if (next_slot_ / format::kSlotsPerBucket > home + format::kMaxSpill) return collision();
  if (next_slot_ > 0 && entries()[next_slot_ - 1] != 0 && format::same_tag(entries()[next_slot_ - 1], tag))
    return collision();
  skip_to(next_slot_ + 1);
  marks_.clear();
  std::size_t lines = 0;  // of the mark
  for (const auto& item : same_hash) {
    if (item.identity != same_hash.front().identity) return collision();
    if (marks_.empty() || marks_.back() != item.naming.mark) {
      marks_.push_back(item.naming.mark);
      lines = 0;
    }
    if (item.naming.mark == kPathsBelow || ++lines > kLinesPerMark) continue;
    std::memcpy(files_.lines.data() + namings_at_ + next_naming_++ * sizeof(Naming), &item.naming, sizeof(Naming));
  }
  const auto set = sets_.number_of(marks_);
  if (!set) return fail(Error::Kind::TooLarge, "more than 65,535 different combinations of categories over one name");
  entries()[next_slot_ - 1] = tag | *set;
  filter()[home] |= format::filter_bits(same_hash.front().hash);
  return {};
}

void HostTableWriter::finish_table() {
  auto& out = files_.table;
  append(out, checksums_of(std::span(out).subspan(buckets_at_)));
  append(out, sets_.begins());
  append(out, sets_.marks());
  table_.set_count = sets_.count();
  table_.mark_count = sets_.marks().size();
  const auto at = format::layout_of(table_);
  CG_CHECK(out.size() == at.end);
  table_.file_bytes = at.end;
  std::memcpy(out.data(), &table_, sizeof table_);
  table_.frame_checksum = frame_checksum(out, at);
  std::memcpy(out.data(), &table_, sizeof table_);
}

void HostTableWriter::finish_lines() {
  skip_to(lines_.slot_count);
  firsts()[next_slot_] = static_cast<std::uint32_t>(next_naming_);
  CG_CHECK(next_naming_ == lines_.naming_count);
  auto& out = files_.lines;
  const auto checksums = checksums_of(std::span(out).subspan(firsts_at_));
  append(out, checksums);
  lines_.table = table_.frame_checksum;
  lines_.file_bytes = out.size();
  lines_.checksums_checksum = checksum(checksums.data(), checksums.size() * 8);
  lines_.header_checksum = checksum(&lines_, offsetof(format::LinesHeader, header_checksum));
  std::memcpy(out.data(), &lines_, sizeof lines_);
}

HostFiles HostTableWriter::finish() {
  finish_table();
  finish_lines();
  return std::move(files_);
}

}  // namespace citygate::matcher
