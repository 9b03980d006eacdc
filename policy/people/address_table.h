// address_table.h - whose an address is at a time: ranges with terms, the narrowest first.
//
//   levels: the prefix lengths in use ──▶ one hash probe each: masked address ──▶ terms of that range ──▶ owner
//
// Owner     Directory. Immutable once built. Thread: any. Cost: find() one probe a prefix length, no allocation; 24 bytes
//           a slot and 24 a term.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/keyed_hash.h"

namespace citygate::policy {

class AddressTable {
 public:
  static constexpr std::uint32_t kNobody = 0xFFFFFFFF;

  struct Entry {
    Cidr range;
    WallTime from, until;
    std::uint32_t owner = 0;  // not kNobody
  };
  AddressTable() = default;
  // Of one range, no two entries hold at the same time.
  explicit AddressTable(std::vector<Entry> entries);

  [[nodiscard]] std::uint32_t find(const IpAddress& address, WallTime now) const noexcept;
  // Of exactly this range, in the order of time.
  [[nodiscard]] std::vector<std::uint32_t> owners_of(const Cidr& range) const;

 private:
  struct Words {
    std::uint64_t high = 0, low = 0;
    friend bool operator==(const Words&, const Words&) = default;
  };
  struct Level {
    Words mask;
    std::uint8_t bits = 0;
  };
  struct Slot {
    Words base;
    std::uint32_t first = 0;  // of terms_
    std::uint32_t count : 24 = 0, bits : 8 = 0;
  };
  struct Term {
    WallTime from, until;
    std::uint32_t owner = 0;
  };
  static Words words_of(const IpAddress& address) noexcept;
  static Words mask_of(int bits) noexcept;
  [[nodiscard]] const Slot* slot_of(const Words& base, std::uint8_t bits) const noexcept;  // null: no such range
  static void add_level(std::vector<Level>& levels, int bits);
  [[nodiscard]] std::size_t start_of(const Words& base, std::uint8_t bits) const noexcept {
    return hash_(base.high ^ bits, base.low) & (slots_.size() - 1);
  }

  KeyedHash hash_;
  std::vector<Slot> slots_;         // a power of two, two thirds full at most; count 0: empty
  std::vector<Term> terms_;         // of one range side by side, by `from`
  std::vector<Level> ipv4_, ipv6_;  // that an address of that kind can lie in; the longest first
};

}  // namespace citygate::policy
