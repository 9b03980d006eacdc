// worker.h - one thread of the data path, and all that it owns.
//
//   Worker ─owns─▶ EventLoop, Listeners, BufferPool, Resolver, Dialer, UpstreamPool, Desk
//      └────owns─▶ 0..n ClientConnection ─owns─▶ Exchange or Tunnel
//
// Workers share nothing but what WorkerServices lends them; each of those says how it is shared.
// Owner     app. Thread: create(), start(), join() from the owner; adopt(), room_in_spool(), clock_changed(), drain(),
//           counters() from any.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/name_source.h"
#include "base/result.h"
#include "meter/usage_board.h"
#include "proxy/counters.h"
#include "proxy/identity/authenticator.h"
#include "proxy/listen_spec.h"
#include "proxy/proxy_config.h"
#include "proxy/snapshots.h"
#include "proxy/warn_register.h"
#include "records/spool.h"

namespace citygate::proxy {

// Borrowed; all must outlive the worker.
struct WorkerServices {
  const ProxyConfig& config;
  const Clock& clock;
  meter::UsageBoard& board;
  records::SpoolRing& ring;  // this worker's own
  const NameSource& names;
  Authenticator& authenticator;
  WarnRegister& warnings;
  unsigned index = 0;
};

class Worker {
 public:
  // Errors: a [hosts] entry that is no address, a name server that is none, no descriptors left.
  [[nodiscard]] static Result<std::unique_ptr<Worker>> create(WorkerServices services, Snapshots snapshots,
                                                              std::vector<ListeningSocket> listeners);
  virtual ~Worker() = default;  // after join()

  virtual void start() = 0;  // its own thread
  // Takes up new snapshots between two events; running exchanges are decided again at once.
  virtual void adopt(Snapshots snapshots) = 0;
  virtual void room_in_spool() = 0;  // the ring was full and has room: what waited for it goes on
  virtual void clock_changed() = 0;  // a driven clock was moved: every running exchange is decided again
  // Stops accepting, lets exchanges end, closes what is left after `deadline`; the thread then ends.
  virtual void drain(std::chrono::milliseconds deadline) = 0;
  virtual void join() = 0;

  [[nodiscard]] virtual const Counters& counters() const = 0;
};

}  // namespace citygate::proxy
