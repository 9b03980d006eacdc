// dns_channel.h - questions to DNS servers; c-ares stays behind it.
//
// Asks for one family of one name; retries, further servers, TCP after a truncated reply, and EDNS are c-ares's part.
// Owner     a Resolver. Thread: its loop. The reply comes once and later; none comes after the channel is gone.
// Files     reads its resolv.conf once, at create(), if no servers are given; never /etc/hosts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "proxy/net/event_loop.h"

namespace citygate::proxy {

enum class Family : std::uint8_t { V6, V4 };

struct DnsReply {
  enum class Status : std::uint8_t {
    Addresses,  // `list` is not empty
    NoAddress,  // the name exists and has none of this family
    NoSuchName,
    Silent,  // no server answered in time
    Broken,  // refused, failed, or what came made no sense
  };
  Status status = Status::Broken;
  std::vector<IpAddress> list{};
  std::chrono::seconds ttl{0};  // the least of the addresses and of the aliases that lead to them
  // Of NoAddress and NoSuchName: how long the zone lets them be kept (RFC 2308), if it says so.
  std::optional<std::chrono::seconds> negative_ttl{};
};

class DnsChannel {
 public:
  using OnReply = std::move_only_function<void(DnsReply)>;

  struct Config {
    std::vector<std::string> servers{};  // empty: those of resolv_conf
    std::string resolv_conf = "/etc/resolv.conf";
    std::uint16_t port = 53;                   // of servers that are named without one: all of resolv_conf
    std::chrono::milliseconds patience{5000};  // about how long all tries together may take
  };
  // Malformed: a server that is no address. Refused: the system's configuration cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<DnsChannel>> create(EventLoop& loop, const Config& config);
  virtual ~DnsChannel() = default;
  virtual void ask(const std::string& name, Family family, OnReply on_reply) = 0;
  [[nodiscard]] virtual std::size_t unanswered() const = 0;  // questions whose reply has not been handed over
};

}  // namespace citygate::proxy
