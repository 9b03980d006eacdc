#include "proxy/net/dns_message.h"

#include <algorithm>
#include <cstddef>

namespace citygate::proxy {

namespace {

constexpr std::size_t kHeaderBytes = 12;
constexpr unsigned kSoa = 6, kInternet = 1;

// Reads from front to back; after the first byte that is not there nothing is read any more.
class Cursor {
 public:
  explicit Cursor(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  void skip(std::size_t count) {
    if (count > bytes_.size() - at_)
      ok_ = false;
    else
      at_ += count;
  }
  std::uint32_t number(std::size_t width) {
    const std::size_t from = at_;
    skip(width);
    std::uint32_t value = 0;
    for (std::size_t i = 0; ok_ && i < width; ++i) value = value << 8 | bytes_[from + i];
    return value;
  }
  // Nothing is followed: a pointer ends a name where it stands (RFC 1035 section 4.1.4), so no name is read twice.
  void skip_name() {
    while (ok_) {
      const std::uint32_t length = number(1);
      if (length == 0) return;
      if (length >= 0xc0) return skip(1);
      if (length >= 0x40) ok_ = false;
      skip(length);
    }
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace

std::optional<std::chrono::seconds> negative_ttl(std::span<const std::uint8_t> reply) {
  if (reply.size() < kHeaderBytes) return std::nullopt;
  Cursor cursor(reply);
  cursor.skip(4);
  const std::uint32_t questions = cursor.number(2), answers = cursor.number(2), authorities = cursor.number(2);
  cursor.skip(2);
  for (std::uint32_t i = 0; cursor.ok() && i < questions; ++i) {
    cursor.skip_name();
    cursor.skip(4);
  }
  for (std::uint32_t i = 0; cursor.ok() && i < answers + authorities; ++i) {
    cursor.skip_name();
    const std::uint32_t type = cursor.number(2), of_class = cursor.number(2), ttl = cursor.number(4);
    const std::uint32_t length = cursor.number(2);
    if (i < answers || type != kSoa || of_class != kInternet) {
      cursor.skip(length);
      continue;
    }
    cursor.skip_name();  // MNAME, RNAME, then SERIAL, REFRESH, RETRY, EXPIRE
    cursor.skip_name();
    cursor.skip(16);
    const std::uint32_t minimum = cursor.number(4);
    if (!cursor.ok()) return std::nullopt;
    // RFC 2181 section 8: a TTL with the top bit set counts as zero.
    const std::uint32_t least = std::min(ttl, minimum);
    return std::chrono::seconds(least > 0x7fffffff ? 0 : least);
  }
  return std::nullopt;
}

}  // namespace citygate::proxy
