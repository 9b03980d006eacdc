// earlier_process.h - the process before an upgrade, while it finishes its connections: orders go to it.
//
// What is ordered here, is ordered there: policy and lists, who signed out, the clock, the end. A process that cannot follow (its
// version does not know a word of the new policy, say) is told to close its connections, and one that does not even do
// that is killed: its records are safe in the spool, and nothing goes on that nobody rules over.
// Owner     Gateway. Thread: any; one order at a time.
#pragma once

#include <chrono>
#include <mutex>
#include <span>
#include <string>

#include "app/hand_over_channel.h"
#include "app/successor.h"
#include "base/act.h"
#include "base/address.h"
#include "base/clock.h"
#include "base/name_source.h"

namespace citygate::app {

class EarlierProcess {
 public:
  EarlierProcess(HandOverChannel channel, int process) : channel_(std::move(channel)), process_(process) {}

  [[nodiscard]] int process() const { return process_; }
  [[nodiscard]] const UniqueFd& socket() const { return channel_.socket(); }  // for the next to take over

  // False: it has ended.
  [[nodiscard]] bool runs();
  // "" or why its connections were closed. Names and acts that it does not know are given by `names` and `acts`.
  [[nodiscard]] std::string adopt(News news, NameSource& names, const ActJournal& acts);
  void sign_out(std::span<const IpAddress> addresses);
  void set_time(WallTime to);
  // Asks; ended() says when it is done.
  void stop(std::chrono::milliseconds deadline);
  [[nodiscard]] bool ended(std::chrono::milliseconds patience);
  [[nodiscard]] std::string report();

 private:
  using Kind = HandOverChannel::Kind;
  // One that does not answer is killed.
  struct Known {
    NameSource& names;
    const ActJournal& acts;
  };
  [[nodiscard]] Result<std::string> order(Kind kind, std::string_view text, const Known* known = nullptr);
  [[nodiscard]] Result<std::string> exchange(Kind kind, std::string_view text, const Known* known);

  std::mutex mutex_;
  HandOverChannel channel_;  // guarded by mutex_
  const int process_;
};

}  // namespace citygate::app
