#include "matcher/host_items.h"

#include <algorithm>
#include <bit>

namespace citygate::matcher {
namespace {

// Sorts `part` by way of `scratch`: dealt out by the next bits of the hash into bins of about eight, which are sorted
// one by one. A name of very many lines only makes its bin large.
void sort_part(HostItems::Part& part, HostItems::Part& scratch, std::vector<std::uint32_t>& begins) {
  const int bits = std::clamp(static_cast<int>(std::bit_width(part.size())) - 4, 0, 16);
  const auto bin_of = [bits](const HostItem& item) { return (item.hash << 8) >> 8 >> (56 - bits); };
  begins.assign((std::size_t{1} << bits) + 2, 0);
  for (const auto& item : part) ++begins[bin_of(item) + 2];
  for (std::size_t i = 2; i < begins.size(); ++i) begins[i] += begins[i - 1];
  scratch.resize(part.size());
  for (const auto& item : part) scratch[begins[bin_of(item) + 1]++] = item;  // begins[b + 1] ends where bin b does
  for (std::size_t bin = 0; bin + 2 < begins.size(); ++bin)
    std::sort(scratch.begin() + begins[bin], scratch.begin() + begins[bin + 1]);
  part.erase(std::unique_copy(scratch.begin(), scratch.end(), part.begin()), part.end());
}

}  // namespace

void HostItems::sort() {
  Part scratch;
  std::vector<std::uint32_t> begins;
  for (auto& part : parts_) sort_part(part, scratch, begins);
}

}  // namespace citygate::matcher
