// host_items.h - what a table is built from: one item per naming, gathered in 256 parts by hash and sorted part by part.
//
// Thread    one.
// Cost      24 bytes an item. Sorting: two passes over a part that fits the second-level cache, and a few comparisons
//           per item; nothing is merged, because the parts follow each other.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <vector>

#include "matcher/host_lines.h"

namespace citygate::matcher {

struct HostItem {
  std::uint64_t hash = 0;
  std::uint64_t identity = 0;  // an independent hash of the name: tells apart two names of one hash
  Naming naming;
  friend auto operator<=>(const HostItem&, const HostItem&) = default;
};
static_assert(sizeof(HostItem) == 24);

// Lines that are kept of one mark of one name, the first ones: evidence needs one, and a list that says the same a million times must
// not make it dear.
inline constexpr std::size_t kLinesPerMark = 16;

class HostItems {
 public:
  using Part = std::vector<HostItem>;

  void add(const HostItem& item) { parts_[item.hash >> 56].push_back(item); }
  // Ascending within each part, equal items once. The parts ascend among each other.
  void sort();
  [[nodiscard]] std::array<Part, 256>& parts() { return parts_; }

 private:
  std::array<Part, 256> parts_;
};

}  // namespace citygate::matcher
