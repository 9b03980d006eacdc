// host_hash_aes.h - all suffixes of a name hashed from its end, by AES instructions (x86-64 only).
//
//   www.shop.example.co.example     blocks from the end, the last one not full:
//   ├─ r ──┤├──── 16 ────┤          state = rounds(state ^ block) ... rounds(state ^ rest, length)
//            ├──── 16 ────┤         a suffix of up to 16 bytes is the first block alone, its strange bytes masked out
//
// Cost      a suffix: one masked load and four rounds, no branch that depends on the lengths of labels. The name is read
//           in place: a copy of it would wait in the store buffer for the cache misses of the look-up before.
#pragma once

#if defined(__x86_64__)
#define CITYGATE_HOST_HASH_AES 1
#define CITYGATE_TARGET_AES __attribute__((target("aes,avx2")))

#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "matcher/host_hash.h"

namespace citygate::matcher {

class AesSuffixes {
 public:
  // Both are borrowed.
  CITYGATE_TARGET_AES AesSuffixes(std::string_view name, const NameKeys& keys)
      : keys_(reinterpret_cast<const __m128i*>(keys.aes.data())),
        begin_(name.data()),
        end_(name.data() + name.size()),
        tail_(name.size() >= 16 ? load(end_ - 16) : right_aligned(begin_, name.size())) {
    if (name.size() > 16) state_ = rounds(_mm_xor_si128(keys_[4], tail_), 0);
  }

  // The hash of what begins at `offset` of the name.
  [[nodiscard]] CITYGATE_TARGET_AES std::uint64_t at(std::size_t offset) const {
    const char* const from = begin_ + offset;
    const auto length = static_cast<std::size_t>(end_ - from);
    if (length <= 16) return finish(keys_[4], _mm_and_si128(tail_, load(kMask + length)), length);
    __m128i state = state_;
    const char* block = end_ - 16;
    for (; block - from > 16; block -= 16) state = rounds(_mm_xor_si128(state, load(block - 16)), 0);
    const auto left = static_cast<std::size_t>(block - from);  // 1 to 16; sixteen can be read behind `from`
    return finish(state, _mm_and_si128(load(from), load(kMask + 32 - left)), length);
  }

  // Where the first 64 bytes, or all of a shorter name, have dots: bit n for byte n.
  [[nodiscard]] CITYGATE_TARGET_AES std::uint64_t dots() const {
    const auto size = static_cast<std::size_t>(end_ - begin_);
    if (size < 16) return std::uint64_t{dots_of(tail_)} >> (16 - size);
    std::uint64_t out = 0;
    for (std::size_t at = 0; at + 16 <= size && at < 64; at += 16)
      out |= std::uint64_t{dots_of(load(begin_ + at))} << at;
    if (size < 64) out |= std::uint64_t{dots_of(tail_)} << (size - 16);
    return out;
  }

 private:
  CITYGATE_TARGET_AES static __m128i load(const void* from) {
    return _mm_loadu_si128(static_cast<const __m128i*>(from));
  }
  CITYGATE_TARGET_AES static std::uint32_t dots_of(__m128i bytes) {
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('.'))));
  }
  // The length goes in behind the first substitution, where no byte of a name can make up for it.
  CITYGATE_TARGET_AES __m128i rounds(__m128i state, std::size_t length) const {
    const __m128i first = _mm_xor_si128(keys_[0], _mm_cvtsi64_si128(static_cast<std::int64_t>(length)));
    state = _mm_aesenc_si128(state, first);
    for (int i = 1; i < 4; ++i) state = _mm_aesenc_si128(state, keys_[i]);
    return state;
  }
  CITYGATE_TARGET_AES std::uint64_t finish(__m128i state, __m128i rest, std::size_t length) const {
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(rounds(_mm_xor_si128(state, rest), length)));
  }
  // Fewer than 16 bytes, at the upper end of a register of zeros.
  CITYGATE_TARGET_AES static __m128i right_aligned(const char* from, std::size_t size) {
    std::uint64_t low = 0, high = 0;
    if (size >= 8) {
      std::memcpy(&high, from + size - 8, 8);
      if (size > 8) {
        std::memcpy(&low, from, 8);
        low <<= 8 * (16 - size);
      }
    } else {
      for (std::size_t i = 0; i < size; ++i)
        high |= std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * (8 - size + i));
    }
    return _mm_set_epi64x(static_cast<std::int64_t>(high), static_cast<std::int64_t>(low));
  }

  // From kMask + n: the last n bytes of a block; from kMask + 32 - n: its first n.
  static constexpr unsigned char kMask[48] = {
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,    //
      255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,  //
      0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0,   0};

  const __m128i* keys_;
  const char* begin_;
  const char* end_;
  __m128i tail_;     // the last 16 bytes, or all of a shorter name, right-aligned
  __m128i state_{};  // behind the last 16 bytes, when there are more
};

CITYGATE_TARGET_AES inline std::uint64_t aes_hash_name(std::string_view name, const NameKeys& keys) {
  return AesSuffixes(name, keys).at(0);
}

}  // namespace citygate::matcher
#endif
