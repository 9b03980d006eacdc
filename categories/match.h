// match.h - what the numbers in Classification::matches stand for.
//
//   bits 31-29  kind
//   bit 28      Slot: the name is the whole host, and not one above it
//               Pattern: it took too long to tell whether it matches, and counts as one that does
//   bits 27-0   Slot      place in hosts.table
//               Sign      0: what follows is of a URL inside the one before; else 1 + UrlSign
//               Pattern   its number in the image
//               Term      6 bits file, 22 bits line of the phrase that a search fell under
//               Override  its number
//               Except    place in hosts.table: of what stands there the deep exceptions, which hold for what follows
#pragma once

#include <cstdint>
#include <string_view>

namespace citygate::categories {

struct Match {
  enum class Kind : std::uint8_t { Slot, Sign, Pattern, Term, Override, Except };
  static constexpr std::uint32_t kKindShift = 29, kFlagBit = std::uint32_t{1} << 28, kNumberMask = kFlagBit - 1;
  static constexpr std::uint32_t kTermLineBits = 22;

  Kind kind = Kind::Slot;
  bool flag = false;  // bit 28
  std::uint32_t number = 0;

  [[nodiscard]] constexpr std::uint32_t packed() const {
    return static_cast<std::uint32_t>(kind) << kKindShift | (flag ? kFlagBit : 0) | (number & kNumberMask);
  }
  [[nodiscard]] static constexpr Match of(std::uint32_t packed) {
    return {static_cast<Kind>(packed >> kKindShift), (packed & kFlagBit) != 0, packed & kNumberMask};
  }
};

inline constexpr Match kInnerUrl{Match::Kind::Sign, false, 0};

// What evidence says of sign 1 + UrlSign, in words.
[[nodiscard]] std::string_view describe_sign(std::uint32_t number);

}  // namespace citygate::categories
