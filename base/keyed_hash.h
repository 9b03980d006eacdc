// keyed_hash.h - a hash under a random key, so that nobody outside can choose addresses or names that meet.
//
// Thread: any. Cost: two multiplications for sixteen bytes.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <string_view>

#include "base/address.h"

namespace citygate {

class KeyedHash {
 public:
  KeyedHash() : key_{random_word(), random_word() | 1} {}

  [[nodiscard]] std::uint64_t operator()(std::uint64_t high, std::uint64_t low) const {
    return fold(fold(high ^ key_[0], key_[1]) ^ low, key_[1] ^ kOdd);
  }
  [[nodiscard]] std::uint64_t operator()(std::string_view text) const {
    std::uint64_t out = text.size();
    for (; text.size() > 8; text.remove_prefix(8)) out = (*this)(out, word(text));
    return (*this)(out, word(text));
  }
  // Of an IPv6 address only its first bits count.
  [[nodiscard]] std::uint64_t operator()(const IpAddress& address, unsigned ipv6_prefix) const {
    const unsigned bits = address.is_v4() ? 128 : ipv6_prefix;
    const auto& bytes = address.bytes();
    return (*this)(first_bits(bytes.data(), bits), first_bits(bytes.data() + 8, bits > 64 ? bits - 64 : 0));
  }

 private:
  static constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;

  static std::uint64_t random_word() {
    std::random_device device;
    return (std::uint64_t{device()} << 32) | device();
  }
  // 64 by 64 bits folded into 64: the mixing step of the wyhash family.
  static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
  }
  static std::uint64_t word(std::string_view text) {
    std::uint64_t out = 0;
    if (!text.empty()) std::memcpy(&out, text.data(), text.size() < 8 ? text.size() : 8);  // an empty view may have no address
    return out;
  }
  static std::uint64_t first_bits(const std::uint8_t* bytes, unsigned bits) {
    std::uint64_t out = 0;
    for (int i = 0; i < 8; ++i) out = out << 8 | bytes[i];
    return bits >= 64 ? out : bits == 0 ? 0 : out & ~(~std::uint64_t{0} >> bits);
  }

  std::uint64_t key_[2];
};

}  // namespace citygate
