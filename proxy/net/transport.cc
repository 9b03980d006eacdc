#include "proxy/net/transport.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "proxy/net/epoll_loop.h"

namespace citygate::proxy {

IoResult Transport::splice_to(Pipe&, std::size_t) {
  CG_CHECK(can_splice());
  return {.kind = IoResult::Kind::Failed};
}

IoResult Transport::splice_from(Pipe&, std::size_t, Follows) {
  CG_CHECK(can_splice());
  return {.kind = IoResult::Kind::Failed};
}

namespace {

constexpr std::size_t kMaxPieces = 64;
constexpr std::size_t kPutTogether = 4096;

std::optional<SocketAddress> address_of(int fd, int (*ask)(int, sockaddr*, socklen_t*)) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (ask(fd, address, &length) != 0) return std::nullopt;
  return SocketAddress::from_sockaddr(address);
}

struct Closing final : Deferred {
  explicit Closing(std::unique_ptr<Transport> closed) : transport(std::move(closed)) {}
  std::unique_ptr<Transport> transport;
};

// What is known of the reading side.
enum class Reading : std::uint8_t {
  Open,
  Ended,   // End was read; only a reset can still come
  Failed,  // nothing more will come
};

class TcpTransport final : public Transport, private Again {
 public:
  TcpTransport(EpollLoop& loop, UniqueFd socket, const SocketAddress& peer)
      : loop_(loop), socket_(std::move(socket)), peer_(peer) {}
  ~TcpTransport() override { watch_.stop_before_close(); }

  // The first edge of a new registration tells what the socket already holds; of one that is being connected, how that
  // ended.
  [[nodiscard]] bool start(Activity activity, OnConnect* told = nullptr) {
    connecting_ = told;
    return watch_.start(
        loop_, socket_.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
        [](void* self, std::uint32_t events) { static_cast<TcpTransport*>(self)->on_edge(events); }, this, activity);
  }

  void set_handler(Handler* handler) override {
    CG_ON_LOOP(loop_);
    handler_ = handler;
    if (handler_ && may_be_readable()) want_read_again();
  }

  [[nodiscard]] IoResult read(std::span<char> into) override;
  [[nodiscard]] IoResult write(std::span<const iovec> from) override;

  void want_read_again() override { loop_.call_again(*this); }
  [[nodiscard]] bool may_be_readable() const override { return readable_; }

  void shutdown_write() override {
    write_over_ = true;
    ::shutdown(socket_.get(), SHUT_WR);
  }
  void reset_on_close() override {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }
  [[nodiscard]] bool can_splice() const override { return true; }
  [[nodiscard]] IoResult splice_to(Pipe& pipe, std::size_t most) override;
  [[nodiscard]] IoResult splice_from(Pipe& pipe, std::size_t most, Follows follows) override;

  [[nodiscard]] SocketAddress peer() const override { return peer_; }
  [[nodiscard]] SocketAddress local() const override {
    return address_of(socket_.get(), ::getsockname).value_or(SocketAddress{});
  }

 private:
  void on_edge(std::uint32_t events);
  void on_connect_edge(std::uint32_t events);
  // What is known before the kernel is asked; Ok with no bytes: ask it.
  [[nodiscard]] IoResult before_read();
  [[nodiscard]] IoResult after_empty_read(ssize_t got);
  [[nodiscard]] IoResult after_failed_write();
  void on_again() override {
    if (handler_) handler_->on_readable();
  }
  void fail_both() {
    reading_ = Reading::Failed;
    readable_ = false;
    write_over_ = true;
  }
  // All that came before the end was read; the reset that followed it is told of in the next turn.
  void on_reset_found_later() {
    readable_ = true;
    want_read_again();
  }
  void emptied() {
    if (saw_end_ || reset_seen_) return;  // no further edge would come: the next read() must find it
    readable_ = false;
  }

