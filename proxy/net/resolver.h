// resolver.h - names to addresses: the [hosts] table first, then a cache, then DNS (c-ares, never /etc/hosts).
//
// Owner     Worker. Thread: its loop. The callback comes once, later or at once from within resolve() when the answer
// is
//           known; dropping the ticket cancels it.
// Cache     holds answers for their TTL (bounded by 1 s and 1 h), failures for `negative_ttl`; concurrent look-ups of
// one
//           name are one query.
// Errors    NotFound: the name has no address. Timeout, Refused: no server answered. All side Origin.
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
  std::vector<std::string> servers{};       // "192.0.2.53", "[2001:db8::53]:5353"; empty: /etc/resolv.conf
  std::chrono::milliseconds timeout{5000};  // of a whole look-up
  std::chrono::milliseconds negative_ttl{10'000};
  std::size_t cache_entries = 20'000;
  std::function<MonoTime()> now{};  // the cache's time, for tests; empty: the loop's
};

struct Addresses {
  std::vector<IpAddress> list;  // IPv6 and IPv4 in the order to try (RFC 6724 as far as the kernel's routes tell)
  bool listed_host = false;     // from the [hosts] table
};

class Resolver {
 public:
  using OnAnswer = std::move_only_function<void(Result<std::shared_ptr<const Addresses>>)>;
  using HostTable =
      std::map<std::string, std::vector<IpAddress>, std::less<>>;  // canonical names; "*.name" = all below

  [[nodiscard]] static Result<std::unique_ptr<Resolver>> create(EventLoop& loop, const ResolverConfig& config,
                                                                HostTable hosts);
  virtual ~Resolver() = default;
  // From the next look-up on; those on their way end as they began. Other servers are asked anew for every name. Errors
  // as of create(): then nothing has changed.
  [[nodiscard]] virtual Result<void> adopt(const ResolverConfig& config, HostTable hosts) = 0;
  // The canonical host. What is at hand is answered without a callback:
  [[nodiscard]] virtual std::shared_ptr<const Addresses> cached(std::string_view host) = 0;  // null: ask
  [[nodiscard]] virtual Ticket resolve(std::string_view host, OnAnswer on_answer) = 0;
};

}  // namespace citygate::proxy
