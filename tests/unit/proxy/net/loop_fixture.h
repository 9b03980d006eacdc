// loop_fixture.h - a loop that a test drives, and TCP connections over loopback whose other end the test holds as a
// plain socket.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <string>

#include "base/file.h"
#include "proxy/net/event_loop.h"
#include "proxy/net/listener.h"
#include "proxy/net/transport.h"

namespace citygate::proxy {

// A Timer whose callback may capture whatever a test needs.
class TestTimer {
 public:
  TestTimer(EventLoop& loop, std::function<void()> callback)
      : callback_(std::move(callback)), timer_(loop, [this] { callback_(); }) {}
  void arm(std::chrono::milliseconds after) { timer_.arm(after); }
  void cancel() { timer_.cancel(); }
  [[nodiscard]] bool armed() const { return timer_.armed(); }

 private:
  std::function<void()> callback_;
  Timer timer_;
};

class LoopFixture : public testing::Test {
 protected:
  LoopFixture() : loop_(std::move(EventLoop::create().value())) {}

  // Whatever a test waits for ends in noted(), which lets run_until() look.
  void noted() { loop_->stop(); }

  void run_until(const std::function<bool()>& done) {
    bool gave_up = false;
    TestTimer watchdog(*loop_, [&] {
      gave_up = true;
      loop_->stop();
    });
    watchdog.arm(std::chrono::seconds(20));
    while (!done() && !gave_up) loop_->run();
    ASSERT_FALSE(gave_up) << "what the test waits for has not come";
  }

  // A turn that takes what is there and waits for nothing.
  void run_once() {
    loop_->stop();
    loop_->run();
  }

  std::unique_ptr<EventLoop> loop_;
};

// A connected pair: `near` is non-blocking, for a transport; `far` blocks and is the test's.
struct TcpPair {
  UniqueFd near, far;

  explicit TcpPair(const char* listen_on = "127.0.0.1:0") {
    auto sockets = listen_sockets(*SocketAddress::parse(listen_on), 1, 16).value();
    sockaddr_storage storage;
    const socklen_t length = local_address(sockets[0]).to_sockaddr(storage);
    far.reset(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(far.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
    near.reset(::accept4(sockets[0].get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    EXPECT_TRUE(near);
  }
};

// Of a socket that is connected, as if a listener had accepted it.
inline Result<std::unique_ptr<Transport>> make_transport(EventLoop& loop, UniqueFd socket,
                                                         Activity activity = Activity::Origin) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  EXPECT_EQ(::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&storage), &length), 0);
  return make_tcp_transport(loop, std::move(socket),
                            SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&storage)), activity);
}

inline void send_all(const UniqueFd& socket, std::string_view bytes) {
  ASSERT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

inline void close_with_reset(UniqueFd& socket) {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ASSERT_EQ(::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
  socket.reset();
}

inline IoResult write_text(Transport& transport, std::string_view text) {
  const iovec piece{.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
  return transport.write({&piece, 1});
}

// Reads as long as there is something, and keeps what it saw.
class Reader : public Transport::Handler {
 public:
  Reader(EventLoop& loop, Transport& transport) : loop_(loop), transport_(transport) { transport_.set_handler(this); }

  void on_readable() override {
    ++wake_ups;
    char block[4096];
    IoResult result;
    while ((result = transport_.read(block)).kind == IoResult::Kind::Ok) text.append(block, result.bytes);
    last = result.kind;
    loop_.stop();
  }
  void on_writable() override {
    ++writable;
    loop_.stop();
  }

  std::string text;
  IoResult::Kind last = IoResult::Kind::WouldBlock;
  int wake_ups = 0;
  int writable = 0;

 private:
  EventLoop& loop_;
  Transport& transport_;
};

}  // namespace citygate::proxy
