// session.h - one client of a load run: it connects, asks, checks the reply, and begins again.
//
//   Connecting ─▶ Opening (CONNECT sent) ─▶ Asking (GET sent) ─▶ complete: the next GET, or a new connection
//
// Owner     run(). Thread: one. The socket is non-blocking and registered level-triggered; requests are small enough to
//           be taken by the socket at once.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "bench/load/options.h"
#include "bench/load/reply.h"

namespace citygate::load {

using Time = std::chrono::steady_clock::time_point;

struct Tally {
  bool counting = false;  // the warm-up is over
  std::uint64_t operations = 0, body_bytes = 0, errors = 0;
  std::map<std::string, std::uint64_t, std::less<>> error_kinds;
  std::vector<std::uint32_t> latencies_us;
  void error(std::string_view kind);
};

class Session {
 public:
  // Everything is borrowed. `number` picks the source address.
  Session(const Options& options, std::string_view object, int epoll, unsigned number, Tally& tally);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void begin(Time now);  // a new connection
  void on_event(std::uint32_t events, std::vector<char>& scratch);
  void begin_if_due(Time now);     // with a rate: the next operation
  [[nodiscard]] Time due() const;  // of that; the end of time while one is under way
  void check_deadline(Time now);   // an operation that takes too long is an error

 private:
  enum class Phase : std::uint8_t { Connecting, Opening, Asking };
  void on_connected();
  void ask();
  void send(const std::string& text, Phase next);
  void on_bytes(std::string_view bytes);
  void complete();
  void next(Time now);
  void fail(std::string_view kind);
  void close();

  const Options& options_;
  int epoll_;
  unsigned number_;
  Tally& tally_;
  ReplyReader reply_;
  std::string connect_request_, get_request_;
  int fd_ = -1;
  Phase phase_ = Phase::Connecting;
  Time started_{};
  Time due_{};  // with a rate: when the next operation begins
  bool resting_ = false;
};

}  // namespace citygate::load
