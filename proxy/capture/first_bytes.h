// first_bytes.h - what a captured connection speaks, told from its first bytes.
//
// The port says what to expect: HTTP on 80, TLS on 443, either elsewhere. What is not the expected one is Other: it may
// be anything, and nothing in it names a target.
// Owner     a captured connection, until it is decided. Thread: its loop. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/tls/client_hello.h"

namespace citygate::proxy {

class FirstBytes {
 public:
  explicit FirstBytes(std::uint16_t port) : http_(port != 443), tls_(port != 80) {}

  enum class Kind : std::uint8_t {
    Undecided,  // more is needed
    Http,       // a request line has begun
    Tls,        // a whole hello: hello() views it
    Other,
  };
  // `bytes`: all that has come so far, from the first.
  [[nodiscard]] Kind look(std::string_view bytes);
  [[nodiscard]] const ClientHello& hello() const { return parser_.hello(); }

 private:
  bool http_, tls_;  // still possible
  ClientHelloParser parser_;
};

}  // namespace citygate::proxy
