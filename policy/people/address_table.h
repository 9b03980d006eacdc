// address_table.h - whose an address is at a time: ranges with terms, the narrowest first.
//
//   levels: the prefix lengths in use ──▶ one hash probe each: masked address ──▶ terms of that range ──▶ owner
//
// Each level has slots of its own: in a city most ranges are single addresses, and the few wider ones stay in the cache.
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
    int bits = 0;
    std::uint32_t first = 0;  // of slots_
    std::uint32_t last = 0;   // how many slots, less one: a power of two, two thirds full at most
  };
  struct Slot {
    Words base;
    std::uint32_t first = 0;  // of terms_
    std::uint32_t count = 0;  // 0: empty
  };
  struct Term {
    WallTime from, until;
    std::uint32_t owner = 0;
  };
  static Words words_of(const IpAddress& address) noexcept;
  static Words mask_of(int bits) noexcept;
  // Null: no such range.
  [[nodiscard]] const Slot* slot_of(const Words& base, const Level& level) const noexcept;
  Level make_level(int bits, std::size_t ranges);

  KeyedHash hash_;
  std::vector<Slot> slots_;
  std::vector<Term> terms_;         // of one range side by side, by `from`
  std::vector<Level> levels_;       // the longest first
  std::vector<Level> ipv4_, ipv6_;  // those that an address of that kind can lie in
};

}  // namespace citygate::policy
