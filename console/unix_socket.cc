#include "console/unix_socket.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace citygate::console {
namespace {

struct Place {
  sockaddr_un address{};
  UniqueFd directory;  // open while `address` goes through it
  [[nodiscard]] const sockaddr* generic() const { return reinterpret_cast<const sockaddr*>(&address); }
};

// A Unix socket's address holds 107 bytes; a deeper directory is named by its descriptor.
Result<Place> place_of(const std::filesystem::path& path) {
  Place out;
  out.address.sun_family = AF_UNIX;
  std::string text = path.string();
  if (text.size() >= sizeof out.address.sun_path) {
    out.directory.reset(::open(path.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!out.directory) return fail_errno("open " + path.parent_path().string(), Error::Kind::NotFound);
    text = fmt::format("/proc/self/fd/{}/{}", out.directory.get(), path.filename().string());
  }
  std::memcpy(out.address.sun_path, text.c_str(), text.size() + 1);
  return out;
}

UniqueFd make_socket(SocketType type) { return UniqueFd(::socket(AF_UNIX, static_cast<int>(type) | SOCK_CLOEXEC, 0)); }

std::string name_of(uid_t user) {
  passwd entry{};
  passwd* found = nullptr;
  char text[4096];
  if (::getpwuid_r(user, &entry, text, sizeof text, &found) == 0 && found) return fmt::format("user {}", entry.pw_name);
  return fmt::format("user {}", user);
}

}  // namespace

std::string peer_user(int socket) {
  ucred who{};
  socklen_t length = sizeof who;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0) return "an unknown user";
  return name_of(who.uid);
}

std::string this_user() { return name_of(::geteuid()); }

Result<UniqueFd> listen_unix(const std::filesystem::path& path, SocketType type) {
  CG_TRY(place, place_of(path));
  UniqueFd socket = make_socket(type);
  if (!socket) return fail_errno("socket");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return fail_errno("unlink " + path.string());
  // The mode of the new file is that of the socket's descriptor (Linux): set before bind, so that it is never open to
  // others.
  if (::fchmod(socket.get(), 0600) != 0) return fail_errno("chmod " + path.string());
  if (::bind(socket.get(), place.generic(), sizeof place.address) != 0) return fail_errno("bind " + path.string());
  if (::chmod(path.c_str(), 0600) != 0) return fail_errno("chmod " + path.string());
  if (::listen(socket.get(), 16) != 0) return fail_errno("listen " + path.string());
  return socket;
}

Result<UniqueFd> connect_unix(const std::filesystem::path& path, SocketType type) {
  CG_TRY(place, place_of(path));
  UniqueFd socket = make_socket(type);
  if (!socket) return fail_errno("socket");
  if (::connect(socket.get(), place.generic(), sizeof place.address) != 0) {
    const bool nobody = errno == ENOENT || errno == ECONNREFUSED || errno == ENOTDIR;
    if (errno == EACCES)
      return fail(Error::Kind::Refused,
                  fmt::format("{} may be used by root and by the user that the gateway runs as", path.string()));
    return fail_errno("connect " + path.string(), nobody ? Error::Kind::NotFound : Error::Kind::Refused);
  }
  return socket;
}

bool write_line(int socket, std::string_view line) {
  std::string text(line);
  text += '\n';
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t sent = ::send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Result<std::string> LineReader::next() {
  std::size_t searched = 0;
  while (true) {
    if (const auto end = pending_.find('\n', searched); end != std::string::npos) {
      std::string line = pending_.substr(0, end);
      pending_.erase(0, end + 1);
      return line;
    }
    searched = pending_.size();
    if (pending_.size() > limit_)
      return fail(Error::Kind::TooLarge, fmt::format("a line of more than {} bytes", limit_));
    char block[16 * 1024];
    const ssize_t got = ::recv(socket_, block, sizeof block, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return fail(Error::Kind::Timeout, "no request came");
    if (got < 0) return fail_errno("read control socket");
    if (got == 0) return fail(Error::Kind::NotFound, "the other end closed");
    pending_.append(block, static_cast<std::size_t>(got));
  }
}

}  // namespace citygate::console
