#include "proxy/portal_address.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/percent_encoding.h"
#include "base/result.h"

namespace citygate::proxy {
namespace {

bool unreserved(char c) {  // RFC 3986 section 2.3
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

std::string encoded(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  for (const char c : text) {
    if (unreserved(c))
      out.push_back(c);
    else
      append_percent_encoded(c, out);
  }
  return out;
}

std::string signature_of(const PortalAddress::Key& key, std::string_view to) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  CG_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                reinterpret_cast<const unsigned char*>(to.data()), to.size(), digest, &length) != nullptr);
  std::string out;
  for (std::size_t i = 0; i < 16; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

}  // namespace

std::string PortalAddress::origin() const {
  return port == 443 ? fmt::format("https://{}", host) : fmt::format("https://{}:{}", host, port);
}

std::string PortalAddress::link_back(std::string_view to) const {
  const std::string there = encoded(to);
  if (there.empty() || there.size() > kLongestTo) return origin() + "/";
  return fmt::format("{}/?{}={}&{}={}", origin(), kTo, there, kSignature, signature_of(key, to));
}

bool PortalAddress::opens(std::string_view to, std::string_view signature) const {
  const std::string right = signature_of(key, to);
  return signature.size() == right.size() && CRYPTO_memcmp(signature.data(), right.data(), right.size()) == 0;
}

PortalAddress::Key PortalAddress::new_key() {
  Key key{};
  CG_CHECK(RAND_bytes(key.data(), static_cast<int>(key.size())) == 1);
  return key;
}

}  // namespace citygate::proxy
