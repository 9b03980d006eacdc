// relay_secrets.h - the secrets of a process whose database another one may have taken over: as they were then.
//
// Whoever has changed a password since cannot sign in with either here: the act names a secret that is not among these.
// Owner     Services. Thread: any. Errors: see SecretStore; scan: Storage, never Refused once it has worked.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/act.h"

namespace citygate::app {

class RelaySecrets final : public SecretStore {
 public:
  // Borrowed.
  explicit RelaySecrets(SecretStore& own) : own_(own) {}

  Result<void> put(std::string_view name, std::string_view secret) override { return own_.put(name, secret); }
  Result<void> remove(std::string_view name) override { return own_.remove(name); }
  Result<void> scan(const std::function<void(std::string_view, std::string_view)>& visit) const override;

 private:
  SecretStore& own_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::string> last_;  // as the last scan found them; guarded by mutex_
  mutable bool scanned_ = false;                     // guarded by mutex_
};

}  // namespace citygate::app
