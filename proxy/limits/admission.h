// admission.h - whether a client may open one more connection or ask for one more thing: limits of an address and of a
// person.
//
//   accept ─▶ connect(claim) ─▶ head ─▶ begin(claim) ─▶ who is asking ─▶ begin_for(claim, subject) ─▶ ... ─▶ end(claim)
//
// Owner     Worker; the tables are the process's, so that a limit holds over all workers.
// Thread    the worker's loop.
// Full      an address that finds no room in the table is not limited: people who are known are served, who is not
//           known is answered with 503. Persons have a table of their own, which no number of addresses can fill.
// Person    a connection is one of the person's from the first request that names him to its end, or to the request
//           that names somebody else.
// Cost      per request four atomic counts and two token buckets, each on a cache line that is mostly this worker's;
//           per connection one look-up, and one more when its person changes (bench/RESULTS.md).
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/vocabulary.h"
#include "policy/verdict.h"
#include "proxy/counters.h"
#include "proxy/identity/whereabouts.h"
#include "proxy/limits/client_table.h"
#include "proxy/limits/limits_config.h"

namespace citygate::proxy {

// One process's, for all workers.
struct ClientTables {
  explicit ClientTables(std::size_t clients) : addresses(clients), people(clients) {}
  ClientTable addresses, people;
  Whereabouts whereabouts;
};

// What a client is told when a limit refuses it.
struct Limited {
  Reason reason = Reason::TooManyRequests;
  std::uint16_t status = 429;
  std::chrono::seconds retry_after{1};
};

// What one connection counts for; taken back when it goes. Must not outlive the tables.
class ClientClaim {
 public:
  ClientClaim() = default;
  ClientClaim(ClientClaim&& other) noexcept;  // while nothing runs
  ClientClaim& operator=(ClientClaim&&) = delete;
  ~ClientClaim() { release(); }

  [[nodiscard]] bool exempt() const { return tracking_ == Tracking::Exempt; }

 private:
  friend class Admission;
  enum class Tracking : std::uint8_t {
    None,       // connect() has not been called
    Counted,    // by its address
    Exempt,     // the address has no limits
    Untracked,  // the table was full
  };
  void end();
  void release();
  void leave_person();

  ClientTable::Ref address_, person_;
  PersonId who_;  // person_ is of
  Tracking tracking_ = Tracking::None;
  bool address_running_ = false, person_running_ = false;
  bool person_connected_ = false;  // this connection is counted as one of person_'s
  PersonId seen_;                  // whose whereabouts it has told last, and when
  WallTime seen_at_{};
};

// "10.0.0.0/8", "192.0.2.1". Malformed: an entry that is neither, by name.
[[nodiscard]] Result<std::vector<Cidr>> read_ranges(const TextList& texts);

class Admission {
 public:
  // Borrowed. Its ranges have been read without error.
  Admission(ClientTables& tables, const LimitsConfig& config, Counters& counters);
  void adopt(const LimitsConfig& config);  // for what begins from now on

  // Nothing: go on. Once per claim.
  [[nodiscard]] std::optional<Limited> connect(ClientClaim& claim, const IpAddress& client, MonoTime now);
  // Of the address; each call that goes on is followed by end(), or by the claim's end.
  [[nodiscard]] std::optional<Limited> begin(ClientClaim& claim, MonoTime now);
  // Of the person; after begin().
  [[nodiscard]] std::optional<Limited> begin_for(ClientClaim& claim, const policy::Subject& subject, MonoTime now);
  void end(ClientClaim& claim) { claim.end(); }
  // A person known by password or sign-in has come to this address, while active at another one within `window` as
  // well; once for each time. Never at an exempt address, where many people are, and not with a window of 0.
  [[nodiscard]] bool arrives_elsewhere(ClientClaim& claim, const policy::Subject& subject, const IpAddress& client,
                                       WallTime now, std::chrono::milliseconds window);

 private:
  ClientTables& tables_;
  LimitsConfig config_;
  Counters& counters_;
  std::vector<Cidr> exempt_;
  BucketRate address_rate_, person_rate_;
};

}  // namespace citygate::proxy
