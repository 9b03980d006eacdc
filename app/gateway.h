// gateway.h - a running gateway: workers, recorder, lists and policy wired together, and the administrator's way in.
//
//   signals ─▶ run() ─▶ reload, drain            control.sock ─▶ console::Server ─▶ this Operator
//   hand-over.sock ─▶ SuccessorServer ─▶ gives all away, then finishes its connections
//   Services ─snapshots─▶ workers ─records─▶ Recorder ─▶ Store
//
// Owner     main. Thread: start() and run() from the main thread, before which SIGTERM, SIGINT and SIGHUP must be
//           blocked in every thread (block_signals()); the Operator's functions from any thread but a worker.
// Stopping  workers drain, commands end, the recorder empties the spools, the store closes: in that order. A second
//           signal while that goes on ends the process at once, and loses nothing that a kill would not.
// Errors    start: what is wrong with configuration, port, lists or state directory, in words for the operator; nothing
//           has been served then.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/config.h"
#include "app/service_manager.h"
#include "app/state_directory.h"
#include "app/take_over.h"
#include "console/operator.h"

namespace citygate::app {

class Gateway : public console::Operator {
 public:
  struct Options {
    std::optional<std::string>
        test_clock;  // the time at start, RFC 3339; the clock then stands until it is told otherwise
    std::string version;
    ServiceManager service_manager{};
    std::optional<TakeOver> take_over{};  // from the gateway that runs on this state directory
  };

  [[nodiscard]] static Result<std::unique_ptr<Gateway>> start(Config config, StateDirectory state, Options options);

  // Serves until SIGTERM, SIGINT or stop(), or until another process has taken over and the last connection is gone;
  // then everything has ended in order, or the error says what has not.
  [[nodiscard]] virtual Result<void> run() = 0;

  static void block_signals();
};

}  // namespace citygate::app
