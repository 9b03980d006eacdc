#include "proxy/warn_register.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/result.h"

namespace citygate::proxy {

WarnRegister::WarnRegister() { CG_CHECK(RAND_bytes(key_.data(), static_cast<int>(key_.size())) == 1); }

std::string WarnRegister::token(PersonId person, CategoryId category, std::int32_t day) const {
  const std::string text = fmt::format("{}/{}/{}", person.value, category.value, day);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  CG_CHECK(HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
                reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &length) != nullptr);
  std::string out;
  for (std::size_t i = 0; i < 16; ++i) out += fmt::format("{:02x}", digest[i]);
  return out;
}

bool WarnRegister::accept(std::string_view token_seen, PersonId person, CategoryId category, std::int32_t day) {
  const std::string right = token(person, category, day);
  if (token_seen.size() != right.size() || CRYPTO_memcmp(token_seen.data(), right.data(), right.size()) != 0)
    return false;
  std::lock_guard lock(mutex_);
  if (day_ != day) entries_.clear();
  day_ = day;
  entries_.emplace(person, category);
  return true;
}

bool WarnRegister::read(PersonId person, CategoryId category, std::int32_t day) const {
  std::lock_guard lock(mutex_);
  return day_ == day && entries_.contains({person, category});
}

}  // namespace citygate::proxy
