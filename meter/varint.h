// varint.h - numbers as bytes: seven bits each, the low ones first, the high bit says that more follow (LEB128).
//
// Signed numbers are folded first, so that small ones of either sign stay short: 0, -1, 1, -2 → 0, 1, 2, 3.
// Cost: no allocation in put(char*); at most kMaxVarint bytes a number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace citygate::meter {

inline constexpr std::size_t kMaxVarint = 10;

constexpr std::uint64_t fold_sign(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unfold_sign(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
}

// Writes at `to`, where kMaxVarint bytes must be free; the end of what was written.
inline char* put_varint(char* to, std::uint64_t value) {
  while (value >= 0x80) {
    *to++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *to++ = static_cast<char>(value);
  return to;
}
inline void append_varint(std::string& to, std::uint64_t value) {
  char bytes[kMaxVarint];
  to.append(bytes, put_varint(bytes, value));
}
inline void append_signed(std::string& to, std::int64_t value) { append_varint(to, fold_sign(value)); }

// Reads from the front of a view. After the first number that is cut off or too long, ok() is false and all further
// numbers are 0.
class VarintReader {
 public:
  explicit VarintReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::uint64_t number() {
    if (at_ != end_ && static_cast<signed char>(*at_) >= 0) return static_cast<unsigned char>(*at_++);
    return longer();
  }
  std::int64_t signed_number() { return unfold_sign(number()); }
  // A number that has to fit; else the reader fails.
  template <class T>
  T small() {
    const std::uint64_t value = number();
    if (value > static_cast<T>(-1)) fail();
    return static_cast<T>(value);
  }
  std::string_view bytes(std::uint64_t count) {
    if (count > static_cast<std::uint64_t>(end_ - at_)) {
      fail();
      return {};
    }
    const std::string_view out(at_, static_cast<std::size_t>(count));
    at_ += count;
    return out;
  }
  void fail() {
    ok_ = false;
    at_ = end_;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return at_ == end_; }
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

 private:
  std::uint64_t longer() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; at_ != end_ && shift < 70; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      if (shift == 63 && byte > 1) break;
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    fail();
    return 0;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace citygate::meter
