// warn_register.h - who has read which warning today, and the tokens by which a warning page lets a person go on.
//
// A token is a keyed hash of person, category and day under a key of this process: it cannot be guessed or lent, and
// nothing is kept until it is used. A restart forgets; the warning is then shown once more.
//
// Owner     app; one for all workers. Thread: any (a lock; asked only when a verdict says Warn).
#pragma once

#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "base/ids.h"
#include "proxy/identity/signing_key.h"

namespace citygate::proxy {

class WarnRegister {
 public:
  [[nodiscard]] std::string token(PersonId person, CategoryId category, std::int32_t day) const;
  // True if `token` is the one for these; from then on read() says so until the day ends.
  [[nodiscard]] bool accept(std::string_view token, PersonId person, CategoryId category, std::int32_t day);
  [[nodiscard]] bool read(PersonId person, CategoryId category, std::int32_t day) const;

 private:
  SigningKey key_;
  mutable std::mutex mutex_;
  std::int32_t day_ = 0;                               // guarded by mutex_; older entries are dropped when it changes
  std::set<std::pair<PersonId, CategoryId>> entries_;  // guarded by mutex_
};

}  // namespace citygate::proxy
