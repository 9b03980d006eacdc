// Listening sockets of the process before, when gateway.listen says something else than it said then.
#include "app/listeners.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include "proxy/net/listener.h"

namespace citygate::app {
namespace {

constexpr unsigned kWorkers = 2;

// A process that listens on `host` at a port that was free, and what it offers the next one. Where wildcards are tried
// it is one of IPv6: its loopback has one address, so that nobody else can have the port at another one.
struct Before {
  explicit Before(const std::string& host) {
    std::vector<TakeOver::Socket> none;
    auto opened = Listeners::open({host + ":0"}, kWorkers, none);
    EXPECT_TRUE(opened) << opened.error().context;
    sockets = opened->take();
    port = std::to_string(proxy::local_address(sockets[0][0].socket).port);
    for (auto& worker : sockets)
      for (auto& each : worker)
        offered.push_back({.configured = host + ":" + port,
                           .spec = each.spec.to_string(),
                           .descriptor = UniqueFd(::dup(each.socket.get()))});
  }
  // A client that nobody has accepted yet.
  void connect(const std::string& host) {
    const auto address = *SocketAddress::parse(host + ":" + port);
    sockaddr_storage to{};
    const auto length = address.to_sockaddr(to);
    client.reset(::socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(client.get(), reinterpret_cast<const sockaddr*>(&to), length), 0);
  }

  std::vector<std::vector<proxy::ListeningSocket>> sockets;
  std::vector<TakeOver::Socket> offered;
  std::string port;
  UniqueFd client;
};

// How many connections wait in the queues of all workers' sockets; one of them is due.
int waiting(std::vector<std::vector<proxy::ListeningSocket>>& sockets) {
  std::vector<pollfd> watched;
  for (auto& worker : sockets)
    for (auto& each : worker) watched.push_back({.fd = each.socket.get(), .events = POLLIN, .revents = 0});
  EXPECT_GT(::poll(watched.data(), watched.size(), 30'000), 0);
  int count = 0;
  for (auto& worker : sockets)
    for (auto& each : worker)
      while (UniqueFd(::accept4(each.socket.get(), nullptr, nullptr, SOCK_CLOEXEC))) ++count;
  return count;
}

TEST(Listeners, an_address_keeps_its_sockets_when_its_words_change) {
  Before before("127.0.0.1");
  before.connect("127.0.0.1");
  const std::string text = "127.0.0.1:" + before.port + " proxy-protocol";
  auto after = Listeners::open({text}, kWorkers, before.offered);
  ASSERT_TRUE(after) << after.error().context;
  before.sockets.clear();
  before.offered.clear();
  auto sockets = after->take();
  for (const auto& worker : sockets) {
    ASSERT_EQ(worker.size(), 1u);
    EXPECT_TRUE(worker[0].spec.proxy_protocol);
  }
  EXPECT_EQ(waiting(sockets), 1);
}

TEST(Listeners, a_wildcard_takes_the_sockets_of_its_port_along) {
  Before before("[::1]");
  before.connect("[::1]");
  const std::string text = "[::]:" + before.port;
  auto after = Listeners::open({text}, kWorkers, before.offered);
  ASSERT_TRUE(after) << after.error().context;
  EXPECT_EQ(after->addresses(), std::vector{text});
  before.sockets.clear();
  before.offered.clear();
  auto sockets = after->take();
  EXPECT_EQ(waiting(sockets), 1);

  // And so does the process after that one, whose address is still the wildcard.
  std::vector<TakeOver::Socket> offered;
  for (const auto& [words, socket] : after->held())
    offered.push_back({.configured = words.substr(0, words.find('\n')),
                       .spec = words.substr(words.find('\n') + 1),
                       .descriptor = UniqueFd(::dup(socket))});
  auto third = Listeners::open({text}, kWorkers, offered);
  ASSERT_TRUE(third) << third.error().context;
  EXPECT_EQ(third->addresses(), std::vector{text});
}

TEST(Listeners, an_address_narrows_from_the_wildcard) {
  Before before("[::]");
  const std::string text = "[::1]:" + before.port;
  auto after = Listeners::open({text}, kWorkers, before.offered);
  ASSERT_TRUE(after) << after.error().context;
  before.sockets.clear();
  before.offered.clear();
  before.connect("[::1]");
  auto sockets = after->take();
  EXPECT_EQ(waiting(sockets), 1);
}

TEST(Listeners, a_port_of_somebody_else_is_not_shared) {
  Before other("127.0.0.1");
  std::vector<TakeOver::Socket> none;
  const auto refused = Listeners::open({"127.0.0.1:" + other.port}, kWorkers, none);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().context.find("in use by another process"), std::string::npos);
}

}  // namespace
}  // namespace citygate::app
