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
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    if (a.range != b.range) return a.range < b.range;
    return a.from < b.from;
  });
  slots_.resize(std::bit_ceil(std::max<std::size_t>(entries.size() + entries.size() / 2, 1) + 1));
  terms_.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size();) {
    const Cidr range = entries[i].range;
    const int bits = range.prefix_bits();
    if (meets_ipv4(range)) add_level(ipv4_, bits);
    if (meets_ipv6(range)) add_level(ipv6_, bits);
    Slot slot{.base = words_of(range.base()), .first = static_cast<std::uint32_t>(terms_.size())};
    slot.bits = static_cast<std::uint8_t>(bits);
    for (; i < entries.size() && entries[i].range == range; ++i) {
      terms_.push_back({entries[i].from, entries[i].until, entries[i].owner});
      ++slot.count;
    }
    std::size_t at = start_of(slot.base, slot.bits);
    while (slots_[at].count != 0) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = slot;
  }
}

void AddressTable::add_level(std::vector<Level>& levels, int bits) {
  const auto at = std::ranges::lower_bound(levels, bits, std::ranges::greater(), &Level::bits);
  if (at == levels.end() || at->bits != bits) levels.insert(at, {mask_of(bits), static_cast<std::uint8_t>(bits)});
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
    const Words base{words.high & level.mask.high, words.low & level.mask.low};
    const Slot* slot = slot_of(base, level.bits);
    if (!slot) continue;
    const std::span terms(terms_.data() + slot->first, slot->count);
    const auto next = std::ranges::upper_bound(terms, now, {}, &Term::from);
    if (next != terms.begin() && now < std::prev(next)->until) return std::prev(next)->owner;
  }
  return kNobody;
}

const AddressTable::Slot* AddressTable::slot_of(const Words& base, std::uint8_t bits) const noexcept {
  for (std::size_t at = start_of(base, bits); slots_[at].count != 0; at = (at + 1) & (slots_.size() - 1))
    if (slots_[at].base == base && slots_[at].bits == bits) return &slots_[at];
  return nullptr;
}

std::vector<std::uint32_t> AddressTable::owners_of(const Cidr& range) const {
  std::vector<std::uint32_t> out;
  if (slots_.empty()) return out;
  if (const Slot* slot = slot_of(words_of(range.base()), static_cast<std::uint8_t>(range.prefix_bits())))
    for (std::uint32_t i = 0; i < slot->count; ++i) out.push_back(terms_[slot->first + i].owner);
  return out;
}

}  // namespace citygate::policy
