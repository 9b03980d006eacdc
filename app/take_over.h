// take_over.h - the new process's side of an upgrade, until it serves (the messages: app/hand_over_channel.h).
//
//   TakeOver::ask ─▶ offer() ─▶ release() ─▶ open the store, build everything, accept ─▶ ready() ─▶ EarlierProcess
//                                  └── anything goes wrong: give_up(why), end; the old process goes on
//
// Owner     main, then Gateway. Thread: one.
// Errors    ask: NotFound when no gateway runs there; Refused with the old process's words, or another version.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/earlier_process.h"
#include "base/clock.h"

namespace citygate::app {

class TakeOver {
 public:
  struct Socket {
    std::string configured, spec;  // as gateway.listen has it; with the real port
    UniqueFd descriptor;
  };
  struct Offer {
    int process = 0;
    std::string version;
    std::string in_force;            // of policy, people and lists
    std::optional<WallTime> driven;  // where time stands, if the clock is driven
    std::vector<Socket> sockets;     // all that listen, one per address and worker
    UniqueFd memory, control, lock;  // usage board, listening control socket, the state directory's lock
    std::vector<std::unique_ptr<EarlierProcess>> earlier;
  };

  [[nodiscard]] static Result<TakeOver> ask(const std::filesystem::path& state);

  [[nodiscard]] Offer& offer() { return offer_; }
  // The store can be opened when this has come back.
  [[nodiscard]] Result<void> release();
  // This process serves; the old one accepts no more when this has come back, or does not live any more. Refused: it
  // serves on and takes the store back, so this one has to end.
  [[nodiscard]] Result<std::unique_ptr<EarlierProcess>> ready();
  void give_up(std::string_view why);

 private:
  explicit TakeOver(HandOverChannel channel) : channel_(std::move(channel)) {}

  HandOverChannel channel_;
  Offer offer_;
};

// What goes with Kind::Offer.
[[nodiscard]] std::string offer_words(std::string_view version, std::string_view in_force,
                                      std::optional<WallTime> driven);

}  // namespace citygate::app
