// client_table.h - who is using the gateway at the moment, and how much: one entry per address or person, for all
// workers.
//
//   slot = one cache line:  | tag 40 bits, references 24 bits | bucket | connections | running requests |
//
// A fixed table of eight-slot groups; a key's hash picks the group and is the tag. Who counts something holds a
// reference, so that a slot in use is never given to another; one that nobody refers to and whose bucket has filled up
// again is free. Nothing is ever waited for: when a group is full, acquire() says so.
// Owner     app, before the workers; it must outlive every Ref. Thread: any.
// Cost      acquire: one cache line, or eight; each count one atomic instruction on the slot's line; no lock.
// Exact     limits hold over all workers, but for a client whose first connections reach several workers within the
//           same hundred nanoseconds: it may be counted in two slots for as long as those last.
// Memory    64 bytes per slot, taken from the system when first touched.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/address.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/keyed_hash.h"

namespace citygate::proxy {

// A token bucket kept as one number: the time at which it will be full again (the generic cell rate algorithm).
struct BucketRate {
  std::chrono::nanoseconds interval{0};  // a token comes this often; 0: no limit
  std::uint64_t burst = 1;               // tokens in a full bucket

  static BucketRate per_second(std::uint64_t rate, std::uint64_t burst) {
    return {rate == 0 ? std::chrono::nanoseconds(0) : std::chrono::nanoseconds(1'000'000'000 / rate), burst};
  }
};

class ClientTable {
 private:
  struct alignas(64) Slot {
    std::atomic<std::uint64_t> state{0};   // tag above, references below
    std::atomic<std::int64_t> full_at{0};  // of the bucket, on the steady clock
    std::atomic<std::uint32_t> connections{0}, running{0};
  };

 public:
  // One reference to an entry. Every count that was added must be taken back before it goes.
  class Ref {
   public:
    Ref() = default;
    Ref(Ref&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
    Ref& operator=(Ref&& other) noexcept {
      if (this != &other) reset();
      std::swap(slot_, other.slot_);
      return *this;
    }
    ~Ref() { reset(); }
    explicit operator bool() const { return slot_ != nullptr; }
    void reset();

    // False, and nothing counted, when there are `most` already; 0: no limit.
    [[nodiscard]] bool add_connection(std::size_t most) { return add(slot_->connections, most); }
    void remove_connection() { slot_->connections.fetch_sub(1, std::memory_order_relaxed); }
    [[nodiscard]] bool add_running(std::size_t most) { return add(slot_->running, most); }
    void remove_running() { slot_->running.fetch_sub(1, std::memory_order_relaxed); }
    // 0: a token was taken. Else how long until there is one.
    [[nodiscard]] std::chrono::nanoseconds take_token(const BucketRate& rate, MonoTime now);

   private:
    friend class ClientTable;
    explicit Ref(Slot& slot) : slot_(&slot) {}
    [[nodiscard]] static bool add(std::atomic<std::uint32_t>& count, std::size_t most);
    Slot* slot_ = nullptr;
  };

  // Rounded up to a power of two.
  explicit ClientTable(std::size_t wanted);
  ~ClientTable();
  ClientTable(const ClientTable&) = delete;
  ClientTable& operator=(const ClientTable&) = delete;

  // An empty one: all slots that the key could have are in use.
  [[nodiscard]] Ref acquire(const IpAddress& address, unsigned ipv6_prefix, MonoTime now);
  [[nodiscard]] Ref acquire(PersonId person, MonoTime now);
  [[nodiscard]] std::size_t slots() const { return mask_ + 1; }
  // Walks the table: for tests and status.
  [[nodiscard]] std::size_t in_use() const;

 private:
  static constexpr std::size_t kGroup = 8;
  static constexpr std::uint64_t kReferences = (std::uint64_t{1} << 24) - 1;
  [[nodiscard]] Ref acquire(std::uint64_t hash, MonoTime now);

  const std::size_t mask_;
  const KeyedHash hash_;
  Slot* slots_;
};

}  // namespace citygate::proxy
