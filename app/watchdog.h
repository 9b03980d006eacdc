// watchdog.h - notices a worker that no longer turns: says where it hangs, and lets the service manager know who lives.
//
//   every `look_every`     a turn that lasts `stall` already is reported with the worker's stack, once, and its end too;
//                          one that runs is looked at when it comes to last so long, so that none is missed
//   every `alive_every`    each loop is nudged; when all have turned since the last nudge, on_alive() is called
//
// Owner     Gateway; the loops outlive it. Thread: one of its own, which sleeps between looks.
// A loop that nobody runs (before start(), after a drain) hangs on nothing and counts as alive.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "proxy/net/turn_watch.h"

namespace citygate::app {

class Watchdog {
 public:
  struct Watched {
    const proxy::TurnWatch& turns;
    std::function<void()> nudge;  // has the loop make a turn
  };
  struct Options {
    std::chrono::milliseconds stall{1'000};
    std::chrono::milliseconds look_every{250};
    std::chrono::milliseconds alive_every{0};  // 0: nobody wants to know
    std::function<void()> on_alive{};
    std::function<void(std::string)> report{};  // empty: the log
  };

  // Refused: no thread, or no signal, is to be had.
  [[nodiscard]] static Result<std::unique_ptr<Watchdog>> start(std::vector<Watched> workers, Options options);
  virtual ~Watchdog() = default;  // stops

  [[nodiscard]] virtual std::uint64_t stalls() const = 0;  // reported so far
};

}  // namespace citygate::app
