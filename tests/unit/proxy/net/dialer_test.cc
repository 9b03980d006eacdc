#include "proxy/net/dialer.h"

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>

#include "loop_fixture.h"

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;

class DialerTest : public LoopFixture {
 protected:
  static IpAddress loopback(std::uint32_t last = 1) { return IpAddress::v4(0x7f000000 + last); }

  UniqueFd listen_on(const SocketAddress& address, int backlog = 16) {
    return std::move(listen_sockets(address, 1, backlog).value()[0]);
  }
  // A port of loopback that nobody listens on: taken without listening, so that it stays so.
  UniqueFd closed_port(std::uint16_t& port) {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_storage storage;
    const socklen_t length = SocketAddress{loopback(), 0}.to_sockaddr(storage);
    EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
    port = local_address(socket).port;
    return socket;
  }
  // Accepts nothing and has a full queue: connections to it hang in silence.
  struct Silent {
    UniqueFd listener;
    std::vector<UniqueFd> queued;
    std::uint16_t port = 0;
  };
  Silent silent(std::uint32_t last = 1, std::uint16_t port = 0) {
    Silent out;
    out.listener = listen_on({loopback(last), port}, 0);
    const auto address = local_address(out.listener);
    out.port = address.port;
    sockaddr_storage storage;
    const socklen_t length = address.to_sockaddr(storage);
    for (int i = 0; i < 4; ++i) {
      UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      static_cast<void>(::connect(socket.get(), reinterpret_cast<sockaddr*>(&storage), length));
      out.queued.push_back(std::move(socket));
    }
    return out;
  }

  // TCP sockets of this process that do not listen.
  static int connections() {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      const int fd = std::stoi(entry.path().filename().string());
      sockaddr_storage storage;
      socklen_t length = sizeof storage;
      auto* local = reinterpret_cast<sockaddr*>(&storage);
      int type = 0;
      socklen_t type_length = sizeof type;
      if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &type_length) != 0 || type != SOCK_STREAM) continue;
      if (::getsockname(fd, local, &length) != 0 || storage.ss_family != AF_INET) continue;
      int listening = 0;
      socklen_t listening_length = sizeof listening;
      ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_length);
      count += listening == 0 ? 1 : 0;
    }
    return count;
  }

  Dialer::OnConnected keep() {
    return [this](Result<std::unique_ptr<Transport>> result) {
      ++answers_;
      result_ = std::move(result);
      noted();
    };
  }

  std::unique_ptr<Dialer> dialer_ = Dialer::create(*loop_);
  int answers_ = 0;
  Result<std::unique_ptr<Transport>> result_ = fail(Error::Kind::Bug, "no answer");
};

