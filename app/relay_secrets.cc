#include "app/relay_secrets.h"

namespace citygate::app {

Result<void> RelaySecrets::scan(const std::function<void(std::string_view, std::string_view)>& visit) const {
  std::map<std::string, std::string> found;
  const auto done =
      own_.scan([&found](std::string_view name, std::string_view secret) { found.emplace(name, secret); });
  std::lock_guard lock(mutex_);
  if (done) {
    last_ = std::move(found);
    scanned_ = true;
  } else if (done.error().kind != Error::Kind::Refused || !scanned_) {
    return done;
  }
  for (const auto& [name, secret] : last_) visit(name, secret);
  return {};
}

}  // namespace citygate::app
