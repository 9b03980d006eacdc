#include "app/prompt.h"

#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>

namespace citygate::app {
namespace {

// Puts the terminal back as it was, also when the reading fails.
class NoEcho {
 public:
  NoEcho() {
    known_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  ~NoEcho() {
    if (known_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool known_ = false;
};

std::string read_silently(const char* prompt) {
  std::fputs(prompt, stderr);
  std::string line;
  {
    const NoEcho silence;
    std::getline(std::cin, line);
  }
  std::fputc('\n', stderr);
  return line;
}

}  // namespace

Result<std::string> ask_password() {
  std::string password;
  if (::isatty(STDIN_FILENO) != 0) {
    password = read_silently("Password: ");
    if (password != read_silently("Once more: ")) return fail(Error::Kind::Malformed, "the two entries differ");
  } else {
    std::getline(std::cin, password);
    if (password.ends_with('\r')) password.pop_back();
  }
  if (password.empty()) return fail(Error::Kind::Malformed, "an empty password would let anybody in");
  return password;
}

}  // namespace citygate::app
