// What can be asked without rules in the kernel; redirect and tproxy themselves stand in
// tests/integration/capture_test.py.
#include "proxy/capture/chosen_address.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "proxy/net/listener.h"

namespace citygate::proxy {
namespace {

// An accepted connection to a loopback listener, reached directly.
class ChosenAddressTest : public testing::Test {
 protected:
  ChosenAddressTest() : listener_(std::move(listen_sockets(*SocketAddress::parse("127.0.0.1:0"), 1, 4).value()[0])) {
    sockaddr_storage storage;
    const socklen_t length = local_address(listener_).to_sockaddr(storage);
    client_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(client_.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
    accepted_ = UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }
  UniqueFd listener_, client_, accepted_;
};

TEST_F(ChosenAddressTest, AListenerReachedDirectlyIsTheGatewaysOwn) {
  ChosenAddresses chosen;
  for (const auto capture : {ListenSpec::Capture::Redirect, ListenSpec::Capture::Tproxy}) {
    const Chosen found = chosen.of(accepted_, capture);
    EXPECT_TRUE(found.own);
    EXPECT_EQ(found.address, local_address(listener_));
  }
}

// Every loopback address is the machine's, though it is reached from 127.0.0.1.
TEST_F(ChosenAddressTest, AllOfLoopbackIsOwn) {
  const auto other = std::move(listen_sockets(*SocketAddress::parse("127.0.0.9:0"), 1, 4).value()[0]);
  sockaddr_storage storage;
  const socklen_t length = local_address(other).to_sockaddr(storage);
  const UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
  const UniqueFd accepted(::accept4(other.get(), nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_TRUE(ChosenAddresses().of(accepted, ListenSpec::Capture::Tproxy).own);
}

TEST_F(ChosenAddressTest, WhatIsNoSocketOfOursIsTakenForOwn) {
  ChosenAddresses chosen;
  EXPECT_TRUE(chosen.of(UniqueFd(), ListenSpec::Capture::Redirect).own);
}

}  // namespace
}  // namespace citygate::proxy
