// server.h - control.sock: takes the administrator's commands while the gateway runs.
//
// Path      accept → one thread per client → one request → run_command → lines of answer → close.
// Owner     app; stop() before what the Operator stands on goes away.
// Thread    one that accepts and one per client, none of them a worker. At most kMaxClients at once; the next is told
// so. Who       the socket is 0600: the user the gateway runs as, and root. There is no other check. Gone      a client
// that closes ends its command at the command's next line or wait; an import goes on to its end, since
//           half an import is of no use to anybody.
// Errors    start: Storage, naming the path.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "console/operator.h"

namespace citygate::console {

inline constexpr unsigned kMaxClients = 32;

class Server {
 public:
  // Replaces a socket that a killed process left: the caller holds the state directory's lock. `op` is borrowed.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(const std::filesystem::path& socket, Operator& op);
  virtual ~Server() = default;  // stops
  // Ends commands, waits for them, removes the socket.
  virtual void stop() = 0;
};

}  // namespace citygate::console