  EpollLoop& loop_;
  UniqueFd socket_;
  Watch watch_;
  Handler* handler_ = nullptr;
  OnConnect* connecting_ = nullptr;  // until the attempt has ended
  SocketAddress peer_;
  Reading reading_ = Reading::Open;
  bool readable_ = false;    // as may_be_readable() says
  bool blocked_ = false;     // a write could not take everything; on_writable() is owed
  bool write_over_ = false;  // shut down or failed
  bool write_failed_ = false;
  bool saw_end_ = false;     // a FIN stands in the queue, behind what bytes there are
  bool reset_seen_ = false;  // behind what bytes there are, and behind the FIN if there was one
};

void TcpTransport::on_edge(std::uint32_t events) {
  if (connecting_) return on_connect_edge(events);
  // An edge reports the whole state; a reset sets EPOLLRDHUP as well.
  if ((events & EPOLLERR) != 0)
    reset_seen_ = true;
  else if ((events & EPOLLRDHUP) != 0)
    saw_end_ = true;

  bool tell_reader = false;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0 &&
      (reading_ == Reading::Open || (reset_seen_ && reading_ == Reading::Ended)))
    readable_ = tell_reader = true;
  // Taken before the reader runs: what it writes may block anew, and that is not what this edge is about.
  const bool tell_writer = blocked_ && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0;
  if (tell_writer) blocked_ = false;

  if (tell_reader && handler_) handler_->on_readable();
  if (tell_writer && !blocked_ && handler_) handler_->on_writable();
}

void TcpTransport::on_connect_edge(std::uint32_t events) {
  if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
  OnConnect& told = *std::exchange(connecting_, nullptr);
  int code = 0;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    socklen_t length = sizeof code;
    if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &code, &length) != 0) code = errno;
    if (code == 0) code = ECONNRESET;  // connected and gone again
    fail_both();
  } else {
    // What the other end said first, and whether that was all: no further edge would tell.
    saw_end_ = (events & EPOLLRDHUP) != 0;
    readable_ = (events & (EPOLLIN | EPOLLRDHUP)) != 0;
    watch_.doing(Activity::Origin);
  }
  told.on_connect(code);  // which may drop this
}

IoResult TcpTransport::before_read() {
  CG_ON_LOOP(loop_);
  if (reading_ == Reading::Failed) return {.kind = IoResult::Kind::Failed};
  if (reading_ == Reading::Ended) {
    // The kernel goes on answering "end" to who reads, and keeps the reset for who writes.
    if (reset_seen_) fail_both();
    return {.kind = reset_seen_ ? IoResult::Kind::Failed : IoResult::Kind::End};
  }
  return {.kind = readable_ ? IoResult::Kind::Ok : IoResult::Kind::WouldBlock};
}

IoResult TcpTransport::after_empty_read(ssize_t got) {
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    emptied();
    return {};
  }
  readable_ = false;
  // A failed write has taken the socket's error with it: what reads as an end after that is the reset.
  if (got < 0 || write_failed_ || (reset_seen_ && !saw_end_)) {
    fail_both();
    return {.kind = IoResult::Kind::Failed};
  }
  reading_ = Reading::Ended;
  if (reset_seen_) on_reset_found_later();
  return {.kind = IoResult::Kind::End};
}

IoResult TcpTransport::after_failed_write() {
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    blocked_ = true;
    return {};
  }
  write_over_ = write_failed_ = true;
  return {.kind = IoResult::Kind::Failed};
}

IoResult TcpTransport::read(std::span<char> into) {
  if (const IoResult known = before_read(); known.kind != IoResult::Kind::Ok) return known;
  CG_ASSERT(!into.empty());
  ssize_t got = 0;
  do got = ::recv(socket_.get(), into.data(), into.size(), 0);
  while (got < 0 && errno == EINTR);
  if (got <= 0) return after_empty_read(got);
  const auto bytes = static_cast<std::size_t>(got);
  if (bytes < into.size()) emptied();
  return {.kind = IoResult::Kind::Ok, .bytes = bytes};
}

