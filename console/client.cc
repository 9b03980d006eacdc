#include "console/client.h"

#include <unistd.h>

#include <cstdio>
#include <thread>

#include "console/terminal_text.h"
#include "console/unix_socket.h"

namespace citygate::console {
namespace {

// A report of many rows is one line of JSON in itself.
constexpr std::size_t kMaxReplyBytes = std::size_t{256} << 20;

// Programs get the bytes as they are.
void write_line_to(std::FILE* file, std::string_view line) {
  if (::isatty(::fileno(file)) == 1) {
    const std::string shown = terminal_text(line);
    std::fwrite(shown.data(), 1, shown.size(), file);
  } else {
    std::fwrite(line.data(), 1, line.size(), file);
  }
  std::fputc('\n', file);
}

}  // namespace

Result<int> ask_gateway(const std::filesystem::path& socket_path, const Request& request, Output& output) {
  CG_TRY(socket, connect_unix(socket_path));
  // A gateway that is full answers without having read: what it said is still to be read.
  static_cast<void>(write_line(socket.get(), encode(request)));
  LineReader reader(socket.get(), kMaxReplyBytes);
  while (true) {
    auto line = reader.next();
    if (!line) {
      if (line.error().kind == Error::Kind::NotFound)
        return fail(Error::Kind::Malformed, "the gateway closed in the middle of its answer");
      return std::unexpected(std::move(line).error());
    }
    CG_TRY(reply, parse_reply(*line));
    switch (reply.kind) {
      case Reply::Kind::Out: output.out(reply.text); break;
      case Reply::Kind::Err: output.err(reply.text); break;
      case Reply::Kind::Progress: output.progress(reply.text); break;
      case Reply::Kind::Exit: return reply.exit;
    }
  }
}

std::string Terminal::via() const { return "command line, " + this_user(); }

void Terminal::out(std::string_view line) {
  write_line_to(stdout, line);
  std::fflush(stdout);
}

void Terminal::err(std::string_view line) {
  std::fflush(stdout);
  write_line_to(stderr, line);
}

bool Terminal::ended() { return std::ferror(stdout) != 0; }

bool Terminal::ended_after(std::chrono::milliseconds wait) {
  std::this_thread::sleep_for(wait);
  return ended();
}

}  // namespace citygate::console
