// password_hash.h - makes the argon2id hashes that the people file holds and the Authenticator verifies.
//
// Cost      tens of milliseconds and 64 MiB, by design; never on a worker.
// Errors    Bug with what argon2 or the system's random source said.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace citygate::proxy {

// "$argon2id$v=19$m=65536,t=3,p=1$...": a fresh salt each time.
[[nodiscard]] Result<std::string> hash_password(std::string_view password);

}  // namespace citygate::proxy
