// account.h - what one exchange moves, is charged with, and leaves behind as records.
//
//   may_send(n) → lease → write → settle(leased, accepted)        bytes of a quota that must end to the byte
//   reserve_end(...) → last write → commit_end() | cancel_end()   the record of a whole exchange
//   slice()                                                        an interim record of a long one
//
// Owner     Exchange. Thread: its worker's loop. Cost: two atomic operations per write where bytes are charged, none
//           where they are not; no allocation.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/record.h"
#include "meter/tunnel_estimate.h"
#include "proxy/counters.h"
#include "proxy/desk.h"
#include "records/spool.h"

namespace citygate::proxy {

class Account {
 public:
  // All borrowed.
  Account(Desk& desk, records::SpoolRing& ring, Counters& counters) : desk_(desk), ring_(ring), counters_(counters) {}

  // A new exchange begins. `about` is the exchange's own and is read when a record is made.
  void open(const Case& about, std::uint64_t number, const IpAddress& client, Method method);
  void set_query() { has_query_ = true; }
  // What the exchange is, for attended minutes. Tunnels are estimated from their shape.
  void set_attention(Attention attention) { attention_ = attention; }
  void set_media() { media_ = true; }
  void set_asked_by_hand() { asked_by_hand_ = true; }  // refused, it is an attempt
  void set_tunnel() { tunnel_ = true; }
  void set_elsewhere() { elsewhere_ = true; }  // for the next record
  [[nodiscard]] Attention attention() const { return attention_; }

  // How many of `want` payload bytes the quota lets through now; 0 when it is used up.
  [[nodiscard]] std::uint64_t may_send(std::uint64_t want);
  // Of `leased` bytes the client's socket took `accepted`; the rest goes back.
  void settle(std::uint64_t leased, std::uint64_t accepted);
  void received(std::uint64_t bytes);

  // The last record, made before the last `about_to_send` payload bytes are written. False: the spool is full.
  [[nodiscard]] bool reserve_end(Outcome outcome, std::uint16_t status, std::uint64_t about_to_send);
  void commit_end();
  void leave_out() { open_ = false; }  // no record: it is counted with others (limits/refusal_tally.h)
  void cancel_end() { ring_.cancel(); }
  // Both at once, where no last write is waited for. False: the spool is full.
  [[nodiscard]] bool end(Outcome outcome, std::uint16_t status);
  // A record of what happened since the last one. False: the spool is full; the next record covers it.
  bool slice();

  [[nodiscard]] bool opened() const { return open_; }
  [[nodiscard]] bool moved() const { return from_client_ + to_client_ > 0; }  // since the last record
  [[nodiscard]] RecordId last_id() const { return last_id_; }
  [[nodiscard]] std::uint64_t from_client_bytes() const { return total_from_client_; }
  [[nodiscard]] std::uint64_t to_client_bytes() const { return total_to_client_; }

 private:
  enum class Part : std::uint8_t { Slice, Last };
  [[nodiscard]] Record make(Outcome outcome, std::uint16_t status, Part part, WallTime end);
  void start_slice(WallTime now);
  bool slice_until(WallTime end);
  // What passed before local midnight is the old day's: it gets a slice of its own there.
  void pass_midnight();

  Desk& desk_;
  records::SpoolRing& ring_;
  Counters& counters_;
  const Case* about_ = nullptr;

  bool open_ = false;
  std::uint64_t number_ = 0;
  std::uint32_t slice_ = 0;
  WallTime begin_{};
  WallTime day_end_{};  // of the local day in which the slice began
  IpAddress client_;
  Method method_ = Method::Other;
  bool has_query_ = false, media_ = false, tunnel_ = false, asked_by_hand_ = false;
  bool elsewhere_ = false;
  Attention attention_ = Attention::None;

  std::uint64_t from_client_ = 0, to_client_ = 0, streamed_ = 0;  // of the slice
  std::uint64_t total_from_client_ = 0, total_to_client_ = 0;
  QuotaId lease_quota_;
  std::int32_t lease_day_ = 0;
  meter::TunnelEstimate estimate_;
  meter::TunnelEstimate::Stretch stretch_;  // taken from the estimate, not yet in a record
  RecordId last_id_;
  Ruling last_ruling_ = Ruling::Allow;         // of the record that is reserved
  Outcome last_outcome_ = Outcome::Completed;  // likewise
};

}  // namespace citygate::proxy
