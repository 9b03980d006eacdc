// upstream_pool.h - idle connections to origins, one pool per worker.
//
// Path      exchange → take(origin) → an idle connection, or none: dial, then adopt(). After the exchange give_back().
// Owner     Worker; outlives every stream it hands out. Thread: its loop.
// Idle      a connection on which anything happens while it is idle is closed: no answer was asked for.
// Cost      O(1) per call; allocates only when a connection or an origin is new.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "proxy/counters.h"
#include "proxy/http/origin_connection.h"
#include "proxy/net/event_loop.h"

namespace citygate::proxy {

class UpstreamPool {
 public:
  struct Limits {
    std::size_t idle_per_origin = 64;
    std::chrono::milliseconds idle_for{55'000};
    ParserLimits parser;
  };
  UpstreamPool(EventLoop& loop, BulkPool& buffers, Counters& counters, Limits limits);
  ~UpstreamPool();

  // The connection that was used last; null when none is idle.
  [[nodiscard]] std::unique_ptr<OriginStream> take(std::string_view host, std::uint16_t port);
  [[nodiscard]] std::unique_ptr<OriginStream> adopt(std::unique_ptr<Transport> transport);
  // Keeps it if it may serve again, closes it otherwise.
  void give_back(std::string_view host, std::uint16_t port, std::unique_ptr<OriginStream> stream);
  // Closes it in any case, at the end of the turn.
  void discard(std::unique_ptr<OriginStream> stream);
  void set_limits(const Limits& limits) { limits_ = limits; }  // the parser's: of connections made from now on
  void drain();                                                // closes what is idle; nothing is kept from now on

 private:
  struct Idle : OriginStream::Listener {
    void on_origin_readable() override { pool->look(*this); }
    void on_origin_writable() override {}
    UpstreamPool* pool = nullptr;
    std::string* key = nullptr;
    std::unique_ptr<OriginStream> stream;
    MonoTime since{};
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  using IdleList = std::deque<std::unique_ptr<Idle>>;
  std::string_view key_of(std::string_view host, std::uint16_t port);
  void look(Idle& idle);  // drops it unless the wake-up meant nothing
  void drop(Idle& idle);
  void sweep();

  EventLoop& loop_;
  BulkPool& buffers_;
  Counters& counters_;
  Limits limits_;
  bool draining_ = false;
  std::string key_;  // scratch
  std::unordered_map<std::string, IdleList, Hash, std::equal_to<>> idle_;
  std::vector<std::unique_ptr<Idle>> spare_;
  Timer sweep_timer_;
};

}  // namespace citygate::proxy
