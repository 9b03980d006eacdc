// accept_gate.h - what stands between the kernel's queue and a connection of a worker.
//
//   listener ─▶ admit() ─ limits of the address ─▶ the worker's slot          refused: Farewell's short answer,
//   counted,
//       ▲                                          │                           and a line of the RefusalTally
//       └───────── paused while `proxy.connections` are open ◀────────────────┘
//
// Owner     Worker. Thread: its loop.
#pragma once

#include <functional>

#include "proxy/counters.h"
#include "proxy/limits/admission.h"
#include "proxy/limits/farewell.h"
#include "proxy/limits/refusal_tally.h"
#include "proxy/listen_spec.h"
#include "proxy/net/event_loop.h"
#include "proxy/proxy_config.h"

namespace citygate::proxy {

class AcceptGate {
 public:
  enum class Listening : std::uint8_t { On, Off };
  using SetListening = std::move_only_function<void(Listening)>;
  // All borrowed; set_listening() pauses and resumes all listeners of the worker.
  AcceptGate(EventLoop& loop, const ProxyConfig& config, Admission& admission, RefusalTally& tally, Counters& counters,
             SetListening set_listening);

  // False: the socket has been answered and closed. Behind the PROXY protocol `peer` is not the client yet: its address
  // is admitted by admit_client() when it is known.
  [[nodiscard]] bool admit(UniqueFd& socket, const SocketAddress& peer, const ListenSpec& spec, ClientClaim& claim);
  // The same for a connection that is open; what to tell the client, or nothing.
  [[nodiscard]] std::optional<Limited> admit_client(const IpAddress& client, ClientClaim& claim);

  // Connections that the worker has; also to be called when the configuration has changed.
  void set_open(std::size_t open);

 private:
  EventLoop& loop_;
  const ProxyConfig& config_;
  Admission& admission_;
  RefusalTally& tally_;
  Counters& counters_;
  SetListening set_listening_;
  Farewell farewell_;
  bool paused_ = false;
};

}  // namespace citygate::proxy
