#include "proxy/identity/password_hash.h"

#include <argon2.h>
#include <sys/random.h>

#include <array>
#include <cstring>

namespace citygate::proxy {
namespace {

// As the Authenticator's decoy: a name that is not there must cost what a wrong password costs.
constexpr std::uint32_t kPasses = 3, kMemoryKib = 1 << 16, kLanes = 1, kHashBytes = 32;

}  // namespace

Result<std::string> hash_password(std::string_view password) {
  std::array<unsigned char, 16> salt{};
  // Up to 256 bytes come whole or not at all.
  if (::getrandom(salt.data(), salt.size(), 0) != static_cast<ssize_t>(salt.size()))
    return fail_errno("random bytes", Error::Kind::Bug);
  std::string out(argon2_encodedlen(kPasses, kMemoryKib, kLanes, salt.size(), kHashBytes, Argon2_id), '\0');
  const int status = argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.data(), password.size(), salt.data(),
                                           salt.size(), kHashBytes, out.data(), out.size());
  if (status != ARGON2_OK) return fail(Error::Kind::Bug, argon2_error_message(status));
  out.resize(std::strlen(out.c_str()));
  return out;
}

}  // namespace citygate::proxy
