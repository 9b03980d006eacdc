// ticket_keys.h - the keys under which TLS session tickets are sealed, one set for all workers.
//
// A ticket lets a client come back without a full handshake, to whatever worker the kernel gives it to. Whoever has a
// ticket's key reads what TLS 1.2 sessions under it have said, so keys are made at random, live in memory only and are
// replaced: each seals tickets for `turn`, opens them for another `turn`, and is then wiped.
// Owner     the gateway. Thread: any; a short lock, taken once or twice in a handshake and never after it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>

#include "base/clock.h"

namespace citygate::proxy {

struct TicketKey {
  std::array<unsigned char, 16> name{};  // stands in the ticket in the clear
  std::array<unsigned char, 32> cipher{}, mac{};

  TicketKey() = default;
  TicketKey(const TicketKey&) = default;
  TicketKey& operator=(const TicketKey&) = default;
  ~TicketKey();  // wipes it
};

class TicketKeys {
 public:
  explicit TicketKeys(std::chrono::seconds turn = std::chrono::hours(6)) : turn_(turn) {}

  [[nodiscard]] std::chrono::seconds turn() const { return turn_; }
  // The key to seal with now; nothing when the system gives no random bytes.
  [[nodiscard]] std::optional<TicketKey> to_seal(MonoTime now);
  // The key of a ticket; nothing when it is of no key that still opens.
  struct Opening {
    TicketKey key;
    bool old = false;  // the client should get a new ticket
  };
  [[nodiscard]] std::optional<Opening> to_open(std::span<const unsigned char, 16> name, MonoTime now);

 private:
  void turn_over(MonoTime now);

  const std::chrono::seconds turn_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::optional<TicketKey> current_, before_;
  MonoTime made_{};  // of current_
};

}  // namespace citygate::proxy
