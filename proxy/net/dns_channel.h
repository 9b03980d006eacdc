// dns_channel.h - questions to DNS servers; c-ares stays behind it.
//
// Asks for one family of one name; retries, further servers, TCP after a truncated reply, and EDNS are c-ares's part.
// Owner     a Resolver. Thread: its loop. The reply comes once and later; none comes after the channel is gone.
// Files     reads /etc/resolv.conf once, at create(), if no servers are given; never /etc/hosts.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
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
};

class DnsChannel {
 public:
  using OnReply = std::move_only_function<void(DnsReply)>;

  // `patience`: about how long all tries together may take.
  // Malformed: a server that is no address. Refused: the system's configuration cannot be read.
  [[nodiscard]] static Result<std::unique_ptr<DnsChannel>> create(EventLoop& loop,
                                                                  const std::vector<std::string>& servers,
                                                                  std::chrono::milliseconds patience);
  virtual ~DnsChannel() = default;
  virtual void ask(const std::string& name, Family family, OnReply on_reply) = 0;
};

}  // namespace citygate::proxy
