#include "app/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace citygate::app {
namespace {

std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? std::string_view(value) : std::string_view();
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

// How long a word that must not be lost waits for a manager whose queue is full: ten datagrams, where Linux is left as
// it is.
constexpr timeval kManagerPatience{.tv_sec = 2, .tv_usec = 0};

// A datagram is lines: a text that spans several would be read as further assignments.
std::string one_line(std::string_view text) {
  std::string out(text.substr(0, text.find('\n')));
  return out;
}

}  // namespace

Result<ServiceManager> ServiceManager::from_environment(Process process) {
  ServiceManager out;
  const auto socket = variable("NOTIFY_SOCKET");
  if (socket.empty()) return out;
  if ((socket.front() != '/' && socket.front() != '@') || socket.size() >= sizeof sockaddr_un::sun_path)
    return fail(Error::Kind::Malformed,
                fmt::format("NOTIFY_SOCKET is '{}'; it must be an absolute path or begin with @", socket));
  out.address_ = socket;
  if (socket.front() == '@') out.address_.front() = '\0';
  out.socket_.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!out.socket_ ||
      ::setsockopt(out.socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &kManagerPatience, sizeof kManagerPatience) != 0)
    return fail_errno("make a socket for the service manager", Error::Kind::Refused);

  const auto interval = variable("WATCHDOG_USEC");
  if (interval.empty()) return out;
  const auto micros = number(interval);
  if (!micros || *micros == 0)
    return fail(Error::Kind::Malformed, fmt::format("WATCHDOG_USEC is '{}'; it must be a number above 0", interval));
  // Of another process of the service: not ours to answer.
  const auto whose = variable("WATCHDOG_PID");
  if (whose.empty() || process == Process::Successor || number(whose) == static_cast<std::uint64_t>(::getpid()))
    out.watchdog_ = std::chrono::microseconds(*micros);
  return out;
}

void ServiceManager::ready(std::string_view status) const { send(fmt::format("READY=1\nSTATUS={}", one_line(status))); }

void ServiceManager::reloading() const {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const auto micros = std::chrono::seconds(now.tv_sec) / std::chrono::microseconds(1) + now.tv_nsec / 1000;
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", micros));
}

void ServiceManager::stopping(std::string_view status, std::chrono::milliseconds within) const {
  send(fmt::format("STOPPING=1\nEXTEND_TIMEOUT_USEC={}\nSTATUS={}", std::chrono::microseconds(within).count(),
                   one_line(status)));
}

void ServiceManager::alive() const { send("WATCHDOG=1", IfFull::Drop); }

void ServiceManager::is_main() const { main_is(::getpid()); }

void ServiceManager::main_is(pid_t process) const { send(fmt::format("MAINPID={}", process)); }

void ServiceManager::send(std::string_view text, IfFull if_full) const {
  if (address_.empty()) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  // Whether it arrives is the manager's affair: the gateway serves on without one.
  const int flags = MSG_NOSIGNAL | (if_full == IfFull::Drop ? MSG_DONTWAIT : 0);
  static_cast<void>(
      ::sendto(socket_.get(), text.data(), text.size(), flags, reinterpret_cast<const sockaddr*>(&to), length));
}

}  // namespace citygate::app