TEST_F(DialerTest, connects_and_the_callback_comes_later) {
  const auto listener = listen_on({loopback(), 0});
  const auto address = local_address(listener);
  const std::vector addresses{address.ip};
  const auto ticket = dialer_->dial(addresses, address.port, 5s, keep());
  EXPECT_EQ(answers_, 0);
  run_until([&] { return answers_ == 1; });
  ASSERT_TRUE(result_.has_value()) << result_.error().context;
  EXPECT_EQ((*result_)->peer(), address);

  // What comes is a whole transport: a first edge, bytes, an end.
  Reader reader(*loop_, **result_);
  UniqueFd far(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  ASSERT_TRUE(far);
  send_all(far, "hello");
  run_until([&] { return reader.text == "hello"; });
  far.reset();
  run_until([&] { return reader.last == IoResult::Kind::End; });
}

// All of it stands in the socket when the loop first looks: one edge tells of the connection, the bytes and the end.
TEST_F(DialerTest, what_a_server_says_at_once_and_its_end_are_not_lost) {
  const auto listener = listen_on({loopback(), 0});
  const auto address = local_address(listener);
  const std::vector addresses{address.ip};
  const auto ticket = dialer_->dial(addresses, address.port, 5s, keep());
  {
    const UniqueFd far(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    ASSERT_TRUE(far);
    send_all(far, "220 at your service");
  }
  run_until([&] { return answers_ == 1; });
  ASSERT_TRUE(result_.has_value()) << result_.error().context;
  Reader reader(*loop_, **result_);
  run_until([&] { return reader.last == IoResult::Kind::End; });
  EXPECT_EQ(reader.text, "220 at your service");
}

TEST_F(DialerTest, goes_on_to_the_next_address_when_one_is_refused) {
  const auto listener = listen_on({loopback(7), 0});
  const auto address = local_address(listener);
  const std::vector addresses{loopback(5), loopback(6), address.ip};
  dialer_->attempt_delay = 1h;
  const auto ticket = dialer_->dial(addresses, address.port, 5s, keep());
  run_until([&] { return answers_ == 1; });
  ASSERT_TRUE(result_.has_value()) << result_.error().context;
  EXPECT_EQ((*result_)->peer(), address);
}

TEST_F(DialerTest, does_not_wait_for_a_silent_address) {
  auto silence = silent(1);
  const auto listener = listen_on({loopback(2), silence.port});
  const std::vector addresses{loopback(1), loopback(2)};
  dialer_->attempt_delay = 20ms;
  const auto ticket = dialer_->dial(addresses, silence.port, 10s, keep());
  run_until([&] { return answers_ == 1; });
  ASSERT_TRUE(result_.has_value()) << result_.error().context;
  EXPECT_EQ((*result_)->peer().ip, loopback(2));
}

TEST_F(DialerTest, addresses_that_join_are_tried_after_the_delay_of_the_attempt_under_way) {
  auto silence = silent(1);
  const auto listener = listen_on({loopback(2), silence.port});
  dialer_->attempt_delay = 30ms;
  const auto dial = dialer_->begin(silence.port, 10s, keep());
  dial->join(std::vector{loopback(1)}, More::Maybe);
  const MonoTime began = loop_->now();
  for (int i = 0; i < 3; ++i) run_once();
  dial->join(std::vector{loopback(2), loopback(1)}, More::No);
  run_until([&] { return answers_ == 1; });
  ASSERT_TRUE(result_.has_value()) << result_.error().context;
  EXPECT_EQ((*result_)->peer().ip, loopback(2));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 30ms);
}

TEST_F(DialerTest, waits_for_the_other_family_when_the_first_has_failed) {
  const auto listener = listen_on({loopback(2), 0});
  const auto address = local_address(listener);
  dialer_->attempt_delay = 1h;
  const auto dial = dialer_->begin(address.port, 10s, keep());
  dial->join(std::vector{loopback(5)}, More::Maybe);  // nobody listens there
  for (int i = 0; i < 5; ++i) run_once();
  EXPECT_EQ(answers_, 0);
  dial->join(std::vector{loopback(5), loopback(2)}, More::No);
  run_until([&] { return answers_ == 1; });
  ASSERT_TRUE(result_.has_value()) << result_.error().context;
  EXPECT_EQ((*result_)->peer(), address);
}

TEST_F(DialerTest, fails_when_nothing_joins_any_more) {
  std::uint16_t port = 0;
  const auto holder = closed_port(port);
  const auto dial = dialer_->begin(port, 10s, keep());
  dial->join(std::vector{loopback()}, More::Maybe);
  for (int i = 0; i < 5; ++i) run_once();
  dial->join(std::vector{loopback()}, More::No);
  EXPECT_EQ(answers_, 0) << "the callback comes later";
  run_until([&] { return answers_ == 1; });
  EXPECT_EQ(result_.error().kind, Error::Kind::Refused);
}

TEST_F(DialerTest, a_dial_that_nothing_joins_ends_at_its_deadline) {
  const auto dial = dialer_->begin(80, 20ms, keep());
  run_until([&] { return answers_ == 1; });
  EXPECT_EQ(result_.error().kind, Error::Kind::Timeout);
}

TEST_F(DialerTest, the_losers_are_closed) {
  auto silence = silent(1);
  const auto listener = listen_on({loopback(2), silence.port});
  dialer_->attempt_delay = 10ms;
  const auto ticket = dialer_->dial(std::vector{loopback(1), loopback(2)}, silence.port, 10s, keep());
  run_until([&] { return answers_ == 1; });
  ASSERT_TRUE(result_.has_value()) << result_.error().context;
  run_once();
  EXPECT_EQ(connections(), 1 + static_cast<int>(silence.queued.size())) << "the winner's is left";
}

TEST_F(DialerTest, a_name_with_many_dead_addresses_does_not_cost_as_many_descriptors) {
  std::vector<Silent> dead;
  std::vector<IpAddress> addresses;
  // Addresses that no other test's clients speak from: one port must be free on all of them.
  constexpr std::uint32_t kFirst = 0x00fe'0001, kLast = kFirst + 20;
  for (std::uint32_t last = kFirst; last < kLast; ++last) {
    dead.push_back(silent(last, dead.empty() ? std::uint16_t{0} : dead.front().port));
    addresses.push_back(loopback(last));
  }
  const auto listener = listen_on({loopback(kLast), dead.front().port});
  addresses.push_back(loopback(kLast));
  const int before = connections();
  int most = 0;
  dialer_->attempt_delay = 5ms;
  const auto ticket = dialer_->dial(addresses, dead.front().port, 30s, keep());
  while (answers_ == 0) {
    run_once();
    most = std::max(most, connections() - before);
  }
  ASSERT_TRUE(result_.has_value()) << result_.error().context;
  EXPECT_EQ((*result_)->peer().ip, loopback(kLast));
  EXPECT_LE(most, 8);
}

TEST_F(DialerTest, says_refused_when_all_refuse) {
  std::uint16_t port = 0;
  const auto holder = closed_port(port);
  const std::vector addresses{loopback(), loopback()};
  const auto ticket = dialer_->dial(addresses, port, 5s, keep());
  run_until([&] { return answers_ == 1; });
  ASSERT_FALSE(result_.has_value());
  EXPECT_EQ(result_.error().kind, Error::Kind::Refused);
  EXPECT_EQ(result_.error().side, Error::Side::Origin);
  EXPECT_TRUE(result_.error().retryable);
}

// In a network of its own that has two local ports and no way for IPv6: what is wrong, as an exit code.
int dial_without_ports(EventLoop& loop, Dialer& dialer) {
  enum : int { kRight, kNoNetwork, kNoAnswer, kConnected, kBlamesTheOrigin, kBlamesUs };
  if (::unshare(CLONE_NEWNET) != 0) return kNoNetwork;
  const UniqueFd any(::socket(AF_INET, SOCK_DGRAM, 0));
  ifreq lo{};
  std::strcpy(lo.ifr_name, "lo");
  lo.ifr_flags = IFF_UP;
  if (::ioctl(any.get(), SIOCSIFFLAGS, &lo) != 0) return kNoNetwork;
  std::ofstream("/proc/sys/net/ipv6/conf/all/disable_ipv6") << 1;
  std::ofstream range("/proc/sys/net/ipv4/ip_local_port_range");
  range << "40000 40001" << std::flush;
  if (!range) return kNoNetwork;
  const auto listener = listen_sockets({IpAddress::v4(0x7f000001), 4000}, 1, 16);
  if (!listener) return kNoNetwork;
  const auto dial = [&](const IpAddress& address) {
    std::optional<Result<std::unique_ptr<Transport>>> out;
    const auto ticket = dialer.dial(std::vector{address}, 4000, 5s, [&](Result<std::unique_ptr<Transport>> result) {
      out = std::move(result);
      loop.stop();
    });
    while (!out) loop.run();
    return std::move(*out);
  };
  std::vector<std::unique_ptr<Transport>> held;
  for (int i = 0; i < 2; ++i) {
    auto one = dial(IpAddress::v4(0x7f000001));
    if (!one) return kNoAnswer;
    held.push_back(std::move(*one));
  }
  const auto third = dial(IpAddress::v4(0x7f000001));
  if (third) return kConnected;
  if (third.error().side != Error::Side::Local || third.error().retryable) return kBlamesTheOrigin;
  const auto six = dial(*IpAddress::parse("::1"));
  if (six) return kConnected;
  return six.error().side == Error::Side::Origin ? kRight : kBlamesUs;
}

TEST_F(DialerTest, taken_ports_are_our_shortage_and_a_family_that_is_off_is_not) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(dial_without_ports(*loop_, *dialer_));
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 1) GTEST_SKIP() << "no network of our own can be made here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(DialerTest, says_refused_later_when_an_attempt_fails_at_once_or_none_can_be_made) {
  const std::vector broadcast{*IpAddress::parse("255.255.255.255")};  // connect() itself fails
  const auto first = dialer_->dial(broadcast, 80, 5s, keep());
  EXPECT_EQ(answers_, 0);
  run_until([&] { return answers_ == 1; });
  EXPECT_EQ(result_.error().kind, Error::Kind::Refused);
  const auto second = dialer_->dial({}, 80, 5s, keep());
  EXPECT_EQ(answers_, 1);
  run_until([&] { return answers_ == 2; });
  EXPECT_EQ(result_.error().kind, Error::Kind::Refused);
}

