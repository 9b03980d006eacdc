#include "app/certificates.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/log.h"
#include "base/thread_name.h"
#include "proxy/listen_spec.h"

namespace citygate::app {

std::optional<proxy::CertificateFiles> certificate_files(const Config& config) {
  const bool needed = std::ranges::any_of(config.gateway.listen, [](const std::string& text) {
    const auto spec = proxy::ListenSpec::parse(text);
    return spec && spec->tls;
  });
  if (!needed) return std::nullopt;
  return proxy::CertificateFiles{config.resolve(config.gateway.tls_certificate),
                                 config.resolve(config.gateway.tls_key)};
}

std::string check_certificate(const Config& config, Problems& problems) {
  const auto files = certificate_files(config);
  if (!files || config.gateway.tls_certificate.empty() || config.gateway.tls_key.empty()) return {};
  const auto context = proxy::TlsContext::load(*files, std::make_shared<proxy::TicketKeys>());
  if (!context) {
    problems.add(config.file.string(), 0, context.error().context);
    return {};
  }
  const std::string warning = (*context)->warning(SystemClock().now());
  return fmt::format("tls       {}{}", (*context)->description(),
                     warning.empty() ? std::string() : "\nWARNING   " + warning);
}

void Certificates::end_watch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<Certificates::Read> Certificates::read(const Config& config) const {
  Read out;
  out.files_ = certificate_files(config);
  out.interval_ = config.gateway.tls_watch_interval;
  if (!out.files_) return out;
  out.seen_ = look(*out.files_);  // first: what changes while it is read is seen by the watch
  CG_TRY(context, proxy::TlsContext::load(*out.files_, tickets_));
  out.context_ = context;
  if (const auto warning = context->warning(SystemClock().now()); !warning.empty()) log::warning("{}", warning);
  return out;
}

void Certificates::take(Read read) {
  {
    const std::lock_guard lock(mutex_);
    files_ = std::move(read.files_);
    seen_ = read.seen_;
    in_force_ = std::move(read.context_);
    interval_ = read.interval_;
  }
  wake_.notify_all();
}

std::shared_ptr<const proxy::TlsContext> Certificates::in_force() const {
  const std::lock_guard lock(mutex_);
  return in_force_;
}

void Certificates::watch(std::function<bool()> on_new) {
  on_new_ = std::move(on_new);
  thread_ = std::thread([this] { run(); });
}

void Certificates::run() {
  name_this_thread("certificates");
  bool owed = false;  // on_new_ has not taken it yet
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto interval = interval_;
    wake_.wait_for(lock, interval, [&] { return ending_ || interval_ != interval; });
    if (ending_ || !files_) continue;
    lock.unlock();
    if (renew()) owed = true;
    if (owed) owed = !on_new_();
    lock.lock();
  }
}

bool Certificates::renew() {
  std::unique_lock lock(mutex_);
  const auto files = files_;
  const State before = seen_;
  lock.unlock();
  const State now = look(*files);
  if (now == before) return false;
  auto context = proxy::TlsContext::load(*files, tickets_);
  lock.lock();
  if (files_ != files) return false;  // a reload has named others meanwhile
  seen_ = now;
  if (!context) {
    // As likely as not only one file of the pair has been replaced so far; the other one will be seen.
    log::error("the certificate on disk has changed but cannot be used, the one before stays in force: {}",
               context.error().context);
    return false;
  }
  in_force_ = std::move(*context);
  log::info("the certificate has changed: {}", in_force_->description());
  if (const auto warning = in_force_->warning(SystemClock().now()); !warning.empty()) log::warning("{}", warning);
  return true;
}

Certificates::State Certificates::look(const proxy::CertificateFiles& files) {
  const auto one = [](const std::filesystem::path& path) -> State::File {
    struct stat about{};
    if (::stat(path.c_str(), &about) != 0) return {};
    return {.device = about.st_dev,
            .inode = about.st_ino,
            .bytes = about.st_size,
            .changed_ns = about.st_mtim.tv_sec * std::int64_t{1'000'000'000} + about.st_mtim.tv_nsec};
  };
  return {.certificate = one(files.certificate), .key = one(files.key)};
}

}  // namespace citygate::app
