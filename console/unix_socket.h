// unix_socket.h - lines over a Unix stream socket, for both ends of control.sock.
//
// Errors    Storage with the path; NotFound from connect_unix when nobody listens there.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "base/file.h"
#include "base/result.h"

namespace citygate::console {

// The caller owns the directory; what stands at `path` is replaced. Mode 0600 from its first moment.
[[nodiscard]] Result<UniqueFd> listen_unix(const std::filesystem::path& path);
[[nodiscard]] Result<UniqueFd> connect_unix(const std::filesystem::path& path);

// Writes all of it and a line feed; false when the other end is gone. Never raises SIGPIPE.
[[nodiscard]] bool write_line(int socket, std::string_view line);

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