TEST_F(DialerTest, says_timeout_when_none_answers_before_the_deadline) {
  const auto silence = silent();
  const std::vector addresses{loopback()};
  const auto ticket = dialer_->dial(addresses, silence.port, 30ms, keep());
  run_until([&] { return answers_ == 1; });
  ASSERT_FALSE(result_.has_value());
  EXPECT_EQ(result_.error().kind, Error::Kind::Timeout);
  EXPECT_EQ(result_.error().side, Error::Side::Origin);
}

TEST_F(DialerTest, a_dropped_ticket_destroys_the_callback_unsaid) {
  const auto listener = listen_on({loopback(), 0});
  const auto address = local_address(listener);
  const std::vector addresses{address.ip};
  auto token = std::make_shared<int>(0);
  auto ticket = dialer_->dial(addresses, address.port, 5s, [this, token](auto) { ++answers_; });
  EXPECT_EQ(token.use_count(), 2);
  ticket.drop();
  EXPECT_EQ(token.use_count(), 1);
  const std::vector broadcast{*IpAddress::parse("255.255.255.255")};  // its answer is due in the next turn
  {
    const auto other = dialer_->dial(broadcast, 80, 5s, keep());
  }
  for (int i = 0; i < 3; ++i) run_once();
  EXPECT_EQ(answers_, 0);
}

