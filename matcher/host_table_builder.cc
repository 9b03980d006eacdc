#include "matcher/host_table_builder.h"

#include <sys/random.h>

#include <limits>
#include <map>

#include "matcher/host_hash.h"
#include "matcher/host_table_format.h"

namespace citygate::matcher {
namespace {

constexpr std::uint64_t kIdentityKey = 0x2545f4914f6cdd1dU;
constexpr std::size_t kFilledPercent = 70;  // fuller makes look-ups spill into a second cache line more often

std::unexpected<Error> collision() {
  return std::unexpected(
      Error{.kind = Error::Kind::Bug, .retryable = true, .context = "two names collide under this key"});
}

// Filled places in a row are a few dozen; nothing spills further than this.
constexpr std::size_t kReach = 512;

template <class T>
void put(std::vector<std::byte>& out, std::uint64_t at, const std::vector<T>& values) {
  if (!values.empty()) std::memcpy(out.data() + at, values.data(), values.size() * sizeof(T));
}

}  // namespace

std::uint64_t random_table_key() {
  std::uint64_t key = 0;
  CG_CHECK(::getrandom(&key, sizeof key, 0) == sizeof key);
  return key;
}

std::uint64_t hash_of_text(std::string_view text, std::uint64_t seed) { return hash_name(text, seed + kIdentityKey); }

void HostTableBuilder::add(std::string_view host, Naming naming) {
  items_.push_back({hash_name(host, key_), hash_name(host, kIdentityKey), naming});
}

bool HostTableBuilder::path_fits(std::string_view path) {
  return path.size() >= 2 && path.size() <= format::kMaxPathBytes &&
         static_cast<std::size_t>(std::ranges::count(path, '/')) <= format::kMaxPathSegments;
}

bool HostTableBuilder::add_path(std::string_view host, std::string_view path, Naming naming) {
  if (!path_fits(path)) return false;
  char lower[format::kMaxPathBytes];
  lower_path(path, lower);
  const std::string_view prefix(lower, path.size());
  const std::uint64_t name = hash_name(host, key_), identity = hash_name(host, kIdentityKey);
  items_.push_back({name, identity, {.mark = kPathsBelow}});
  items_.push_back({hash_path(prefix, name), hash_path(prefix, identity), naming});
  return true;
}

Result<std::vector<std::byte>> HostTableBuilder::build() {
  std::ranges::sort(items_);
  items_.erase(std::ranges::unique(items_).begin(), items_.end());
  format::Header header{};
  for (std::size_t i = 0; i < items_.size(); ++i)
    if (i == 0 || items_[i].hash != items_[i - 1].hash) ++header.names;

  constexpr std::uint64_t kPlaces = format::kSlotsPerBucket * kFilledPercent;
  header.home_count = (header.names * 100 + kPlaces - 1) / kPlaces + 1;
  std::vector<std::uint64_t> entries;
  entries.reserve((header.home_count + 2) * format::kSlotsPerBucket);
  std::vector<std::uint32_t> firsts, sets{0, 0};
  firsts.reserve(entries.capacity() + 1);
  std::vector<Naming> namings;
  namings.reserve(items_.size());
  std::vector<std::uint16_t> marks;
  std::map<std::vector<std::uint16_t>, std::uint16_t> known_sets;

  // Hashes ascend, and so do their homes: each name goes into its home or, when that is full, the first place behind.
  std::vector<std::uint16_t> set;
  for (std::size_t i = 0; i < items_.size();) {
    const std::uint64_t hash = items_[i].hash;
    const std::uint64_t home = format::home_of(hash, header.home_count) * format::kSlotsPerBucket;
    while (entries.size() < home) {
      entries.push_back(0);
      firsts.push_back(static_cast<std::uint32_t>(namings.size()));
    }
    firsts.push_back(static_cast<std::uint32_t>(namings.size()));
    set.clear();
    const std::uint64_t identity = items_[i].identity;
    for (; i < items_.size() && items_[i].hash == hash; ++i) {
      if (items_[i].identity != identity) return collision();
      if (set.empty() || set.back() != items_[i].naming.mark) set.push_back(items_[i].naming.mark);
      if (items_[i].naming.mark != kPathsBelow) namings.push_back(items_[i].naming);
    }
    auto [it, fresh] = known_sets.try_emplace(set, static_cast<std::uint16_t>(sets.size() - 1));
    if (fresh) {
      if (sets.size() - 1 > std::numeric_limits<std::uint16_t>::max())
        return fail(Error::Kind::TooLarge, "more than 65,535 different combinations of categories over one name");
      marks.insert(marks.end(), set.begin(), set.end());
      sets.push_back(static_cast<std::uint32_t>(marks.size()));
    }
    entries.push_back(format::tag_of(hash) | it->second);
  }
  items_ = {};
  // The end: whole buckets, and one empty place at least behind the last name and in every home.
  const std::size_t least = std::max<std::size_t>(entries.size() + 1, header.home_count * format::kSlotsPerBucket);
  while (entries.size() < least || entries.size() % format::kSlotsPerBucket != 0) {
    entries.push_back(0);
    firsts.push_back(static_cast<std::uint32_t>(namings.size()));
  }
  firsts.push_back(static_cast<std::uint32_t>(namings.size()));
  if (entries.size() > std::numeric_limits<std::uint32_t>::max() ||
      namings.size() > std::numeric_limits<std::uint32_t>::max())
    return fail(Error::Kind::TooLarge, "more names than a table holds");

  header.magic = format::kMagic;
  header.version = format::kVersion;
  header.header_bytes = sizeof header;
  header.key = key_;
  header.bucket_count = entries.size() / format::kSlotsPerBucket;
  header.naming_count = namings.size();
  header.set_count = sets.size() - 1;
  header.mark_count = marks.size();
  const auto at = format::layout_of(header);
  header.file_bytes = at.end;
  std::vector<std::byte> out(at.end);
  put(out, at.buckets, entries);
  put(out, at.firsts, firsts);
  put(out, at.namings, namings);
  put(out, at.sets, sets);
  put(out, at.marks, marks);
  header.body_checksum = checksum(out.data() + sizeof header, out.size() - sizeof header);
  header.header_checksum = checksum(&header, offsetof(format::Header, header_checksum));
  std::memcpy(out.data(), &header, sizeof header);

  // Equal tags within reach of each other would be one name to a reader.
  for (std::size_t i = 0; i < entries.size();) {
    std::size_t end = i;
    while (end < entries.size() && entries[end] != 0) ++end;
    for (std::size_t a = i; a < end; ++a)
      for (std::size_t b = a + 1; b < std::min(end, a + kReach); ++b)
        if (((entries[a] ^ entries[b]) >> 16) == 0) return collision();
    i = end + 1;
  }
  return out;
}

}  // namespace citygate::matcher
