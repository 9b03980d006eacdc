// upstream_pool.h - connections to origins, one pool per worker: those that are idle, and how many there are.
//
// Path      exchange → take(host): an idle connection, or a place to dial for and adopt() with. Neither: as many are in
//           use as may be, and the exchange may wait() for its turn. After the exchange give_back() or discard(), or
//           rest() where the next exchange of the same client must get it and nobody else.
// Bounds    connections to one host, in use, being dialled and idle together; who waits for one of them, served in
//           order; idle connections of the whole worker, of which the longest idle goes first. Those that rest for an
//           owner are not counted there, one for each of them at most; they make room for who lacks a place to the same
//           host. Tunnels are not counted at all.
// Owner     Worker; outlives every stream and place it hands out. Thread: its loop.
// Idle      a connection on which anything happens while it is idle is closed: no answer was asked for.
// Cost      O(1) per call, one look-up by name for take() and none for give_back(); allocates only when a connection or
//           an origin is new, or when someone has to wait.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "proxy/counters.h"
#include "proxy/http/origin_connection.h"
#include "proxy/net/event_loop.h"
#include "proxy/net/resolver.h"

namespace citygate::proxy {

class UpstreamPool {
 public:
  struct Limits {
    std::size_t idle_per_host = 64;
    std::size_t idle = 4096;
    std::size_t connections_per_host = 1000;
    std::size_t waiting_per_host = 1000;
    std::chrono::milliseconds idle_for{55'000};
    // One that rests for its owner is left to it, whoever waits: the messages of one sign-in follow each other at once.
    std::chrono::milliseconds rests_for{1'000};
    ParserLimits parser;
  };
  UpstreamPool(EventLoop& loop, BulkPool& buffers, Counters& counters, Limits limits);
  ~UpstreamPool();

  // One of the two, or neither.
  struct Turn {
    std::unique_ptr<OriginStream> stream;  // the idle connection that was used last
    OriginPlace place;
    explicit operator bool() const { return stream || place; }
  };
  // `host` is the origin's name, or whatever else connections may be shared by.
  [[nodiscard]] Turn take(std::string_view host, std::uint16_t port);
  // After a take() that gave nothing. The callback comes once and later; dropping the ticket gives the turn up.
  // TooLarge: too many wait already.
  using OnTurn = std::move_only_function<void(Turn)>;
  [[nodiscard]] Result<Ticket> wait(std::string_view host, std::uint16_t port, OnTurn on_turn);

  [[nodiscard]] std::unique_ptr<OriginStream> adopt(std::unique_ptr<Transport> transport, OriginPlace place);
  // Keeps it if it may serve again, closes it otherwise.
  void give_back(std::unique_ptr<OriginStream> stream);
  // Closes it in any case, at the end of the turn.
  void discard(std::unique_ptr<OriginStream> stream);
  [[nodiscard]] OriginPlace discard_but_keep_place(std::unique_ptr<OriginStream> stream);
  class Resting;
  // Keeps it for the owner of `as`, who gets it back by as.take() if it still serves then.
  void rest(std::unique_ptr<OriginStream> stream, Resting& as);
  void set_limits(const Limits& limits);  // the parser's: of connections made from now on
  // At most so many are idle from now on, whatever the limits say; the longest idle ones go, at the end of the turn.
  void leave_idle(std::size_t most);
  void close_idle();  // at the end of the turn: descriptors or memory are short
  void drain();       // closes what is idle; nothing is kept from now on

  [[nodiscard]] std::size_t idle() const { return by_age_.size; }

 private:
  friend class OriginPlace;
  friend struct OriginHost;
  struct Idle;
  struct Waiting;
  // A list of idle connections that each takes and leaves by itself; every one is in two.
  struct Links {
    Idle *newer = nullptr, *older = nullptr;
  };
  template <Links Idle::* kLinks>
  struct IdleList {
    Idle *newest = nullptr, *oldest = nullptr;
    std::size_t size = 0;
    void push(Idle& idle);
    void remove(Idle& idle);
  };
  struct Idle : OriginStream::Listener {
    void on_origin_readable() override { pool->look(*this); }
    void on_origin_writable() override {}
    UpstreamPool* pool = nullptr;
    OriginHost* host = nullptr;
    Resting* owner = nullptr;  // null: it serves anybody
    std::unique_ptr<OriginStream> stream;
    MonoTime since{};
    Links of_host, of_all;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  std::string_view key_of(std::string_view host, std::uint16_t port);
  OriginHost& host_of(std::string_view host, std::uint16_t port);
  [[nodiscard]] std::unique_ptr<OriginStream> take_idle(OriginHost& host);
  [[nodiscard]] OriginPlace take_place(OriginHost& host);
  // True: it holds no buffer and has no listener any more. False: it cannot serve another exchange.
  [[nodiscard]] bool come_to_rest(OriginConnection& connection) const;
  void link(std::unique_ptr<OriginStream> stream, Resting* owner);
  void close_surplus();
  [[nodiscard]] IdleList<&Idle::of_all>& list_of(const Idle& idle) { return idle.owner ? resting_ : by_age_; }
  [[nodiscard]] std::unique_ptr<OriginStream> unlink(Idle& idle);
  void look(Idle& idle);  // closes it unless the wake-up meant nothing
  void close(Idle& idle) { discard(unlink(idle)); }
  void left(OriginHost& host);  // a place among its connections is free, or nobody waits any more
  void serve_later(OriginHost& host);
  void serve(OriginHost& host);
  void forget_if_unused(OriginHost& host);
  void sweep();

  EventLoop& loop_;
  BulkPool& buffers_;
  Counters& counters_;
  Limits limits_;
  std::size_t most_idle_ = SIZE_MAX;  // by descriptors; those that rest for their owner count as well
  bool draining_ = false;
  std::string key_;  // scratch
  // A host is here as long as there is a connection to it, or one who waits.
  std::unordered_map<std::string, std::unique_ptr<OriginHost>, Hash, std::equal_to<>> hosts_;
  IdleList<&Idle::of_all> by_age_, resting_;  // for anybody; each for its owner
  std::vector<std::unique_ptr<Idle>> spare_;
  std::vector<OriginHost*> to_serve_;
  Timer serve_timer_, sweep_timer_;
};

// What the owner of a resting connection holds. Dropping it closes the connection, if the pool has not done so before.
class UpstreamPool::Resting {
 public:
  Resting() = default;
  Resting(const Resting&) = delete;  // the pool knows where it is
  Resting& operator=(const Resting&) = delete;
  ~Resting() { drop(); }

  explicit operator bool() const { return idle_ != nullptr; }
  [[nodiscard]] std::unique_ptr<OriginStream> take() { return idle_ ? idle_->pool->unlink(*idle_) : nullptr; }
  void drop() {
    if (idle_) idle_->pool->close(*idle_);
  }

 private:
  friend class UpstreamPool;
  Idle* idle_ = nullptr;  // null once it is closed
};

}  // namespace citygate::proxy
