// farewell.h - a short answer to connections that are not taken: 429 or 503, with Retry-After, before a head is read.
//
// The answer goes into the new socket at once. The socket is kept for a while without being read, for closing it over
// what the client has sent would reset the connection and might take the answer with it (RFC 9112 section 9.6).
// Owner     Worker. Thread: its loop. Bounds: kKept descriptors; the oldest goes for the next.
#pragma once

#include <array>
#include <string>

#include "base/file.h"
#include "proxy/limits/admission.h"
#include "proxy/listen_spec.h"
#include "proxy/net/event_loop.h"

namespace citygate::proxy {

class Farewell {
 public:
  static constexpr std::size_t kKept = 64;
  // `name`: what the gateway calls itself in Proxy-Status.
  Farewell(EventLoop& loop, std::string name);

  void tell(UniqueFd socket, const ListenSpec& spec, const Limited& why);
  void close_all();  // the descriptors are needed

 private:
  std::string name_;
  std::string text_;  // scratch
  std::array<UniqueFd, kKept> kept_;
  std::size_t next_ = 0;
  Timer timer_;
};

}  // namespace citygate::proxy
