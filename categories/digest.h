// digest.h - SHA-256 over what comes in pieces; ids of generations and sources are its first 8 bytes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

struct evp_md_ctx_st;

namespace citygate::categories {

class Digest {
 public:
  Digest();
  void add(std::string_view bytes);
  // A length goes before the bytes, so that no two sequences of fields look alike.
  void add_field(std::string_view bytes);
  [[nodiscard]] std::string finish_hex();  // 64 digits; once

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

[[nodiscard]] std::string hex16(std::uint64_t value);
[[nodiscard]] std::optional<std::uint64_t> parse_hex16(std::string_view text);

// RFC 3339, UTC, whole seconds.
[[nodiscard]] std::string utc_text(WallTime time);
[[nodiscard]] std::optional<WallTime> parse_utc_text(std::string_view text);
[[nodiscard]] std::string utc_now();

}  // namespace citygate::categories
