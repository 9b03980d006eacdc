// refusal_tally.h - records of what limits refuse, so that a flood fills neither the spool nor the store.
//
// Of each address, person and reason the first refusal of a minute leaves a record at once: a request with host and
// path, a connection, which has asked for nothing yet, as "/1-connections". All further ones of that minute are
// counted, and leave one record together: method OTHER, no host, and as path their number ("/1234-requests",
// "/17-connections"). When more than kLines are refused within a minute the others share lines without address, one for
// each reason.
//
// Owner     Worker. Thread: its loop; never between reserve() and commit() of its ring.
// Time      lines are recorded within two minutes, by the loop's timer, or when a driven clock is moved.
// Spool     a full one keeps the lines until it has room; a crowded one is left to the exchanges that run, so that
//           first refusals wait in their lines too, and none of these is recorded.
// Killed    a process that is killed loses the counts of at most two minutes, or since the spool was crowded, and else
//           no first refusal of those that had a line: a record for each refusal would let a flood fill the store.
#pragma once

#include <array>
#include <cstdint>

#include "base/address.h"
#include "base/clock.h"
#include "policy/verdict.h"
#include "proxy/desk.h"
#include "proxy/net/event_loop.h"
#include "records/spool.h"

namespace citygate::proxy {

class RefusalTally {
 public:
  static constexpr std::size_t kLines = 256;

  // All borrowed; `exchange_number` is the worker's counter.
  RefusalTally(EventLoop& loop, Desk& desk, records::SpoolRing& ring, std::uint64_t& exchange_number);

  // True: the caller records this one in full. False: it has been counted.
  [[nodiscard]] bool first_request(const IpAddress& client, const policy::Subject& who, Reason reason,
                                   std::uint16_t status);
  void add_connection(const IpAddress& client, Reason reason, std::uint16_t status);

  [[nodiscard]] bool empty() const { return used_ == 0 && others_used_ == 0; }
  [[nodiscard]] std::uint64_t unrecorded() const;  // refusals that are counted and have no record yet
  // Records what belongs to minutes that are over; `All`: this minute too.
  enum class Minutes : std::uint8_t { Past, All };
  void flush(Minutes which);

 private:
  struct Line {
    IpAddress client{};
    policy::Subject who{};
    Reason reason = Reason::TooManyRequests;
    std::uint16_t status = 0;
    bool connections = false;
    bool several = false;  // of many addresses
    WallTime begin{}, end{};
    std::uint64_t count = 0;
  };
  // Reasons, of requests and of connections, that limits refuse for: fewer than these.
  static constexpr std::size_t kOthers = 8;

  // The line of this one, begun if need be; `begun` says so.
  Line& line_of(const Line& wanted, bool& begun);
  Line& others_of(const Line& wanted);
  [[nodiscard]] bool record(const Line& line);

  Desk& desk_;
  records::SpoolRing& ring_;
  std::uint64_t& exchange_number_;
  std::size_t used_ = 0;
  std::array<Line, kLines> lines_{};  // used_ of them
  // Of those that found no line: several addresses, so they name none.
  std::size_t others_used_ = 0;
  std::array<Line, kOthers> others_{};
  Timer timer_;
};

}  // namespace citygate::proxy
