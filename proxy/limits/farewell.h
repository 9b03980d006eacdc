// farewell.h - a short answer to connections that are not taken: 429 or 503, with Retry-After, before a head is read.
//
// The answer goes into the new socket at once. The socket is kept for a while without being read, for closing it over
// what the client has sent would reset the connection and might take the answer with it (RFC 9112 section 9.6).
// A transport may be told from within its own callback: it is freed at the end of a turn.
// Owner     Worker. Thread: its loop. Bounds: kKept descriptors; the oldest goes for the next.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/file.h"
#include "proxy/limits/admission.h"
#include "proxy/listen_spec.h"
#include "proxy/net/event_loop.h"
#include "proxy/net/transport.h"

namespace citygate::proxy {

class Farewell {
 public:
  static constexpr std::size_t kKept = 64;
  // `name`: what the gateway calls itself in Proxy-Status.
  Farewell(EventLoop& loop, std::string name);

  void tell(UniqueFd socket, const ListenSpec& spec, const Limited& why);
  // The same of a connection that has been read from: behind the PROXY protocol.
  void tell(std::unique_ptr<Transport> transport, const ListenSpec& spec, const Limited& why);
  void close_all();  // the descriptors are needed

 private:
  struct Kept {
    UniqueFd socket;
    std::unique_ptr<Transport> transport;  // instead of it
  };
  void write_answer(const Limited& why);
  void keep(Kept told);
  void close(Kept& kept);

  EventLoop& loop_;
  std::string name_;
  std::string text_;  // scratch
  std::array<Kept, kKept> kept_;
  std::size_t next_ = 0;
  Timer timer_;
};

}  // namespace citygate::proxy
