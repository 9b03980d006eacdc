// certificate.h - the certificate that the portal shows: which files it comes from, and when they have changed.
//
// Thread    the portal's door, after the first load().
// Errors    as proxy::TlsContext::load; Storage where a self-signed one cannot be written.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "console/portal/http_server.h"
#include "proxy/tls/tls_context.h"

namespace citygate::console {

struct CertificateChoice {
  proxy::CertificateFiles files;
  // No file is configured: the one in `files` is made, and made anew in time, for these.
  bool self_signed = false;
  std::vector<std::string> names{};
  std::vector<IpAddress> addresses{};
  std::chrono::milliseconds watch_interval{60'000};
};

class CertificateSource {
 public:
  // `choose` is asked at each look: a reload may name other files.
  CertificateSource(std::function<CertificateChoice()> choose, const Clock& clock)
      : choose_(std::move(choose)), clock_(clock) {}

  [[nodiscard]] Result<Certificate> load();
  // Nothing: unchanged, or not to be used as it stands, which the log says once.
  [[nodiscard]] std::optional<Certificate> changed();

 private:
  [[nodiscard]] std::string state_of(const proxy::CertificateFiles& files) const;

  std::function<CertificateChoice()> choose_;
  const Clock& clock_;
  std::string seen_;
  MonoTime next_look_{};
};

}  // namespace citygate::console
