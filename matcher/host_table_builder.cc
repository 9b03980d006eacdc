#include "matcher/host_table_builder.h"

#include <sys/random.h>

#include <limits>

#include "matcher/host_paths.h"
#include "matcher/host_table.h"
#include "matcher/host_table_writer.h"

namespace citygate::matcher {
namespace {

constexpr std::uint64_t kIdentityKey = 0x2545f4914f6cdd1dU;

struct Counts {
  std::uint64_t names = 0, namings = 0;
};
Counts count(HostItems& items) {
  Counts out;
  for (const auto& part : items.parts())
    for (std::size_t i = 0, lines = 0; i < part.size(); ++i) {
      const bool new_name = i == 0 || part[i].hash != part[i - 1].hash;
      if (new_name) ++out.names;
      lines = new_name || part[i].naming.mark != part[i - 1].naming.mark ? 1 : lines + 1;
      if (part[i].naming.mark != kPathsBelow && lines <= kLinesPerMark) ++out.namings;
    }
  return out;
}

}  // namespace

std::uint64_t random_table_key() {
  std::uint64_t key = 0;
  CG_CHECK(::getrandom(&key, sizeof key, 0) == sizeof key);
  return key;
}

std::uint64_t hash_of_text(std::string_view text, std::uint64_t seed) { return hash_text(text, seed + kIdentityKey); }

void HostTableBuilder::add(std::string_view host, Naming naming) {
  CG_ASSERT(host.size() <= format::kMaxNameBytes && naming.mark != kPathsBelow);
  items_.add({hash_name(host, keys_), hash_text(host, kIdentityKey), naming});
}

bool HostTableBuilder::path_fits(std::string_view path) { return matcher::path_fits(trim_path(path)); }

bool HostTableBuilder::add_path(std::string_view host, std::string_view path, Naming naming) {
  CG_ASSERT(host.size() <= format::kMaxNameBytes && naming.mark != kPathsBelow);
  path = trim_path(path);
  if (!matcher::path_fits(path)) return false;
  std::array<char, format::kMaxPathBytes> text;
  std::ranges::transform(path, text.begin(), lower);
  const std::string_view prefix(text.data(), path.size());
  const std::uint64_t name = hash_name(host, keys_), identity = hash_text(host, kIdentityKey);
  items_.add({name, identity, {.mark = kPathsBelow}});
  items_.add({hash_path(prefix, name), hash_path(prefix, identity), naming});
  return true;
}

Result<HostFiles> HostTableBuilder::build() {
  items_.sort();
  const Counts counts = count(items_);
  // Places and lines are numbered by 32 bits; a fifth of the places stays empty.
  if (std::max(counts.names * 2, counts.namings) > std::numeric_limits<std::uint32_t>::max()) {
    items_ = {};
    return fail(Error::Kind::TooLarge, "more names than a table holds");
  }
  HostTableWriter writer(key_, keys_.family, counts.names, counts.namings);
  for (auto& part : items_.parts()) {
    const HostItems::Part items = std::exchange(part, {});
    for (std::size_t i = 0, end = 0; i < items.size(); i = end) {
      while (end < items.size() && items[end].hash == items[i].hash) ++end;
      if (auto added = writer.add(std::span(items).subspan(i, end - i)); !added) {
        items_ = {};
        return std::unexpected(std::move(added).error());
      }
    }
  }
  return writer.finish();
}

}  // namespace citygate::matcher
