// exchange_times.h - when the phases of one exchange began, and the histograms that they end in.
//
//   begin ─▶ decided ─▶ asked_dns ─▶ got_addresses ─▶ dialled ─▶ connected ─▶ sent ─▶ answered ─▶ end
//
// Owner     Exchange. Thread: its worker's loop.
// Cost      the loop's time, read once a turn, does for everything that waits for somebody else. A decision takes less
//           than a turn, so one exchange in 64 is measured with a clock of its own: under a nanosecond for each.
#pragma once

#include "proxy/counters.h"
#include "proxy/net/event_loop.h"

namespace citygate::proxy {

class ExchangeTimes {
 public:
  // Both borrowed.
  ExchangeTimes(EventLoop& loop, Counters& counters) : loop_(loop), counters_(counters) {}

  void begin(std::uint64_t number) {
    began_ = loop_.now();
    undecided_ = number % kSample == 0;
    if (undecided_) phase_began_ = std::chrono::steady_clock::now();
  }
  [[nodiscard]] MonoTime began() const { return began_; }
  // The first verdict; later ones are not measured.
  void decided() {
    if (!undecided_) return;
    undecided_ = false;
    counters_.decision.observe(std::chrono::steady_clock::now() - phase_began_);
  }

  // Phases come one after another, so one mark does for all.
  void asked_dns() { mark(); }
  void got_addresses() { counters_.dns.observe(since_mark()); }
  void dialled() { mark(); }
  void connected() { counters_.origin_connect.observe(since_mark()); }
  void sent() { mark(); }
  void answered() { counters_.origin_first_byte.observe(since_mark()); }

  enum class Kind : std::uint8_t { Exchange, Tunnel };
  void end(Kind kind) { (kind == Kind::Tunnel ? counters_.tunnel : counters_.exchange).observe(loop_.now() - began_); }

 private:
  static constexpr std::uint64_t kSample = 64;

  void mark() {
    undecided_ = false;
    phase_began_ = loop_.now();
  }
  [[nodiscard]] std::chrono::nanoseconds since_mark() const { return loop_.now() - phase_began_; }

  EventLoop& loop_;
  Counters& counters_;
  MonoTime began_{}, phase_began_{};
  bool undecided_ = false;
};

}  // namespace citygate::proxy
