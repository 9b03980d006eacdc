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
  // How long an answer may take. Whoever gives an order waits as long, and all who give one after.
  struct Patience {
    std::chrono::milliseconds usual = std::chrono::seconds(30);  // a policy is read in less; lists are mapped
    std::chrono::milliseconds quick = std::chrono::seconds(5);   // acts, and who signs out: nobody goes on for longer
  };
  EarlierProcess(HandOverChannel channel, int process, Patience patience)
      : patience_(patience), channel_(std::move(channel)), process_(process) {}
  EarlierProcess(HandOverChannel channel, int process) : EarlierProcess(std::move(channel), process, Patience()) {}

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
  struct Known {
    NameSource& names;
    const ActJournal& acts;
  };
  struct Order {
    Kind kind;
    std::string_view text{};
    const Known* known = nullptr;
    std::chrono::milliseconds patience;
  };
  // One that does not answer is killed.
  [[nodiscard]] Result<std::string> give(const Order& order);
  [[nodiscard]] Result<std::string> exchange(const Order& order);

  const Patience patience_;
  std::mutex mutex_;
  HandOverChannel channel_;  // guarded by mutex_
  const int process_;
};

}  // namespace citygate::app
