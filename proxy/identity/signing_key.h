// signing_key.h - signatures of what is given away and comes back to us: links, forms, leave to go on after a warning.
//
// The key is random and of this process: after a restart nothing that was signed before is right.
// Thread    any; constant once made. Cost: an HMAC-SHA-256.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace citygate::proxy {

class SigningKey {
 public:
  SigningKey();
  // 32 hexadecimal digits: the first half of the HMAC-SHA-256 of `text`.
  [[nodiscard]] std::string sign(std::string_view text) const;
  // Whether that is the signature of `text`; in constant time.
  [[nodiscard]] bool has_signed(std::string_view text, std::string_view signature) const;

 private:
  std::array<unsigned char, 32> key_{};
};

[[nodiscard]] std::string random_hex(std::size_t bytes);  // two digits for each

}  // namespace citygate::proxy
