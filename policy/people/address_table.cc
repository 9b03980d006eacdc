#include "policy/people/address_table.h"

#include <algorithm>
#include <bit>

namespace citygate::policy {
namespace {

// Prefixes of IPv4 ranges count over the mapped form.
constexpr int kIpv4Prefix = 96;

bool meets_ipv4(const Cidr& range) {
  return range.base().is_v4() || (range.prefix_bits() < kIpv4Prefix && range.contains(IpAddress::v4(0)));
}
bool meets_ipv6(const Cidr& range) { return !range.base().is_v4() || range.prefix_bits() < kIpv4Prefix; }

}  // namespace

AddressTable::AddressTable(std::vector<Entry> entries) {
  // The longest prefixes first; of one range by time.
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    if (a.range.prefix_bits() != b.range.prefix_bits()) return a.range.prefix_bits() > b.range.prefix_bits();
    if (a.range != b.range) return a.range < b.range;
    return a.from < b.from;
  });
  terms_.reserve(entries.size());
  for (auto first = entries.cbegin(); first != entries.cend();) {
    const int bits = first->range.prefix_bits();
    const auto end =
        std::find_if(first, entries.cend(), [bits](const Entry& each) { return each.range.prefix_bits() != bits; });
    const Level level = make_level(bits, static_cast<std::size_t>(end - first));
    bool ipv4 = false, ipv6 = false;
    while (first != end) {
      const Cidr range = first->range;
      ipv4 |= meets_ipv4(range);
      ipv6 |= meets_ipv6(range);
      Slot slot{.base = words_of(range.base()), .first = static_cast<std::uint32_t>(terms_.size())};
      for (; first != end && first->range == range; ++first, ++slot.count)
        terms_.push_back({first->from, first->until, first->owner});
      auto at = static_cast<std::uint32_t>(hash_(slot.base.high, slot.base.low)) & level.last;
      while (slots_[level.first + at].count != 0) at = (at + 1) & level.last;
      slots_[level.first + at] = slot;
    }
    levels_.push_back(level);
    if (ipv4) ipv4_.push_back(level);
    if (ipv6) ipv6_.push_back(level);
  }
}

AddressTable::Level AddressTable::make_level(int bits, std::size_t ranges) {
  const std::size_t slots = std::bit_ceil(ranges + ranges / 2 + 1);
  Level out{.mask = mask_of(bits), .bits = bits, .first = static_cast<std::uint32_t>(slots_.size())};
  out.last = static_cast<std::uint32_t>(slots - 1);
  slots_.resize(slots_.size() + slots);
  return out;
}

AddressTable::Words AddressTable::words_of(const IpAddress& address) noexcept {
  const auto& bytes = address.bytes();
  Words out;
  for (std::size_t i = 0; i < 8; ++i) out.high = out.high << 8 | bytes[i];
  for (std::size_t i = 8; i < 16; ++i) out.low = out.low << 8 | bytes[i];
  return out;
}

AddressTable::Words AddressTable::mask_of(int bits) noexcept {
  constexpr auto ones = [](int count) {
    return count <= 0 ? 0 : count >= 64 ? ~std::uint64_t{0} : ~(~std::uint64_t{0} >> count);
  };
  return {ones(bits), ones(bits - 64)};
}

std::uint32_t AddressTable::find(const IpAddress& address, WallTime now) const noexcept {
  const Words words = words_of(address);
  for (const Level& level : address.is_v4() ? ipv4_ : ipv6_) {
    const Slot* slot = slot_of({words.high & level.mask.high, words.low & level.mask.low}, level);
    if (!slot) continue;
    const std::span terms(terms_.data() + slot->first, slot->count);
    const auto next = std::ranges::upper_bound(terms, now, {}, &Term::from);
    if (next != terms.begin() && now < std::prev(next)->until) return std::prev(next)->owner;
  }
  return kNobody;
}

const AddressTable::Slot* AddressTable::slot_of(const Words& base, const Level& level) const noexcept {
  const Slot* const slots = slots_.data() + level.first;
  for (auto at = static_cast<std::uint32_t>(hash_(base.high, base.low)) & level.last; slots[at].count != 0;
       at = (at + 1) & level.last)
    if (slots[at].base == base) return &slots[at];
  return nullptr;
}

std::vector<std::uint32_t> AddressTable::owners_of(const Cidr& range) const {
  std::vector<std::uint32_t> out;
  const auto level = std::ranges::find(levels_, range.prefix_bits(), &Level::bits);
  const Slot* slot = level == levels_.end() ? nullptr : slot_of(words_of(range.base()), *level);
  for (std::uint32_t i = 0; slot && i < slot->count; ++i) out.push_back(terms_[slot->first + i].owner);
  return out;
}

}  // namespace citygate::policy
