#include "console/portal/certificate.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "proxy/tls/self_signed.h"

namespace citygate::console {

Result<Certificate> CertificateSource::load() {
  const CertificateChoice choice = choose_();
  next_look_ = std::chrono::steady_clock::now() + choice.watch_interval;
  const SystemClock clock;  // clients go by the real time, not by one that tests drive
  if (choice.self_signed && !proxy::self_signed_serves(choice.files, choice.names, choice.addresses, clock.now())) {
    CG_TRY_VOID(proxy::make_self_signed(choice.files, choice.names, choice.addresses, clock.now()));
    log::warning(
        "portal: a self-signed certificate was made in {}; browsers warn of it until portal.certificate and portal.key "
        "name one that the city's machines trust",
        choice.files.certificate.string());
  }
  seen_ = state_of(choice.files);  // first: what changes while it is read is seen at the next look
  CG_TRY(checked, proxy::TlsContext::load(choice.files, std::make_shared<proxy::TicketKeys>()));
  if (const auto warning = checked->warning(clock.now()); !warning.empty()) log::warning("portal: {}", warning);
  CG_TRY(certificate, read_file(choice.files.certificate));
  CG_TRY(key, read_file(choice.files.key));
  return Certificate{.certificate = std::move(certificate), .key = std::move(key)};
}

std::optional<Certificate> CertificateSource::changed() {
  if (std::chrono::steady_clock::now() < next_look_) return std::nullopt;
  const CertificateChoice choice = choose_();
  next_look_ = std::chrono::steady_clock::now() + choice.watch_interval;
  const SystemClock clock;
  const bool ends =
      choice.self_signed && !proxy::self_signed_serves(choice.files, choice.names, choice.addresses, clock.now());
  if (!ends && state_of(choice.files) == seen_) return std::nullopt;
  auto loaded = load();
  if (!loaded) {
    log::error("portal: the certificate on disk has changed but cannot be used, the one before stays in force: {}",
               loaded.error().context);
    return std::nullopt;
  }
  log::info("portal: the certificate has changed");
  return *std::move(loaded);
}

std::string CertificateSource::state_of(const proxy::CertificateFiles& files) const {
  std::string out;
  for (const auto& path : {files.certificate, files.key}) {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) about = {};
    out += fmt::format("{} {} {} {} {}.{}\n", path.string(), about.st_dev, about.st_ino, about.st_size,
                       about.st_mtim.tv_sec, about.st_mtim.tv_nsec);
  }
  return out;
}

}  // namespace citygate::console
