#include "proxy/identity/form_token.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <iterator>
#include <span>

#include "base/result.h"

namespace citygate::proxy {
namespace {

std::string hex(std::span<const unsigned char> bytes) {
  std::string out;
  for (const unsigned char byte : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  return out;
}

}  // namespace

std::string new_cookie() {
  std::array<unsigned char, 32> bytes;
  CG_CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
  return hex(bytes);
}

FormTokens::FormTokens() { CG_CHECK(RAND_bytes(key_.data(), static_cast<int>(key_.size())) == 1); }

std::string FormTokens::token(std::string_view cookie, const IpAddress& client, std::string_view purpose) const {
  const std::string text = fmt::format("{}\n{}\n{}", purpose, client.to_string(), cookie);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  CG_CHECK(HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length) != nullptr);
  return hex({digest, 16});
}

bool FormTokens::right(std::string_view seen, std::string_view cookie, const IpAddress& client,
                       std::string_view purpose) const {
  const std::string expected = token(cookie, client, purpose);
  return !cookie.empty() && seen.size() == expected.size() &&
         CRYPTO_memcmp(seen.data(), expected.data(), expected.size()) == 0;
}

}  // namespace citygate::proxy
