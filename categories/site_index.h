// site_index.h - which rows of a table of well-known sites a host falls under.
//
//   "example.com"          that name and all below it
//   "google.*"             google.com, www.google.de, images.google.co.uk: the name before any top-level domain, or before
//                          one of the usual second levels of a country ("co.uk", "com.br")
//
// `Row` has a member `host`; rows of one host stand together, in the order in which they are to be tried.
//
// Thread    any; immutable once made, from a table that lives as long as the program.
// Cost      visit: a few loads for each label of a host that falls under nothing, no allocation.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace citygate::categories {

// Of "www.google.co.uk": "www.google." - what a pattern that ends in ".*" is compared with. "" for a single label.
[[nodiscard]] std::string_view without_country(std::string_view host);

template <class Row>
class SiteIndex {
 public:
  explicit SiteIndex(std::span<const Row> rows) : rows_(rows) {
    CG_CHECK(rows.size() * 2 <= slots_.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i > 0 && rows[i].host == rows[i - 1].host) continue;
      std::size_t slot = home(key_of(rows[i]));
      while (slots_[slot] != 0) slot = next(slot);
      slots_[slot] = static_cast<std::uint16_t>(i + 1);
      begins_[key_of(rows[i]).size() % begins_.size()] |= letter(key_of(rows[i]));
    }
  }

  // Calls visit(row) for the rows that `host` (canonical) falls under, the longest name's first, until it returns true.
  template <class Visit>
  bool visit(std::string_view host, Visit&& visit) const {
    return visit_suffixes(host, visit) || visit_suffixes(without_country(host), visit);
  }

 private:
  static constexpr std::ptrdiff_t kDeepest = 6;  // dots of a name; of deeper ones the end is looked at

  // "google.*" is found as "google.".
  static std::string_view key_of(const Row& row) {
    std::string_view key = row.host;
    if (key.ends_with('*')) key.remove_suffix(1);
    return key;
  }
  [[nodiscard]] std::size_t home(std::string_view key) const {
    return XXH3_64bits(key.data(), key.size()) & (slots_.size() - 1);
  }
  [[nodiscard]] static std::uint64_t letter(std::string_view key) { return std::uint64_t{1} << (key.front() & 63); }
  // Whether any key has its length and first letter; most names need no hash.
  [[nodiscard]] bool may_be_key(std::string_view key) const {
    return (begins_[key.size() % begins_.size()] & letter(key)) != 0;
  }
  [[nodiscard]] std::size_t next(std::size_t slot) const { return (slot + 1) & (slots_.size() - 1); }

  template <class Visit>
  bool visit_suffixes(std::string_view name, Visit& visit) const {
    std::size_t begin = 0;
    for (auto dots = std::ranges::count(name, '.'); dots > kDeepest; --dots) begin = name.find('.', begin) + 1;
    for (;;) {
      const std::string_view key = name.substr(begin);
      if (key.empty()) return false;
      if (may_be_key(key) && visit_key(key, visit)) return true;
      const auto dot = name.find('.', begin);
      if (dot == std::string_view::npos) return false;
      begin = dot + 1;
    }
  }

  template <class Visit>
  bool visit_key(std::string_view key, Visit& visit) const {
    for (std::size_t slot = home(key); slots_[slot] != 0; slot = next(slot)) {
      std::size_t i = slots_[slot] - 1U;
      if (key_of(rows_[i]) != key) continue;
      for (const std::string_view host = rows_[i].host; i < rows_.size() && rows_[i].host == host; ++i)
        if (visit(rows_[i])) return true;
      return false;
    }
    return false;
  }

  std::span<const Row> rows_;
  std::array<std::uint16_t, 512> slots_{};
  std::array<std::uint64_t, 64> begins_{};  // by length: first letters of keys
};

}  // namespace citygate::categories
