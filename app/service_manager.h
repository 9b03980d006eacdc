// service_manager.h - tells whoever supervises this process (systemd's Type=notify) what it does: sd_notify(3) by hand.
//
//   READY=1  RELOADING=1  STOPPING=1  STATUS=...  WATCHDOG=1  MAINPID=...     one datagram to $NOTIFY_SOCKET each
//   EXTEND_TIMEOUT_USEC=...                                                   with STOPPING=1
//
// The protocol is stable and a few lines long; libsystemd would bring its dependencies into every container.
// Owner     Gateway; without $NOTIFY_SOCKET every call does nothing.
// Thread    any but a worker.
// Cost      a manager whose queue is full is waited for, two seconds at most: a MAINPID that it never hears makes it
// take
//           the end of a process that handed over for the end of the service. WATCHDOG=1 alone is not: the next one
//           comes.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/result.h"

namespace citygate::app {

class ServiceManager {
 public:
  // A successor was started by the process that WATCHDOG_PID names, and answers in its place.
  enum class Process : std::uint8_t { First, Successor };
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. Malformed: they are set to what they cannot be. The variables
  // stay: a process that takes over needs them too.
  [[nodiscard]] static Result<ServiceManager> from_environment(Process process);
  ServiceManager() = default;  // nobody supervises

  [[nodiscard]] bool supervised() const { return !address_.empty(); }
  // How often alive() is expected at least; nothing: not at all.
  [[nodiscard]] std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

  void ready(std::string_view status) const;
  void reloading() const;  // followed by ready() in any case
  // The end comes within `within`: the manager, whose own patience may be shorter, is asked to wait so long.
  void stopping(std::string_view status, std::chrono::milliseconds within) const;
  void alive() const;
  // This process is the service's main one from now on, whoever was.
  void is_main() const;
  // Another one takes over.
  void main_is(pid_t process) const;

 private:
  enum class IfFull : std::uint8_t { Wait, Drop };
  void send(std::string_view text, IfFull if_full = IfFull::Wait) const;

  std::string address_;  // as bind(2) takes it: an abstract one begins with a zero
  std::optional<std::chrono::microseconds> watchdog_;
  UniqueFd socket_;
};

// Says that a reload goes on for as long as it lives; then the service is ready again, whatever came of it.
class ReloadNotice {
 public:
  ReloadNotice(const ServiceManager& manager, std::string status) : manager_(manager), status_(std::move(status)) {
    manager_.reloading();
  }
  ~ReloadNotice() { manager_.ready(status_); }
  ReloadNotice(const ReloadNotice&) = delete;
  ReloadNotice& operator=(const ReloadNotice&) = delete;

 private:
  const ServiceManager& manager_;
  std::string status_;
};

}  // namespace citygate::app
