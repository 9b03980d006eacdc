// fake_dns.h - a DNS server on loopback, UDP and TCP on one port, that says what a test tells it to.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/file.h"
#include "proxy/net/listener.h"

namespace citygate::proxy {

class FakeDns {
 public:
  enum class Manner : std::uint8_t {
    Answer,
    Silent,
    ServerFailure,
    Truncated,      // by UDP only: the answer is had by TCP
    WrongId,        // the right answer to another question
    Noise,          // bytes that are no message
    BrokenMessage,  // the right id, then names that point at themselves
    HalfAMessage,   // the right answer, cut in the middle
  };
  struct Record {
    std::vector<IpAddress> addresses{};
    std::uint32_t ttl = 300;
    Manner manner = Manner::Answer;
    Manner manner_v6 = Manner::Answer;  // of AAAA
    std::string alias{};                // a CNAME to this name, whose record follows
    std::uint32_t alias_ttl = 300;
    bool exists = true;
    // Of a reply without addresses: its SOA's TTL and MINIMUM; none is sent while there is no TTL.
    std::uint32_t soa_ttl = 0, soa_minimum = 0;
  };

  FakeDns() : FakeDns({IpAddress::v4(0x7f000001), 0}) {}
  explicit FakeDns(const SocketAddress& at) {
    // Port 0 for UDP, then the same for TCP; another pair if that one is taken.
    for (int tries = 0; tries < 20 && !tcp_; ++tries) {
      udp_.reset(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      sockaddr_storage storage;
      const socklen_t length = at.to_sockaddr(storage);
      if (::bind(udp_.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0) continue;
      auto sockets = listen_sockets(local_address(udp_), 1, 16);
      if (sockets) tcp_ = std::move((*sockets)[0]);
    }
    if (!tcp_) throw std::runtime_error("no port for a DNS server");
    stop_.reset(::eventfd(0, EFD_CLOEXEC));
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeDns() {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(stop_.get(), &one, sizeof one));
    thread_.join();
  }

  [[nodiscard]] std::string address() const { return local_address(udp_).to_string(); }
  [[nodiscard]] SocketAddress socket_address() const { return local_address(udp_); }
  void set(const std::string& name, Record record) {
    const std::lock_guard lock(mutex_);
    records_[name] = std::move(record);
  }
  // Questions for `name`, of A (1) or AAAA (28).
  [[nodiscard]] int asked(const std::string& name, int type = 1) {
    const std::lock_guard lock(mutex_);
    return asked_[{name, type}];
  }
  [[nodiscard]] int asked_by_tcp() {
    const std::lock_guard lock(mutex_);
    return asked_by_tcp_;
  }

 private:
  using Bytes = std::string;
  static void put16(Bytes& out, std::size_t value) {
    out += static_cast<char>(value >> 8);
    out += static_cast<char>(value & 0xff);
  }
  static void put32(Bytes& out, std::uint32_t value) {
    put16(out, value >> 16);
    put16(out, value & 0xffff);
  }
  static std::size_t get16(const Bytes& in, std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(in.at(at))) << 8 |
           static_cast<unsigned char>(in.at(at + 1));
  }
  static void put_name(Bytes& out, const std::string& name) {
    for (std::size_t at = 0; at < name.size();) {
      const std::size_t dot = std::min(name.find('.', at), name.size());
      out += static_cast<char>(dot - at);
      out += name.substr(at, dot - at);
      at = dot + 1;
    }
    out += '\0';
  }

  // "" for silence.
  Bytes reply_to(const Bytes& query, bool tcp) {
    std::string name;
    std::size_t at = 12;
    while (query.at(at) != 0) {
      const auto length = static_cast<std::size_t>(query.at(at));
      name += (name.empty() ? "" : ".") + query.substr(at + 1, length);
      at += 1 + length;
    }
    const int type = static_cast<int>(get16(query, at + 1));
    const Bytes question = query.substr(12, at + 5 - 12);

    const std::lock_guard lock(mutex_);
    ++asked_[{name, type}];
    asked_by_tcp_ += tcp ? 1 : 0;
    const auto found = records_.find(name);
    const Record record = found != records_.end() ? found->second : Record{.exists = false};
    const Manner manner = type == 28 && record.manner_v6 != Manner::Answer ? record.manner_v6 : record.manner;
    if (manner == Manner::Silent) return {};
    if (manner == Manner::Noise) return "\x01\x02\x03 this is no DNS message";

    Bytes answers;
    std::size_t count = 0;
    if (!record.alias.empty()) {
      put16(answers, 0xc00c);
      put16(answers, 5);
      put16(answers, 1);
      put32(answers, record.alias_ttl);
      Bytes target;
      put_name(target, record.alias);
      put16(answers, target.size());
      answers += target;
      ++count;
    }
    for (const IpAddress& address : record.addresses) {
      if (address.is_v4() != (type == 1)) continue;
      if (record.alias.empty())
        put16(answers, 0xc00c);
      else
        put_name(answers, record.alias);
      put16(answers, static_cast<std::size_t>(type));
      put16(answers, 1);
      put32(answers, record.ttl);
      const auto& bytes = address.bytes();
      const std::size_t skip = type == 1 ? 12 : 0;
      put16(answers, bytes.size() - skip);
      answers.append(reinterpret_cast<const char*>(bytes.data()) + skip, bytes.size() - skip);
      ++count;
    }
    std::size_t authorities = 0;
    if (count == 0 && record.soa_ttl > 0) {
      put16(answers, 0xc00c);
      put16(answers, 6);
      put16(answers, 1);
      put32(answers, record.soa_ttl);
      Bytes data;
      put_name(data, "ns.example");
      put_name(data, "hostmaster.example");
      for (const std::uint32_t value : {1u, 7200u, 900u, 86400u, record.soa_minimum}) put32(data, value);
      put16(answers, data.size());
      answers += data;
      authorities = 1;
    }
    const bool truncated = manner == Manner::Truncated && !tcp;
    if (truncated) {
      answers.clear();
      count = authorities = 0;
    }
    if (manner == Manner::BrokenMessage) {
      answers = Bytes("\xc0\x1e\xc0\x1e\xc0\x1e\xff\xff\xff\xff\xff\xff\xff\xff", 14);
      count = 9;
    }
    Bytes out = query.substr(0, 2);
    if (manner == Manner::WrongId) out[0] = static_cast<char>(out[0] ^ 0x55);
    const std::size_t code = manner == Manner::ServerFailure ? 2 : record.exists ? 0 : 3;
    put16(out, 0x8180 | (truncated ? 0x0200u : 0u) | code);
    put16(out, 1);
    put16(out, count);
    put16(out, authorities);
    put16(out, 0);
    out += question + answers;
    if (manner == Manner::HalfAMessage) out.resize(out.size() - 6);
    return out;
  }

  void serve() {
    for (;;) {
      pollfd polls[] = {{.fd = udp_.get(), .events = POLLIN, .revents = 0},
                        {.fd = tcp_.get(), .events = POLLIN, .revents = 0},
                        {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
      if (::poll(polls, 3, -1) < 0) continue;
      if (polls[2].revents != 0) return;
      if (polls[0].revents != 0) serve_udp();
      if (polls[1].revents != 0) serve_tcp();
    }
  }
  void serve_udp() {
    char block[2048];
    sockaddr_storage from;
    socklen_t length = sizeof from;
    auto* client = reinterpret_cast<sockaddr*>(&from);
    const auto got = ::recvfrom(udp_.get(), block, sizeof block, 0, client, &length);
    if (got < 17) return;
    const Bytes reply = reply_to(Bytes(block, static_cast<std::size_t>(got)), false);
    if (!reply.empty()) ::sendto(udp_.get(), reply.data(), reply.size(), 0, client, length);
  }
  void serve_tcp() {
    const UniqueFd client(::accept4(tcp_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    char head[2];
    // Both families come over one connection.
    while (client && ::recv(client.get(), head, 2, MSG_WAITALL) == 2) {
      Bytes query(get16(Bytes(head, 2), 0), '\0');
      if (::recv(client.get(), query.data(), query.size(), MSG_WAITALL) != static_cast<ssize_t>(query.size())) return;
      const Bytes reply = reply_to(query, true);
      Bytes framed;
      put16(framed, reply.size());
      framed += reply;
      ::send(client.get(), framed.data(), framed.size(), MSG_NOSIGNAL);
    }
  }

  UniqueFd udp_, tcp_, stop_;
  std::mutex mutex_;
  std::map<std::string, Record> records_;
  std::map<std::pair<std::string, int>, int> asked_;
  int asked_by_tcp_ = 0;
  std::thread thread_;
};

}  // namespace citygate::proxy
