// whereabouts.h - at which addresses people have been active lately, so that one name on two machines shows.
//
//   desk ──── pat ── pat ── pat ── pat          10 minutes: proxy.same_person_window
//   elsewhere          pat ── pat ── pat
//                       └ arrives: once. Again only after nothing came from one of them for that long.
//
// Only of people who are known by a password or a sign-in: an address of the directory's map is where its person is, and
// a device is wherever it is.
// Owner     ClientTables; one for all workers. Thread: any.
// Bounds    kPeople, and of each the kAddresses where they were last. Who finds no room is not watched.
// Cost      a lock of one of 64 shards, held for one look-up; a connection asks seldom (Admission::arrives_elsewhere).
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/address.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/keyed_hash.h"

namespace citygate::proxy {

class Whereabouts {
 public:
  static constexpr std::size_t kPeople = 65'536, kAddresses = 4;

  // The person is active there now. True: they have come there, while also active elsewhere: within `window` nothing
  // came from there, and something from another address. Of IPv6 addresses the first `ipv6_prefix` bits count.
  [[nodiscard]] bool arrives(PersonId person, const IpAddress& address, unsigned ipv6_prefix, WallTime now,
                             std::chrono::milliseconds window);
  [[nodiscard]] std::size_t people() const;

 private:
  static constexpr std::size_t kShards = 64;
  struct Seen {
    std::uint64_t where = 0;  // a keyed hash of the address; 0: none
    WallTime last{};
  };
  using Places = std::array<Seen, kAddresses>;
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::uint32_t, Places> people;  // guarded by mutex
  };
  // Null: there is no room.
  [[nodiscard]] static Places* places_of(Shard& shard, PersonId person, WallTime now, std::chrono::milliseconds window);

  KeyedHash hash_;
  std::array<Shard, kShards> shards_;
};

}  // namespace citygate::proxy
