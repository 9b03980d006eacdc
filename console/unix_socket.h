// unix_socket.h - Unix sockets by path, for both ends of control.sock and hand-over.sock, and lines over the first.
//
// A path may be longer than a socket's address can hold.
// Errors    Storage with the path; from connect_unix NotFound when nobody listens there, else Refused.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace citygate::console {

enum class SocketType : int { Stream = SOCK_STREAM, Packets = SOCK_SEQPACKET };

// The caller owns the directory; what stands at `path` is replaced. Mode 0600 from its first moment.
[[nodiscard]] Result<UniqueFd> listen_unix(const std::filesystem::path& path, SocketType type = SocketType::Stream);
[[nodiscard]] Result<UniqueFd> connect_unix(const std::filesystem::path& path, SocketType type = SocketType::Stream);

// Writes all of it and a line feed; false when the other end is gone. Never raises SIGPIPE.
[[nodiscard]] bool write_line(int socket, std::string_view line);

// "user root": who connected, by name where the machine knows one. "an unknown user" where the kernel does not say.
[[nodiscard]] std::string peer_user(int socket);
[[nodiscard]] std::string this_user();

// Reads line by line; TooLarge past `limit` bytes, NotFound at the end of the stream.
class LineReader {
 public:
  LineReader(int socket, std::size_t limit) : socket_(socket), limit_(limit) {}
  [[nodiscard]] Result<std::string> next();

 private:
  int socket_;
  std::size_t limit_;
  std::string pending_;
};

}  // namespace citygate::console
