// session_table.h - who has signed in on the portal with a password, by the address that he signed in from.
//
//   portal ──open(address, person, cookie)──▶ table ◀──find(address)── workers, once an exchange
//
// A session says two things: to workers, that whoever sends from this address is this person; to the portal, that
// whoever shows this cookie from this address is. A cookie is worth nothing from elsewhere, and nothing is kept of it
// but its SHA-256. An address has one session: who signs in from it next takes its place.
// Sessions are kept in memory alone: a process that starts anew has none, and people sign in again.
// Where a session ends before its time, or becomes another person's, whoever asked to be told is (on_end): what runs from
// there is to be decided again at once.
// Owner     app; one for all workers and the portal. Thread: all of it any.
// Bounds    kSessions in all and kPerPerson for one person, of whom the oldest makes room for a new one.
// Cost      find(): one atomic load while nobody is signed in, else a lock of one of 64 shards, held for one look-up.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/keyed_hash.h"

namespace citygate::proxy {

using CookieHash = std::array<unsigned char, 32>;
[[nodiscard]] CookieHash hash_cookie(std::string_view cookie);  // SHA-256
[[nodiscard]] inline std::size_t mark_of_password(std::string_view password_hash) {
  return std::hash<std::string_view>{}(password_hash);
}

class SessionTable {
 public:
  static constexpr std::size_t kSessions = 131'072, kPerPerson = 16;

  struct Session {
    PersonId person;
    WallTime since{}, until{};  // [since, until)
    // Of the directory's hash that the password was right by: who is given another one is signed out.
    std::size_t password = 0;
  };

  SessionTable() = default;
  SessionTable(const SessionTable&) = delete;
  SessionTable& operator=(const SessionTable&) = delete;

  // Called on the thread that ended them, with nothing locked. To be set before the first session.
  using Ended = std::function<void(std::span<const IpAddress>)>;
  void on_end(Ended ended) { ended_there_ = std::move(ended); }

  // Who is signed in at this address now.
  [[nodiscard]] std::optional<Session> find(const IpAddress& address, WallTime now) const;
  // The same, if `cookie` is that of the session.
  [[nodiscard]] std::optional<Session> find(const IpAddress& address, const CookieHash& cookie, WallTime now) const;

  struct Opened {
    bool done = false;    // false: as many sessions as may be, and none of them this person's
    PersonId replaced;    // another person, whose session at this address this one ended; 0: nobody
    unsigned others = 0;  // addresses at which the same person stays signed in
  };
  [[nodiscard]] Opened open(const IpAddress& address, const Session& session, const CookieHash& cookie);
  // Signs out; false: there was no session of this cookie.
  bool close(const IpAddress& address, const CookieHash& cookie);
  // Whatever their cookies are.
  void end_at(std::span<const IpAddress> addresses);
  // Ends those of which `stays` says no: of who is suspended, has left the directory, has another password. Returns how
  // many.
  std::size_t keep_only(const std::function<bool(const Session&)>& stays);
  void drop_ended(WallTime now);

  [[nodiscard]] std::size_t size() const { return size_.load(std::memory_order_relaxed); }
  struct Counts {
    std::uint64_t opened, replaced, ended;
  };
  [[nodiscard]] Counts counts() const;

 private:
  static constexpr std::size_t kShards = 64;
  struct Entry {
    Session session;
    CookieHash cookie{};
  };
  struct Hash {
    KeyedHash keyed;
    std::size_t operator()(const IpAddress& address) const { return keyed(address, 128); }
  };
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    std::unordered_map<IpAddress, Entry, Hash> entries;  // guarded by mutex
  };
  [[nodiscard]] Shard& shard_of(const IpAddress& address) const { return shards_[hash_(address) % kShards]; }
  // Drops what `gone` says; the shards are locked one after the other. Where they were.
  std::vector<IpAddress> drop(const std::function<bool(const Session&)>& gone);
  // Makes room for another session of this person; how many are left. Where one ended is added to `ended`.
  unsigned count_and_trim(PersonId person, const IpAddress& but, std::vector<IpAddress>& ended);
  [[nodiscard]] Opened put(const IpAddress& address, const Session& session, const CookieHash& cookie);
  // Null: whatever its cookie is.
  bool remove(const IpAddress& address, const CookieHash* cookie);
  void tell(std::span<const IpAddress> ended) const {
    if (ended_there_ && !ended.empty()) ended_there_(ended);
  }

  Hash hash_;
  mutable std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> size_{0};
  std::atomic<std::uint64_t> opened_{0}, replaced_{0}, ended_{0};
  Ended ended_there_;
  std::mutex opening_;  // one open() at a time, so that the bounds hold
};

}  // namespace citygate::proxy
