#include "proxy/net/transport.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/tcp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <thread>
#include <vector>

#include "loop_fixture.h"

namespace citygate::proxy {
namespace {

using Kind = IoResult::Kind;

class TransportTest : public LoopFixture {
 protected:
  TransportTest() : transport_(std::move(make_transport(*loop_, std::move(pair_.near)).value())) {}

  TcpPair pair_;
  std::unique_ptr<Transport> transport_;
};

TEST_F(TransportTest, tells_of_bytes_that_were_there_before_it) {
  send_all(pair_.far, "before");
  Reader reader(*loop_, *transport_);
  run_until([&] { return reader.text == "before"; });
  EXPECT_EQ(reader.last, Kind::WouldBlock);
}

TEST_F(TransportTest, a_short_read_empties_the_socket_until_the_next_edge) {
  send_all(pair_.far, "one");
  Reader reader(*loop_, *transport_);
  run_until([&] { return reader.text == "one"; });
  EXPECT_FALSE(transport_->may_be_readable());
  send_all(pair_.far, "two");
  char block[16];
  EXPECT_EQ(transport_->read(block).kind, Kind::WouldBlock) << "asked the kernel although no edge had come";
  run_until([&] { return reader.text == "onetwo"; });
}

TEST_F(TransportTest, finds_an_end_that_came_together_with_bytes) {
  send_all(pair_.far, "bytes");
  ::shutdown(pair_.far.get(), SHUT_WR);
  Reader reader(*loop_, *transport_);
  run_until([&] { return reader.last == Kind::End; });
  EXPECT_EQ(reader.text, "bytes");
  char block[16];
  EXPECT_EQ(transport_->read(block).kind, Kind::End) << "an end stays one";
}

TEST_F(TransportTest, finds_an_end_that_came_between_the_edge_and_the_read) {
  struct Handler : Transport::Handler {
    void on_readable() override {
      if (++calls == 1) ::shutdown(far.get(), SHUT_WR);
      char block[16];
      while ((last = transport.read(block)).kind == Kind::Ok) bytes += last.bytes;
      loop.stop();
    }
    void on_writable() override {}
    Handler(EventLoop& l, Transport& t, UniqueFd& f) : loop(l), transport(t), far(f) {}
    EventLoop& loop;
    Transport& transport;
    UniqueFd& far;
    IoResult last;
    std::size_t bytes = 0;
    int calls = 0;
  } handler(*loop_, *transport_, pair_.far);
  send_all(pair_.far, "bytes");
  transport_->set_handler(&handler);
  run_until([&] { return handler.last.kind == Kind::End; });
  EXPECT_EQ(handler.bytes, 5u);
}

TEST_F(TransportTest, finds_an_end_that_comes_later) {
  send_all(pair_.far, "bytes");
  Reader reader(*loop_, *transport_);
  run_until([&] { return reader.text == "bytes"; });
  EXPECT_EQ(reader.last, Kind::WouldBlock);
  pair_.far.reset();
  run_until([&] { return reader.last == Kind::End; });
}

TEST_F(TransportTest, a_reset_fails_reading_and_writing) {
  Reader reader(*loop_, *transport_);
  run_once();
  close_with_reset(pair_.far);
  run_until([&] { return reader.last == Kind::Failed; });
  EXPECT_EQ(write_text(*transport_, "x").kind, Kind::Failed);
  char block[16];
  EXPECT_EQ(transport_->read(block).kind, Kind::Failed);
}

TEST_F(TransportTest, finds_a_reset_that_came_together_with_bytes) {
  send_all(pair_.far, "bytes");
  close_with_reset(pair_.far);
  Reader reader(*loop_, *transport_);
  run_until([&] { return reader.last == Kind::Failed; });
  EXPECT_TRUE(reader.text == "bytes" || reader.text.empty()) << reader.text;
}

TEST_F(TransportTest, a_reset_found_by_the_sweep_may_drop_the_transport) {
  struct Owner : Deferred {
    std::unique_ptr<Transport> transport;
  };
  struct Handler : Transport::Handler {
    void on_readable() override {
      char block[16];
      IoResult result;
      while ((result = owner->transport->read(block)).kind == Kind::Ok) {
      }
      if (result.kind != Kind::Failed) return;
      owner->transport->set_handler(nullptr);
      loop.defer_delete(std::move(owner));
      ++failures;
      loop.stop();
    }
    void on_writable() override {}
    Handler(EventLoop& l, std::unique_ptr<Transport> t, int& f) : loop(l), failures(f) {
      owner->transport = std::move(t);
    }
    EventLoop& loop;
    int& failures;
    std::unique_ptr<Owner> owner = std::make_unique<Owner>();
  };
  int failures = 0;
  std::vector<std::unique_ptr<Handler>> handlers;
  for (int i = 0; i < 5; ++i) {
    TcpPair pair;
    auto transport = make_transport(*loop_, std::move(pair.near)).value();
    auto* borrowed = transport.get();
    handlers.push_back(std::make_unique<Handler>(*loop_, std::move(transport), failures));
    borrowed->set_handler(handlers.back().get());
    send_all(pair.far, "bytes");
    close_with_reset(pair.far);
  }
  run_until([&] { return failures == 5; });
}

TEST_F(TransportTest, tells_of_a_reset_after_the_end) {
  Reader reader(*loop_, *transport_);
  ::shutdown(pair_.far.get(), SHUT_WR);
  run_until([&] { return reader.last == Kind::End; });
  close_with_reset(pair_.far);
  run_until([&] { return reader.last == Kind::Failed; });
}

TEST_F(TransportTest, our_half_close_leaves_reading_open) {
  Reader reader(*loop_, *transport_);
  ASSERT_EQ(write_text(*transport_, "request").kind, Kind::Ok);
  transport_->shutdown_write();
  EXPECT_EQ(write_text(*transport_, "more").kind, Kind::Failed);
  char block[64];
  ASSERT_EQ(::recv(pair_.far.get(), block, sizeof block, MSG_WAITALL), 7);
  send_all(pair_.far, "answer");
  run_until([&] { return reader.text == "answer"; });
  pair_.far.reset();
  run_until([&] { return reader.last == Kind::End; });
}

TEST_F(TransportTest, the_peers_half_close_leaves_writing_open) {
  Reader reader(*loop_, *transport_);
  ::shutdown(pair_.far.get(), SHUT_WR);
  run_until([&] { return reader.last == Kind::End; });
  ASSERT_EQ(write_text(*transport_, "answer").bytes, 6u);
  char block[6];
  EXPECT_EQ(::recv(pair_.far.get(), block, sizeof block, MSG_WAITALL), 6);
}

// Sends `total` bytes of a known pattern as fast as the peer takes them.
struct Sender : Transport::Handler {
  Sender(EventLoop& l, Transport& t, std::size_t all) : loop(l), transport(t), total(all) {
    for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<char>(i % 251);
    transport.set_handler(this);
  }
  void go_on() {
    while (sent < total) {
      const std::size_t from = sent % 251;
      const std::size_t length = std::min(total - sent, pattern.size() - 251);
      const std::array pieces{iovec{.iov_base = pattern.data() + from, .iov_len = length / 2},
                              iovec{.iov_base = pattern.data() + from + length / 2, .iov_len = length - length / 2}};
      const IoResult result = transport.write(pieces);
      last = result.kind;
      if (result.kind != Kind::Ok) return;
      sent += result.bytes;
    }
    loop.stop();
  }
  void on_readable() override {}
  void on_writable() override {
    ++writable;
    go_on();
  }
  EventLoop& loop;
  Transport& transport;
  std::size_t total, sent = 0;
  int writable = 0;
  Kind last = Kind::Ok;
  std::array<char, 100'000> pattern{};
};

TEST_F(TransportTest, a_big_write_waits_for_the_peer_and_loses_nothing) {
  constexpr std::size_t kTotal = 32u << 20;
  Sender sender(*loop_, *transport_, kTotal);
  sender.go_on();
  ASSERT_LT(sender.sent, kTotal) << "the kernel's buffers hold it all: the test needs more";
  EXPECT_EQ(sender.last, Kind::WouldBlock);
  std::size_t received = 0, wrong = 0;
  std::thread peer([&] {
    std::array<char, 65536> block;
    for (ssize_t got; received < kTotal && (got = ::recv(pair_.far.get(), block.data(), block.size(), 0)) > 0;)
      for (ssize_t i = 0; i < got; ++i, ++received)
        wrong += block[static_cast<std::size_t>(i)] != static_cast<char>(received % 251);
  });
  run_until([&] { return sender.sent == kTotal; });
  peer.join();
  EXPECT_EQ(received, kTotal);
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(sender.writable, 0);
}

TEST_F(TransportTest, on_writable_comes_only_after_a_write_that_was_cut_short) {
  Reader reader(*loop_, *transport_);
  ASSERT_EQ(write_text(*transport_, "all of it").bytes, 9u);
  send_all(pair_.far, "x");
  run_until([&] { return reader.text == "x"; });
  EXPECT_EQ(reader.writable, 0);
}

TEST_F(TransportTest, a_writer_that_waits_learns_of_the_reset) {
  Sender sender(*loop_, *transport_, 64u << 20);
  sender.go_on();
  ASSERT_EQ(sender.last, Kind::WouldBlock);
  run_once();
  close_with_reset(pair_.far);
  while (sender.last != Kind::Failed) run_once();
  EXPECT_GT(sender.writable, 0);
}

TEST_F(TransportTest, edges_without_a_handler_are_kept_for_the_next_one) {
  send_all(pair_.far, "kept");
  run_once();
  EXPECT_TRUE(transport_->may_be_readable());
  Reader reader(*loop_, *transport_);
  run_until([&] { return reader.text == "kept"; });
}

TEST_F(TransportTest, an_idle_one_shows_that_its_peer_is_gone) {
  run_once();
  EXPECT_FALSE(transport_->may_be_readable());
  pair_.far.reset();
  run_once();
  EXPECT_TRUE(transport_->may_be_readable());
}

TEST_F(TransportTest, want_read_again_comes_in_the_next_turn) {
  struct Handler : Transport::Handler {
    void on_readable() override {
      char one;
      const IoResult result = transport.read({&one, 1});
      if (result.kind == Kind::Ok) {
        order += one;
        loop.post([this] { order += '.'; });  // a turn's tasks come after it
        transport.want_read_again();
        transport.want_read_again();
      } else {
        last = result.kind;
        loop.stop();
      }
    }
    void on_writable() override {}
    Handler(EventLoop& l, Transport& t) : loop(l), transport(t) {}
    EventLoop& loop;
    Transport& transport;
    std::string order;
    Kind last = Kind::Ok;
  } handler(*loop_, *transport_);
  send_all(pair_.far, "abc");
  run_once();
  transport_->set_handler(&handler);
  run_until([&] { return handler.last == Kind::WouldBlock; });
  EXPECT_EQ(handler.order, "a.b.c.");
}

TEST_F(TransportTest, reset_on_close_sends_rst) {
  transport_->reset_on_close();
  transport_.reset();
  char block[4];
  EXPECT_EQ(::recv(pair_.far.get(), block, sizeof block, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST_F(TransportTest, may_die_deferred_while_its_events_are_pending) {
  // Both transports have bytes in the same turn; whoever comes first drops both owners.
  struct Owner : Deferred, Transport::Handler {
    void on_readable() override {
      for (auto& each : *owners)
        if (each) loop->defer_delete(std::move(each));
      transport->want_read_again();
      loop->stop();
    }
    void on_writable() override {}
    ~Owner() override { ++*freed; }
    EventLoop* loop = nullptr;
    int* freed = nullptr;
    std::vector<std::unique_ptr<Owner>>* owners = nullptr;
    std::unique_ptr<Transport> transport;
  };
  int freed = 0;
  std::vector<std::unique_ptr<Owner>> owners;
  std::vector<UniqueFd> far;
  for (int i = 0; i < 2; ++i) {
    TcpPair pair;
    auto& owner = *owners.emplace_back(std::make_unique<Owner>());
    owner.loop = loop_.get();
    owner.freed = &freed;
    owner.owners = &owners;
    owner.transport = make_transport(*loop_, std::move(pair.near)).value();
    owner.transport->set_handler(&owner);
    send_all(pair.far, "x");
    far.push_back(std::move(pair.far));
  }
  run_until([&] { return freed == 2; });
}

// Sends back what comes, through a pipe.
struct SplicingEcho : Transport::Handler {
  SplicingEcho(EventLoop& l, Transport& t, Pipe& p) : loop(l), transport(t), pipe(p) {}
  void on_readable() override {
    pump();
    loop.stop();
  }
  void on_writable() override {
    ++writable;
    on_readable();
  }
  void pump() {
    for (;;) {
      if (pipe.held == 0) {
        const IoResult got = transport.splice_to(pipe, std::size_t{1} << 20);
        if (got.kind == Kind::End) ended = true;
        if (got.kind != Kind::Ok) return;
        taken += got.bytes;
      }
      const IoResult sent = transport.splice_from(pipe, pipe.held, Transport::Follows::Nothing);
      if (sent.kind == Kind::WouldBlock) ++blocked;
      if (sent.kind != Kind::Ok) return;
      given += sent.bytes;
    }
  }
  EventLoop& loop;
  Transport& transport;
  Pipe& pipe;
  std::size_t taken = 0, given = 0;
  bool ended = false;
  int writable = 0, blocked = 0;
};

TEST_F(TransportTest, splices_what_comes_and_sees_the_end) {
  PipePool pool(1);
  auto pipe = pool.take();
  ASSERT_TRUE(pipe);
  EXPECT_FALSE(pool.take());
  SplicingEcho echo(*loop_, *transport_, *pipe);
  transport_->set_handler(&echo);
  send_all(pair_.far, "first");
  run_until([&] { return echo.given == 5; });
  EXPECT_FALSE(transport_->may_be_readable());
  send_all(pair_.far, "second");
  ::shutdown(pair_.far.get(), SHUT_WR);
  run_until([&] { return echo.ended; });
  EXPECT_EQ(echo.given, 11u);
  std::array<char, 32> back{};
  EXPECT_EQ(::recv(pair_.far.get(), back.data(), back.size(), 0), 11);
  EXPECT_STREQ(back.data(), "firstsecond");
  pool.give_back(std::move(pipe));
  EXPECT_EQ(pool.lent(), 0u);
}

TEST_F(TransportTest, splices_on_when_a_full_socket_has_room_again) {
  PipePool pool(1);
  auto pipe = pool.take();
  SplicingEcho echo(*loop_, *transport_, *pipe);
  transport_->set_handler(&echo);
  constexpr std::size_t kBytes = std::size_t{24} << 20;
  std::atomic<bool> may_read{false};
  std::thread sender([&] {
    const std::string block(65536, 'x');
    for (std::size_t sent = 0; sent < kBytes;) {
      const auto n = ::send(pair_.far.get(), block.data(), std::min(block.size(), kBytes - sent), MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<std::size_t>(n);
    }
  });
  std::thread reader([&] {
    while (!may_read.load()) std::this_thread::yield();
    std::array<char, 65536> sink;
    for (std::size_t got = 0; got < kBytes;) {
      const auto n = ::recv(pair_.far.get(), sink.data(), sink.size(), 0);
      if (n <= 0) return;
      got += static_cast<std::size_t>(n);
    }
  });
  run_until([&] { return echo.blocked > 0; });
  may_read.store(true);
  run_until([&] { return echo.given == kBytes; });
  EXPECT_GT(echo.writable, 0);
  sender.join();
  reader.join();
  pool.give_back(std::move(pipe));
}

TEST(PipePool, a_pipe_that_still_holds_bytes_is_not_lent_again) {
  PipePool pool(2);
  auto pipe = pool.take();
  ASSERT_EQ(::write(pipe->in.get(), "secret", 6), 6);
  pipe->held = 6;
  pool.give_back(std::move(pipe));
  auto next = pool.take();
  std::array<char, 8> bytes;
  EXPECT_LT(::read(next->out.get(), bytes.data(), bytes.size()), 0);
  pool.give_back(std::move(next));
}

// Without what lets root have more than a user's share, in this thread.
class AsAnyUser {
 public:
  AsAnyUser() {
    good_ = ::syscall(SYS_capget, &header_, before_.data()) == 0;
    auto less = before_;
    for (const unsigned one : {CAP_SYS_ADMIN, CAP_SYS_RESOURCE}) less[one / 32].effective &= ~(1U << one % 32);
    good_ = good_ && ::syscall(SYS_capset, &header_, less.data()) == 0;
  }
  ~AsAnyUser() { ::syscall(SYS_capset, &header_, before_.data()); }
  [[nodiscard]] bool good() const { return good_; }

 private:
  __user_cap_header_struct header_{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> before_{};
  bool good_ = false;
};

TEST(PipePool, lends_no_pipe_of_two_pages_where_the_users_share_is_used_up) {
  unsigned long pages = 0;
  std::ifstream("/proc/sys/fs/pipe-user-pages-soft") >> pages;
  const unsigned long enough = pages * 4096 / PipePool::kPipeBytes + 8;
  if (pages == 0 || enough > 400) GTEST_SKIP() << "a share of " << pages << " pages is more than can be used up here";
  const AsAnyUser user;
  ASSERT_TRUE(user.good());
  PipePool pool(enough * 2);
  std::vector<std::unique_ptr<Pipe>> pipes;
  while (auto pipe = pool.take()) pipes.push_back(std::move(pipe));
  EXPECT_LT(pipes.size(), enough * 2) << "the system has refused one before the pool";
  for (auto& pipe : pipes) {
    EXPECT_GE(::fcntl(pipe->in.get(), F_GETPIPE_SZ), static_cast<int>(PipePool::kLeastBytes));
    pool.give_back(std::move(pipe));
  }
  EXPECT_EQ(pool.lent(), 0u);
}

TEST(PipePool, gives_up_the_pipes_that_nobody_has) {
  PipePool pool(2);
  auto kept = pool.take(), idle = pool.take();
  const int out = idle->out.get(), in = idle->in.get();
  pool.give_back(std::move(idle));
  pool.close_idle();
  EXPECT_EQ(::fcntl(out, F_GETFD), -1);
  EXPECT_EQ(::fcntl(in, F_GETFD), -1);
  EXPECT_NE(::fcntl(kept->out.get(), F_GETFD), -1);
  auto next = pool.take();
  EXPECT_TRUE(next);
  EXPECT_FALSE(pool.take()) << "the limit is what it was";
  pool.give_back(std::move(kept));
  pool.give_back(std::move(next));
}

TEST_F(TransportTest, knows_both_addresses_even_after_a_reset) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  ASSERT_EQ(::getsockname(pair_.far.get(), reinterpret_cast<sockaddr*>(&storage), &length), 0);
  const auto far = SocketAddress::from_sockaddr(reinterpret_cast<sockaddr*>(&storage));
  close_with_reset(pair_.far);
  EXPECT_EQ(transport_->peer(), far);
  EXPECT_EQ(transport_->local().ip.to_string(), "127.0.0.1");
}

TEST_F(TransportTest, a_socket_that_the_loop_cannot_watch_is_refused) {
  const auto made = make_tcp_transport(*loop_, UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC)), {});
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().kind, Error::Kind::Refused);
}

TEST_F(TransportTest, what_a_listener_accepts_does_not_delay_small_messages) {
  auto sockets = listen_sockets(*SocketAddress::parse("127.0.0.1:0"), 1, 16).value();
  const auto address = local_address(sockets[0]);
  UniqueFd accepted;
  const auto listener = Listener::create(*loop_, std::move(sockets[0]), [&](UniqueFd socket, SocketAddress) {
                          accepted = std::move(socket);
                          noted();
                        }).value();
  sockaddr_storage storage;
  const socklen_t length = address.to_sockaddr(storage);
  UniqueFd far(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(far.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
  run_until([&] { return static_cast<bool>(accepted); });
  int on = 0;
  socklen_t size = sizeof on;
  ASSERT_EQ(::getsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
  EXPECT_NE(on, 0);
}

}  // namespace
}  // namespace citygate::proxy
