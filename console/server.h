// server.h - control.sock: takes the administrator's commands while the gateway runs.
//
// Path      accept → one thread per client → one request → run_command → lines of answer → close.
// Owner     app; stop() before what the Operator stands on goes away.
// Thread    one that accepts and one per client, none of them a worker. At most kMaxClients at once; the next takes the
//           place of one that has not asked for anything yet, or is told so.
// Who       the socket is 0600: the user the gateway runs as, and root. There is no other check.
// Gone      a client that closes ends its command at the command's next line or wait; an import goes on to its end,
//           since half an import is of no use to anybody.
// Errors    start: Storage, naming the path.
#pragma once

#include <filesystem>
#include <memory>

#include "base/file.h"
#include "base/result.h"
#include "console/operator.h"

namespace citygate::console {

inline constexpr unsigned kMaxClients = 32;

class Server {
 public:
  // Replaces a socket that a killed process left: the caller holds the state directory's lock. `op` is borrowed.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(const std::filesystem::path& socket, Operator& op);
  virtual ~Server() = default;  // stops
  // The same on a socket that listens already, of a process that hands over.
  [[nodiscard]] static Result<std::unique_ptr<Server>> take_over(UniqueFd listener, const std::filesystem::path& socket,
                                                                 Operator& op);
  [[nodiscard]] virtual const UniqueFd& listener() const = 0;  // to hand over
  // Takes no further commands, and ends those that run, but for `upgrade`. Clients wait in the socket's queue until
  // resume(), or until another process takes them. Refused while a command runs that cannot be ended, naming it: then
  // all is as before.
  [[nodiscard]] virtual Result<void> pause() = 0;
  virtual void resume() = 0;
  // Ends commands, waits for them, removes the socket. Leave: another process listens on it.
  enum class Socket : std::uint8_t { Remove, Leave };
  virtual void stop(Socket socket) = 0;
};

}  // namespace citygate::console
