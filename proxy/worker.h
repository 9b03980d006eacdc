// worker.h - one thread of the data path, and all that it owns.
//
//   Worker ─owns─▶ EventLoop, Listeners, BufferPool, Resolver, Dialer, UpstreamPool, Desk
//      └────owns─▶ 0..n ClientConnection ─owns─▶ Exchange or Tunnel
//
// Workers share nothing but what WorkerServices lends them; each of those says how it is shared.
// Owner     app. Thread: create(), start(), join() from the owner; adopt(), room_in_spool(), sessions_ended(),
//           clock_changed(), retire(), drain(), ended(), running(), counters() from any.
// Reload    connections keep the limits of message heads under which they were accepted, timers that run the time they
//           were set to; all else of a generation is in force from the turn in which it is taken up.
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/name_source.h"
#include "base/result.h"
#include "meter/usage_board.h"
#include "proxy/counters.h"
#include "proxy/generation.h"
#include "proxy/identity/authenticator.h"
#include "proxy/identity/session_table.h"
#include "proxy/limits/admission.h"
#include "proxy/limits/memory_budget.h"
#include "proxy/listen_spec.h"
#include "proxy/net/turn_watch.h"
#include "proxy/warn_register.h"
#include "records/spool.h"

namespace citygate::proxy {

class PortalPlace;

// Borrowed; all must outlive the worker.
struct WorkerServices {
  const Clock& clock;
  meter::UsageBoard& board;
  records::SpoolRing& ring;  // this worker's own
  const NameSource& names;
  Authenticator& authenticator;
  WarnRegister& warnings;
  ClientTables& clients;
  MemoryBudget& memory;
  const PortalPlace* portal = nullptr;     // null: there is none
  const SessionTable* sessions = nullptr;  // null: there is no portal
  unsigned index = 0;
};

class Worker {
 public:
  // For what is spliced: two descriptors each, beyond the two of every connection.
  static constexpr std::size_t kPipes = 64;

  // Errors: a [hosts] entry that is no address, a name server that is none, no descriptors left.
  [[nodiscard]] static Result<std::unique_ptr<Worker>> create(WorkerServices services, Generation generation,
                                                              std::vector<ListeningSocket> listeners);
  virtual ~Worker() = default;  // after join()

  virtual void start() = 0;  // its own thread
  // Taken up between two events; running exchanges are decided again at once. Malformed, and nothing changes: a [hosts]
  // entry that is no address.
  [[nodiscard]] virtual Result<void> adopt(Generation generation) = 0;
  // What people have decided, under the same files and settings: the generation's number stays. The last snapshots
  // given count, by this call and by adopt(): many calls in a row are taken up as one.
  enum class Running : std::uint8_t { GoesOn, DecidedAgain };
  virtual void take_up(Snapshots snapshots, Running running) = 0;
  [[nodiscard]] virtual std::uint64_t running() const = 0;  // the number of the generation that was taken up last
  virtual void room_in_spool() = 0;  // the ring was full and has room: what waited for it goes on
  // Nobody is signed in at these addresses any more, or somebody else is: what runs from there is decided again.
  virtual void sessions_ended(std::span<const IpAddress> clients) = 0;
  virtual void clock_changed() = 0;  // a driven clock was moved: every running exchange is decided again
  // Another process has taken over the listening sockets: accepts no more, and lets connections end by themselves, each
  // after its next answer. The thread ends with the last one.
  virtual void retire() = 0;
  // Stops accepting, lets exchanges end, closes what is left after `deadline`; the thread then ends. Again, or after
  // retire(): the earlier deadline counts.
  virtual void drain(std::chrono::milliseconds deadline) = 0;
  [[nodiscard]] virtual bool ended() const = 0;  // join() does not wait any more
  virtual void join() = 0;

  [[nodiscard]] virtual const Counters& counters() const = 0;
  [[nodiscard]] virtual const TurnWatch& turns() const = 0;
  virtual void nudge() = 0;  // any thread: the loop makes a turn
};

}  // namespace citygate::proxy
