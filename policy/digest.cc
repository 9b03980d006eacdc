#include "policy/digest.h"

#include <openssl/evp.h>

#include "base/result.h"

namespace citygate::policy {

Digest sha256_of(std::string_view text) {
  Digest out{};
  unsigned length = 0;
  CG_CHECK(EVP_Digest(text.data(), text.size(), out.data(), &length, EVP_sha256(), nullptr) == 1);
  CG_CHECK(length == out.size());
  return out;
}

std::uint64_t first_eight(const Digest& digest) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) out = out << 8 | digest[i];
  return out;
}

}  // namespace citygate::policy
