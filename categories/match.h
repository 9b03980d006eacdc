// match.h - what the numbers in Classification::matches stand for.
//
//   00 w ssssss...   slot s of hosts.table; w: the name is the whole host, and not one above it
//   01 ssssss...     sign s that the target itself gives (Sign)
//   10 pppppp...     pattern p of the image
//   11 nnnnnn...     override n
#pragma once

#include <cstdint>
#include <string_view>

namespace citygate::categories {

struct Match {
  enum class Kind : std::uint8_t { Slot, Sign, Pattern, Override };
  static constexpr std::uint32_t kNumberBits = 30, kWholeBit = std::uint32_t{1} << 29;

  Kind kind = Kind::Slot;
  bool whole = false;
  std::uint32_t number = 0;

  [[nodiscard]] constexpr std::uint32_t packed() const {
    return static_cast<std::uint32_t>(kind) << kNumberBits | (whole ? kWholeBit : 0) | number;
  }
  [[nodiscard]] static constexpr Match of(std::uint32_t packed) {
    Match out;
    out.kind = static_cast<Kind>(packed >> kNumberBits);
    const std::uint32_t rest = packed & ((std::uint32_t{1} << kNumberBits) - 1);
    out.whole = out.kind == Kind::Slot && (rest & kWholeBit) != 0;
    out.number = out.kind == Kind::Slot ? rest & (kWholeBit - 1) : rest;
    return out;
  }
};

// What needs no list. The number is the line that evidence names.
enum class Sign : std::uint8_t {
  InnerUrl,  // not a category: what follows is of the URL inside
  BareAddress,
};

// What evidence says of it, in words.
[[nodiscard]] std::string_view describe_sign(std::uint32_t number);

}  // namespace citygate::categories