IoResult TcpTransport::splice_to(Pipe& pipe, std::size_t most) {
  if (const IoResult known = before_read(); known.kind != IoResult::Kind::Ok) return known;
  CG_ASSERT(pipe.held == 0 && most > 0);
  ssize_t got = 0;
  do got = ::splice(socket_.get(), nullptr, pipe.in.get(), nullptr, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
  while (got < 0 && errno == EINTR);
  if (got <= 0) return after_empty_read(got);
  pipe.held = static_cast<std::size_t>(got);
  return {.kind = IoResult::Kind::Ok, .bytes = pipe.held};
}

// A head and a short body are put together: to copy them costs less than to have the kernel walk a message of two
// pieces.
ssize_t send_pieces(int socket, std::span<const iovec> from, std::size_t bytes) {
  if (from.size() == 1) return ::send(socket, from[0].iov_base, bytes, MSG_NOSIGNAL);
  std::array<char, kPutTogether> whole;
  if (bytes <= whole.size()) {
    char* end = whole.data();
    for (const iovec& piece : from) end = static_cast<char*>(::mempcpy(end, piece.iov_base, piece.iov_len));
    return ::send(socket, whole.data(), bytes, MSG_NOSIGNAL);
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(from.data());
  message.msg_iovlen = from.size();
  return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

IoResult TcpTransport::write(std::span<const iovec> from) {
  CG_ON_LOOP(loop_);
  if (write_over_) return {.kind = IoResult::Kind::Failed};
  if (blocked_) return {};
  CG_ASSERT(!from.empty() && from.size() <= kMaxPieces);
  std::size_t wanted = 0;
  for (const iovec& piece : from) wanted += piece.iov_len;
  ssize_t sent = 0;
  do sent = send_pieces(socket_.get(), from, wanted);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) return after_failed_write();
  const auto bytes = static_cast<std::size_t>(sent);
  blocked_ = bytes < wanted;
  return {.kind = IoResult::Kind::Ok, .bytes = bytes};
}

IoResult TcpTransport::splice_from(Pipe& pipe, std::size_t most, Follows follows) {
  CG_ON_LOOP(loop_);
  if (write_over_) return {.kind = IoResult::Kind::Failed};
  if (blocked_) return {};
  const std::size_t wanted = std::min(most, pipe.held);
  CG_ASSERT(wanted > 0);
  const unsigned more = follows == Follows::More ? SPLICE_F_MORE : 0;
  ssize_t sent = 0;
  do sent = ::splice(pipe.out.get(), nullptr, socket_.get(), nullptr, wanted, SPLICE_F_MOVE | SPLICE_F_NONBLOCK | more);
  while (sent < 0 && errno == EINTR);
  if (sent <= 0) return after_failed_write();
  // A short move need not mean a full socket, and then no edge would come: the next call asks.
  const auto bytes = static_cast<std::size_t>(sent);
  pipe.held -= bytes;
  return {.kind = IoResult::Kind::Ok, .bytes = bytes};
}

}  // namespace

Result<std::unique_ptr<Transport>> make_tcp_transport(EventLoop& loop, UniqueFd socket, const SocketAddress& peer,
                                                      Activity activity) {
  CG_ON_LOOP(loop);
  auto transport = std::make_unique<TcpTransport>(epoll_of(loop), std::move(socket), peer);
  if (!transport->start(activity)) return fail(Error::Kind::Refused, "the loop takes no further connection");
  return std::unique_ptr<Transport>(std::move(transport));
}

std::unique_ptr<Transport> connect_tcp(EventLoop& loop, const SocketAddress& to, OnConnect& told) {
  CG_ON_LOOP(loop);
  sockaddr_storage storage;
  const socklen_t length = to.to_sockaddr(storage);
  UniqueFd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return nullptr;
  const int on = 1;
  if (::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return nullptr;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) != 0 && errno != EINPROGRESS)
    return nullptr;
  auto transport = std::make_unique<TcpTransport>(epoll_of(loop), std::move(socket), to);
  if (transport->start(Activity::Dial, &told)) return transport;
  const int code = errno;
  transport.reset();
  errno = code;
  return nullptr;
}

void close_later(EventLoop& loop, std::unique_ptr<Transport> transport) {
  transport->set_handler(nullptr);
  loop.defer_delete(std::make_unique<Closing>(std::move(transport)));
}

}  // namespace citygate::proxy
