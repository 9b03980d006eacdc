// output.h - where a command writes: a client's socket, a terminal, or a test.
//
// Thread    one command at a time.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace citygate::console {

class Output {
 public:
  virtual ~Output() = default;
  // How the one who asks is known, for acts: "control socket, user root".
  [[nodiscard]] virtual std::string via() const { return "command line"; }
  virtual void out(std::string_view line) = 0;  // without its line feed
  virtual void err(std::string_view line) = 0;
  // How far a command that lasts has come; of no meaning afterwards.
  virtual void progress(std::string_view line) { err(line); }
  // Nobody reads any more, or the process is to end: a command that lasts stops.
  [[nodiscard]] virtual bool ended() = 0;
  // Waits that long, less when the end comes; then what ended() says.
  [[nodiscard]] virtual bool ended_after(std::chrono::milliseconds wait) = 0;
};

}  // namespace citygate::console