TEST_F(DialerTest, a_ticket_may_outlive_the_answer_and_the_dialer) {
  const auto listener = listen_on({loopback(), 0});
  const auto address = local_address(listener);
  const std::vector addresses{address.ip};
  auto answered = dialer_->dial(addresses, address.port, 5s, keep());
  run_until([&] { return answers_ == 1; });
  auto open = dialer_->dial(addresses, address.port, 5s, keep());
  dialer_.reset();
  answered.drop();
  open.drop();
  run_once();
  EXPECT_EQ(answers_, 1);
}

TEST_F(DialerTest, dials_many_at_once_and_ends_them_in_any_order) {
  const auto listener = listen_on({loopback(), 0}, 256);
  const auto address = local_address(listener);
  const std::vector addresses{address.ip};
  std::vector<Ticket> tickets;
  std::vector<std::unique_ptr<Transport>> made;
  for (int i = 0; i < 100; ++i)
    tickets.push_back(dialer_->dial(addresses, address.port, 5s, [&](Result<std::unique_ptr<Transport>> result) {
      ASSERT_TRUE(result.has_value());
      made.push_back(std::move(*result));
      noted();
    }));
  for (std::size_t i = 0; i < 100; i += 3) tickets[i].drop();
  run_until([&] { return made.size() == 66; });
}

}  // namespace
}  // namespace citygate::proxy
