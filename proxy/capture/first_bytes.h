// first_bytes.h - what a captured connection speaks, told from its first bytes.
//
// HTTP is looked for on any port but 443, TLS on every port. What is neither is Other: it may be anything, and nothing
// in it names a target. So nothing is Other that a recipient could find a name in: what begins as TLS and says no hello
// that can be read is BrokenTls, and what the most lenient server would take for a request is Http, and has to be one
// for the strict reader of messages.
//
// Owner     a captured connection, until it is decided. Thread: its loop. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "proxy/tls/client_hello.h"

namespace citygate::proxy {

class FirstBytes {
 public:
  explicit FirstBytes(std::uint16_t port) : http_(port != 443) {}

  enum class Kind : std::uint8_t {
    Undecided,  // more is needed
    Http,       // a request line has begun, or what somebody could take for one
    Tls,        // a whole hello: hello() views it
    BrokenTls,  // TLS, and no hello that has a single meaning: to be refused
    Other,
  };
  // `bytes`: all that has come so far, from the first.
  [[nodiscard]] Kind look(std::string_view bytes);
  [[nodiscard]] const ClientHello& hello() const { return parser_.hello(); }

 private:
  bool http_, tls_ = true;  // still possible
  ClientHelloParser parser_;
};

}  // namespace citygate::proxy
