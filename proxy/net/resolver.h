// resolver.h - names to addresses: the [hosts] table first, then a cache, then DNS (c-ares, never /etc/hosts).
//
// Owner     Worker. Thread: its loop. The callback comes once with all addresses, or with the failure; before that it
//           may come once with those of one family, while the other is still on its way (`more`; RFC 8305 section 3).
//           It comes later, or at once from within resolve() when the answer is known; dropping the ticket cancels it.
// Cache     holds answers for their TTL (bounded by 1 s and 1 h); a "no" for as long as its zone says (RFC 2308), at
//           most `negative_ttl`; for 5 s at most failures, a "no" without such a word, and the addresses of one family
//           where no server told the other's. Concurrent look-ups of one name are one query.
// Bounds    `lookups` names asked for at once: those beyond are refused on the spot.
// Servers   a changed resolv.conf is taken up within `resolv_conf_check`: the cache is forgotten, look-ups on their way
//           end with the servers that they were begun with.
// Errors    NotFound: the name has no address. Timeout, Refused: no server answered. All side Origin; TooLarge, side
//           Local: too many names are being asked for.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "proxy/net/event_loop.h"

namespace citygate::proxy {

// Cancels what it stands for when dropped; may outlive it.
class Ticket {
 public:
  Ticket() = default;
  explicit Ticket(std::move_only_function<void()> cancel) : cancel_(std::move(cancel)) {}
  Ticket(Ticket&& other) noexcept : cancel_(std::move(other.cancel_)) { other.cancel_ = nullptr; }
  Ticket& operator=(Ticket&& other) noexcept {
    if (this != &other) {
      drop();
      cancel_ = std::move(other.cancel_);
      other.cancel_ = nullptr;
    }
    return *this;
  }
  ~Ticket() { drop(); }
  explicit operator bool() const { return cancel_ != nullptr; }
  void drop() {
    if (auto cancel = std::move(cancel_)) {
      cancel_ = nullptr;
      cancel();
    }
  }

 private:
  std::move_only_function<void()> cancel_;
};

struct ResolverConfig {
  std::vector<std::string> servers{};       // "192.0.2.53", "[2001:db8::53]:5353"; empty: resolv_conf
  std::chrono::milliseconds timeout{5000};  // of a whole look-up
  std::chrono::milliseconds negative_ttl{300'000};
  std::size_t cache_entries = 20'000;
  std::size_t lookups = 16'384;  // at once; DNS has 65,536 numbers for the questions on their way to one server
  std::string resolv_conf = "/etc/resolv.conf";
  std::uint16_t port = 53;                            // of servers that are named without one
  std::chrono::milliseconds resolv_conf_check{5000};  // how often it is looked at
  std::function<MonoTime()> now{};                    // the cache's time, for tests; empty: the loop's
};

struct Addresses {
  std::vector<IpAddress> list;  // IPv6 and IPv4 in the order to try (RFC 6724 as far as the kernel's routes tell)
  bool listed_host = false;     // from the [hosts] table
  bool more = false;            // the other family is on its way: the callback comes once more, with all of them
};

class Resolver {
 public:
  using OnAnswer = std::move_only_function<void(Result<std::shared_ptr<const Addresses>>)>;
  using HostTable =
      std::map<std::string, std::vector<IpAddress>, std::less<>>;  // canonical names; "*.name" = all below

  [[nodiscard]] static Result<std::unique_ptr<Resolver>> create(EventLoop& loop, const ResolverConfig& config,
                                                                HostTable hosts);
  virtual ~Resolver() = default;
  // Another configuration from now on, as create() takes it; after an error the old one goes on. Look-ups on their way
  // end as they were begun.
  [[nodiscard]] virtual Result<void> adopt(const ResolverConfig& config, HostTable hosts) = 0;
  // The canonical host. What is at hand is answered without a callback:
  [[nodiscard]] virtual std::shared_ptr<const Addresses> cached(std::string_view host) = 0;  // null: ask
  [[nodiscard]] virtual Ticket resolve(std::string_view host, OnAnswer on_answer) = 0;
};

}  // namespace citygate::proxy
