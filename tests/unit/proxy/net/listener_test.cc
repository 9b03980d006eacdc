#include "proxy/net/listener.h"

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>

#include "epoll_refusal.h"
#include "loop_fixture.h"

namespace citygate::proxy {
namespace {

class ListenerTest : public LoopFixture {
 protected:
  static SocketAddress loopback(std::uint16_t port = 0) { return {IpAddress::v4(0x7f000001), port}; }

  // A client that is connected as far as it is concerned: the kernel's queue has taken it.
  static UniqueFd connect_to(const SocketAddress& address) {
    sockaddr_storage storage;
    const socklen_t length = address.to_sockaddr(storage);
    UniqueFd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(socket.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
    return socket;
  }
  static SocketAddress name_of(const UniqueFd& socket) { return local_address(socket); }

  std::unique_ptr<Listener> listen(UniqueFd socket) {
    return Listener::create(*loop_, std::move(socket),
                            [this](UniqueFd accepted, SocketAddress peer) {
                              accepted_.emplace_back(std::move(accepted), peer);
                              noted();
                            })
        .value();
  }

  std::vector<std::pair<UniqueFd, SocketAddress>> accepted_;
};

TEST_F(ListenerTest, accepts_two_hundred_connections_with_their_peers) {
  auto sockets = listen_sockets(loopback(), 1, 512).value();
  const auto address = local_address(sockets[0]);
  auto listener = listen(std::move(sockets[0]));
  std::vector<UniqueFd> clients;
  std::vector<SocketAddress> names, peers;
  for (int i = 0; i < 200; ++i) {
    clients.push_back(connect_to(address));
    names.push_back(name_of(clients.back()));
  }
  run_until([&] { return accepted_.size() == 200; });
  for (const auto& [socket, peer] : accepted_) {
    peers.push_back(peer);
    EXPECT_NE(::fcntl(socket.get(), F_GETFL) & O_NONBLOCK, 0);
  }
  std::ranges::sort(names);
  std::ranges::sort(peers);
  EXPECT_EQ(names, peers);
}

TEST_F(ListenerTest, workers_share_one_free_port) {
  auto sockets = listen_sockets(loopback(), 3, 64).value();
  ASSERT_EQ(sockets.size(), 3u);
  const auto address = local_address(sockets[0]);
  EXPECT_NE(address.port, 0);
  std::vector<std::unique_ptr<Listener>> listeners;
  for (auto& socket : sockets) {
    EXPECT_EQ(local_address(socket), address);
    listeners.push_back(listen(std::move(socket)));
  }
  std::vector<UniqueFd> clients;
  for (int i = 0; i < 30; ++i) clients.push_back(connect_to(address));
  run_until([&] { return accepted_.size() == 30; });
}

TEST_F(ListenerTest, an_address_in_use_is_named_with_what_to_do) {
  const auto holder = listen_sockets(loopback(), 1, 16).value();
  const auto address = local_address(holder[0]);
  for (const unsigned count : {1u, 2u}) {
    const auto second = listen_sockets(address, count, 16);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind, Error::Kind::Refused);
    EXPECT_NE(second.error().context.find(address.to_string() + " is in use"), std::string::npos)
        << second.error().context;
  }
}

TEST_F(ListenerTest, two_gateways_do_not_share_a_port_unknowingly) {
  const auto first = listen_sockets(loopback(), 2, 16).value();
  EXPECT_FALSE(listen_sockets(local_address(first[0]), 2, 16).has_value());
}

TEST_F(ListenerTest, a_foreign_address_is_refused) {
  const auto foreign = listen_sockets({*IpAddress::parse("192.0.2.1"), 0}, 1, 16);
  ASSERT_FALSE(foreign.has_value());
  EXPECT_NE(foreign.error().context.find("192.0.2.1:0"), std::string::npos) << foreign.error().context;
}

TEST_F(ListenerTest, listens_on_ipv6_alone_beside_ipv4) {
  if (const auto any = listen_sockets({*IpAddress::parse("::"), 0}, 1, 16); !any)
    GTEST_SKIP() << "no IPv6 here: " << any.error().context;
  // An address of loopback that nobody else uses: on busy machines most ports of the others are taken.
  const auto four = listen_sockets({IpAddress::v4(0x7f004d4d), 0}, 1, 16).value();
  const auto six = listen_sockets({*IpAddress::parse("::"), local_address(four[0]).port}, 1, 16);
  EXPECT_TRUE(six.has_value()) << six.error().context;
}

TEST_F(ListenerTest, a_paused_one_leaves_connections_in_the_queue) {
  auto sockets = listen_sockets(loopback(), 1, 64).value();
  const auto address = local_address(sockets[0]);
  auto listener = listen(std::move(sockets[0]));
  listener->pause();
  const auto client = connect_to(address);
  for (int i = 0; i < 3; ++i) run_once();
  EXPECT_TRUE(accepted_.empty());
  listener->resume();
  run_until([&] { return accepted_.size() == 1; });
  listener->pause();
  const auto second = connect_to(address);
  run_once();
  EXPECT_EQ(accepted_.size(), 1u);
}

TEST_F(ListenerTest, pausing_from_within_the_callback_holds_at_once) {
  auto sockets = listen_sockets(loopback(), 1, 64).value();
  const auto address = local_address(sockets[0]);
  std::unique_ptr<Listener> listener;
  listener = Listener::create(*loop_, std::move(sockets[0]), [&](UniqueFd socket, SocketAddress peer) {
               accepted_.emplace_back(std::move(socket), peer);
               listener->pause();
               noted();
             }).value();
  const auto first = connect_to(address), second = connect_to(address);
  run_until([&] { return accepted_.size() == 1; });
  run_once();
  EXPECT_EQ(accepted_.size(), 1u);
  listener->resume();
  run_until([&] { return accepted_.size() == 2; });
}

TEST_F(ListenerTest, without_descriptors_it_pauses_counts_and_goes_on) {
  auto sockets = listen_sockets(loopback(), 1, 64).value();
  const auto address = local_address(sockets[0]);
  auto listener = listen(std::move(sockets[0]));
  // A first connection the ordinary way: the sanitizers need descriptors of their own where code runs for the first
  // time.
  const auto first = connect_to(address);
  run_until([&] { return accepted_.size() == 1; });
  EXPECT_EQ(listener->pauses_for_descriptors(), 0u);
  accepted_.clear();
  const auto client = connect_to(address);
  struct rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const int next = ::dup(0);  // the lowest free number: a limit at it leaves none
  ASSERT_GE(next, 0);
  ::close(next);
  struct rlimit none = before;
  none.rlim_cur = static_cast<rlim_t>(next);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  TestTimer give_back(*loop_, [&] { ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0); });
  run_once();
  run_once();
  EXPECT_EQ(listener->pauses_for_descriptors(), 1u) << "it tried again within the pause";
  EXPECT_TRUE(accepted_.empty());
  give_back.arm(std::chrono::milliseconds(0));
  run_until([&] { return accepted_.size() == 1; });
  EXPECT_EQ(listener->pauses_for_descriptors(), 1u);
}

TEST_F(ListenerTest, without_a_place_in_epoll_it_pauses_counts_and_goes_on) {
  auto sockets = listen_sockets(loopback(), 1, 64).value();
  const auto address = local_address(sockets[0]);
  auto listener = listen(std::move(sockets[0]));
  int starved = 0;
  listener->on_starved([&] {
    ++starved;
    noted();
  });
  listener->pause();
  const auto client = connect_to(address);
  {
    const EpollRefusal refusal;
    listener->resume();
    EXPECT_EQ(listener->pauses_for_descriptors(), 1u);
    run_until([&] { return starved == 1; });
    EXPECT_EQ(listener->pauses_for_descriptors(), 2u);
    EXPECT_TRUE(accepted_.empty());
  }
  run_until([&] { return accepted_.size() == 1; });
}

TEST_F(ListenerTest, a_dropped_one_does_not_keep_its_socket_registered) {
  auto sockets = listen_sockets(loopback(), 1, 64).value();
  const auto address = local_address(sockets[0]);
  const UniqueFd handed_over(::dup(sockets[0].get()));  // as another process would hold it
  auto listener = listen(std::move(sockets[0]));
  run_once();
  listener.reset();
  run_once();
  const auto client = connect_to(address);
  run_once();
  EXPECT_TRUE(accepted_.empty());
  auto heir = listen(UniqueFd(::dup(handed_over.get())));
  run_until([&] { return accepted_.size() == 1; });
}

}  // namespace
}  // namespace citygate::proxy
