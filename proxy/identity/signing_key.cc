#include "proxy/identity/signing_key.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <vector>

#include "base/hex.h"
#include "base/result.h"

namespace citygate::proxy {

std::string random_hex(std::size_t bytes) {
  std::vector<unsigned char> out(bytes);
  CG_CHECK(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
  return to_hex(out);
}

SigningKey::SigningKey() { CG_CHECK(RAND_bytes(key_.data(), static_cast<int>(key_.size())) == 1); }

std::string SigningKey::sign(std::string_view text) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  CG_CHECK(HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length) != nullptr);
  return to_hex(std::span(digest).first(16));
}

bool SigningKey::has_signed(std::string_view text, std::string_view signature) const {
  const std::string right = sign(text);
  return signature.size() == right.size() && CRYPTO_memcmp(signature.data(), right.data(), right.size()) == 0;
}

}  // namespace citygate::proxy
