// certificates.h - the certificate that TLS listeners show, kept current while the gateway runs.
//
//   gateway.tls_certificate, gateway.tls_key ─ start, reload, or a look every gateway.tls_watch_interval ─▶ in_force()
//
// A new pair is checked whole before it is shown; while it is not right, the old one stays in force and the log says
// what is wrong with the new one. Connections that are open keep the certificate that they began with. Owner Gateway.
// Thread: any; the watch has one of its own.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/config.h"
#include "proxy/tls/tls_context.h"

namespace citygate::app {

// The pair that `config` names; nothing where no listener speaks TLS.
[[nodiscard]] std::optional<proxy::CertificateFiles> certificate_files(const Config& config);
// For `check`: what is wrong goes to `problems`; returns a line about the certificate, "" without TLS.
[[nodiscard]] std::string check_certificate(const Config& config, Problems& problems);

class Certificates {
 public:
  Certificates() = default;
  ~Certificates() { end_watch(); }
  Certificates(const Certificates&) = delete;
  Certificates& operator=(const Certificates&) = delete;

  class Read;
  // Reads what `config` names, and shows it to nobody yet.
  [[nodiscard]] Result<Read> read(const Config& config) const;
  void take(Read read);  // into force
  [[nodiscard]] std::shared_ptr<const proxy::TlsContext> in_force() const;

  // From now on `on_new` is called, from the watch's thread, after a pair that changed on disk has come into force;
  // when it says false, again at the next look.
  void watch(std::function<bool()> on_new);
  void end_watch();  // when it returns, on_new is not called any more

 private:
  // What tells one state of the files from another.
  struct State {
    struct File {
      std::uint64_t device = 0, inode = 0;
      std::int64_t bytes = 0, changed_ns = 0;
      friend bool operator==(const File&, const File&) = default;
    } certificate, key;
    friend bool operator==(const State&, const State&) = default;
  };
  static State look(const proxy::CertificateFiles& files);
  void run();
  [[nodiscard]] bool renew();  // true: another pair is in force

  const std::shared_ptr<proxy::TicketKeys> tickets_ = std::make_shared<proxy::TicketKeys>();
  std::function<bool()> on_new_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;  // with mutex_
  // Guarded by mutex_.
  std::optional<proxy::CertificateFiles> files_;
  State seen_;  // of files_, when they were read last
  std::shared_ptr<const proxy::TlsContext> in_force_;
  std::chrono::milliseconds interval_{60'000};
  bool ending_ = false;
  std::thread thread_;
};

// A pair that was read whole and waits for all else that comes into force with it.
class Certificates::Read {
  friend Certificates;
  std::optional<proxy::CertificateFiles> files_;
  State seen_;
  std::shared_ptr<const proxy::TlsContext> context_;
  std::chrono::milliseconds interval_{};
};

}  // namespace citygate::app
