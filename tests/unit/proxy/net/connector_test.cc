#include "proxy/net/connector.h"

#include <gmock/gmock.h>

#include "fake_dns.h"
#include "loop_fixture.h"

namespace citygate::proxy {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

const IpAddress kFour = IpAddress::v4(0x7f000001);
const IpAddress kSix = *IpAddress::parse("::1");

class ConnectorTest : public LoopFixture {
 protected:
  // Accepts nothing and has a full queue: connections to it hang in silence.
  void fill(const UniqueFd& listener) {
    sockaddr_storage storage;
    const socklen_t length = local_address(listener).to_sockaddr(storage);
    for (int i = 0; i < 4; ++i) {
      UniqueFd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      static_cast<void>(::connect(socket.get(), reinterpret_cast<sockaddr*>(&storage), length));
      queued_.push_back(std::move(socket));
    }
  }
  Connector::Approve approve() {
    return [this](const Addresses& found) {
      shown_.push_back(found.list);
      noted();
      return shown_.size() < refused_from_;
    };
  }
  Connector::OnConnected keep() {
    return [this](Result<std::unique_ptr<Transport>> result) {
      ++answers_;
      result_ = std::move(result);
      noted();
    };
  }

  FakeDns dns_;
  std::unique_ptr<Resolver> resolver_ =
      Resolver::create(*loop_, {.servers = {dns_.address()}, .timeout = 700ms}, {{"void.test", {}}}).value();
  std::unique_ptr<Dialer> dialer_ = Dialer::create(*loop_);
  Connector connector_{*resolver_, *dialer_};
  std::vector<UniqueFd> queued_;
  std::vector<std::vector<IpAddress>> shown_;
  std::size_t refused_from_ = 100;
  int answers_ = 0;
  Result<std::unique_ptr<Transport>> result_ = fail(Error::Kind::Bug, "no answer");
};

TEST_F(ConnectorTest, the_family_that_comes_later_joins_the_running_dial) {
  auto six = listen_sockets({kSix, 0}, 1, 16);
  if (!six) GTEST_SKIP() << "no IPv6 on this machine's loopback";
  const std::uint16_t port = local_address((*six)[0]).port;
  auto four = listen_sockets({kFour, port}, 1, 0);
  if (!four) GTEST_SKIP() << "the port is taken for IPv4";
  fill((*four)[0]);
  dns_.set("both.test", {.addresses = {kFour, kSix}, .manner_v6 = FakeDns::Manner::Silent});
  dialer_->attempt_delay = 10ms;
  const Ticket ticket = connector_.connect("both.test", port, 10s, approve(), keep());
  run_until([&] { return shown_.size() == 1; });
  EXPECT_THAT(shown_[0], ElementsAre(kFour)) << "after the resolution delay, without waiting for the other";
  EXPECT_EQ(answers_, 0);
  dns_.set("both.test", {.addresses = {kFour, kSix}});  // asked again before long
  run_until([&] { return answers_ == 1; });
  ASSERT_TRUE(result_.has_value()) << result_.error().context;
  EXPECT_EQ((*result_)->peer().ip, kSix);
  EXPECT_THAT(shown_[1], testing::UnorderedElementsAre(kSix, kFour));
}

TEST_F(ConnectorTest, an_address_that_is_refused_later_ends_the_running_dial) {
  auto four = listen_sockets({kFour, 0}, 1, 0).value();
  fill(four[0]);
  dns_.set("mixed.test", {.addresses = {kFour, kSix}, .manner_v6 = FakeDns::Manner::Silent});
  refused_from_ = 2;
  const Ticket ticket = connector_.connect("mixed.test", local_address(four[0]).port, 10s, approve(), keep());
  run_until([&] { return shown_.size() == 1; });
  dns_.set("mixed.test", {.addresses = {kFour, kSix}});
  run_until([&] { return shown_.size() == 2; });
  four.clear();  // what is under way would be answered now
  for (int i = 0; i < 5; ++i) run_once();
  EXPECT_EQ(answers_, 0) << "nothing is called any more";
}

TEST_F(ConnectorTest, nothing_is_tried_that_was_not_approved) {
  const auto listener = std::move(listen_sockets({kFour, 0}, 1, 16).value()[0]);
  dns_.set("inside.test", {.addresses = {kFour}});
  refused_from_ = 1;
  const Ticket ticket = connector_.connect("inside.test", local_address(listener).port, 10s, approve(), keep());
  run_until([&] { return shown_.size() == 1; });
  for (int i = 0; i < 5; ++i) run_once();
  EXPECT_EQ(answers_, 0);
  EXPECT_EQ(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK), -1);

  // The same from the cache.
  const Ticket again = connector_.connect("inside.test", local_address(listener).port, 10s, approve(), keep());
  EXPECT_EQ(shown_.size(), 2U);
  EXPECT_FALSE(again) << "it is over already";
}

TEST_F(ConnectorTest, a_name_without_an_address_is_said_to_have_none) {
  const Ticket ticket = connector_.connect("void.test", 80, 10s, approve(), keep());
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(result_.error().kind, Error::Kind::NotFound);
  EXPECT_TRUE(shown_.empty());
}

TEST_F(ConnectorTest, a_dropped_ticket_cancels) {
  dns_.set("a.test", {.addresses = {kFour}});
  auto ticket = connector_.connect("a.test", 80, 10s, approve(), keep());
  ticket.drop();
  for (int i = 0; i < 20; ++i) run_once();
  EXPECT_TRUE(shown_.empty());
  EXPECT_EQ(answers_, 0);
}

}  // namespace
}  // namespace citygate::proxy
