// options.h - what a load run is, from its command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace citygate::load {

enum class Mode : std::uint8_t {
  KeepAlive,      // one GET after another on each connection
  NewConnection,  // a connection per GET
  Connect,        // a connection, a CONNECT and a GET through the tunnel, each time
  Tunnel,         // one tunnel per connection, one GET after another through it
};

struct Options {
  Mode mode = Mode::KeepAlive;
  std::string proxy_address = "127.0.0.1";
  std::uint16_t proxy_port = 0;
  std::string host;  // "origin.bench.test:8080": of the request and of CONNECT
  std::string path = "/1k";
  std::uint64_t body_bytes = 1024;  // every reply must be this long and hold object_byte(i) at i
  bool direct = false;              // what is measured is spoken to as if it were the origin
  unsigned connections = 64;
  unsigned sources = 20;  // client addresses 127.0.1.1 ..., so that ports do not run out
  unsigned rate = 0;      // operations a second over all connections, each begun when it is due; 0: as fast as they go
  std::chrono::milliseconds warm_up{700};
  std::chrono::milliseconds measured{2500};
  int pid = 0;  // whose CPU time is counted, children included; 0: nobody's
  std::string label;
};

// Content of every object that is served under load: cheap to make and to compare, and no two blocks are alike.
[[nodiscard]] constexpr char object_byte(std::uint64_t at) {
  return static_cast<char>(' ' + (at * 31 + (at >> 8) * 7 + (at >> 16)) % 95);
}

// Nothing, after a message on standard error, when the command line is wrong.
[[nodiscard]] std::optional<Options> parse_options(int argc, char** argv);

}  // namespace citygate::load
