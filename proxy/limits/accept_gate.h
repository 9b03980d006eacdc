// accept_gate.h - what stands between the kernel's queue and a connection of a worker.
//
//   listener ─▶ admit() ─ limits of the address ─▶ the worker's slot          refused: Farewell's short answer,
//   counted,
//       ▲                                          │                           and a line of the RefusalTally
//       └───────── paused while `proxy.connections` are open, or memory is short
//
// Memory    past gateway.memory_bytes new connections wait in the kernel's queue; when that goes on for kWait, they are
//           taken and told to come back (503). What is open goes on. Looked at with every connection that is taken, and
//           every kLook while it is short: an idle worker never wakes for it. What a worker takes is reported with
//           every one that comes or goes: the others count with it.
// Owner     Worker. Thread: its loop.
#pragma once

#include <functional>

#include "proxy/counters.h"
#include "proxy/limits/admission.h"
#include "proxy/limits/farewell.h"
#include "proxy/limits/memory_budget.h"
#include "proxy/limits/refusal_tally.h"
#include "proxy/listen_spec.h"
#include "proxy/net/event_loop.h"
#include "proxy/proxy_config.h"

namespace citygate::proxy {

class AcceptGate {
 public:
  enum class Listening : std::uint8_t { On, Off };
  using SetListening = std::move_only_function<void(Listening)>;
  static constexpr std::chrono::milliseconds kLook{100}, kWait{2'000};
  // Bytes that the worker's connections and buffers take.
  using UsedBytes = std::move_only_function<std::uint64_t() const>;
  // All borrowed; set_listening() pauses and resumes all listeners of the worker.
  AcceptGate(EventLoop& loop, const ProxyConfig& config, Admission& admission, RefusalTally& tally, Counters& counters,
             MemoryBudget::Share memory, UsedBytes used_bytes, SetListening set_listening);

  // False: the socket has been answered and closed. Behind the PROXY protocol `peer` is not the client yet: its address
  // is admitted by admit_client() when it is known.
  [[nodiscard]] bool admit(UniqueFd& socket, const SocketAddress& peer, const ListenSpec& spec, ClientClaim& claim);
  // The same for a connection that is open. False: it has been answered, and is gone.
  [[nodiscard]] bool admit_client(std::unique_ptr<Transport>& transport, const IpAddress& client,
                                  const ListenSpec& spec, ClientClaim& claim);

  // Connections that the worker has; also to be called when the configuration has changed.
  void set_open(std::size_t open);
  // No descriptor was left for a connection.
  void out_of_descriptors();

 private:
  // What to tell the client, or nothing.
  [[nodiscard]] std::optional<Limited> limited(const IpAddress& client, ClientClaim& claim);
  void look_at_memory();
  void listen_or_not();

  EventLoop& loop_;
  const ProxyConfig& config_;
  Admission& admission_;
  RefusalTally& tally_;
  Counters& counters_;
  SetListening set_listening_;
  Farewell farewell_;
  MemoryBudget::Share memory_;
  UsedBytes used_bytes_;
  Timer memory_timer_;
  enum class Memory : std::uint8_t {
    Enough,
    Short,    // new connections wait
    Refused,  // and have waited long enough: they are told
  };
  Memory memory_state_ = Memory::Enough;
  MonoTime short_since_{};
  bool full_ = false;    // proxy.connections are open
  bool paused_ = false;  // as set_listening_ was told last
};

}  // namespace citygate::proxy
