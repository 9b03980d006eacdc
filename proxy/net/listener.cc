#include "proxy/net/listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "proxy/net/epoll_loop.h"

namespace citygate::proxy {

namespace {

constexpr int kAcceptsPerWakeUp = 64;  // then the connections that are there get their turn
constexpr std::chrono::milliseconds kDescriptorPause{100};

std::unexpected<Error> listen_error(const SocketAddress& address, int code) {
  std::string text = address.to_string();
  switch (code) {
    case EADDRINUSE:
      text += " is in use by another process; stop that one (`ss -ltnp` names it) or choose another port";
      break;
    case EPERM: text += " with tproxy is not permitted; give the process CAP_NET_ADMIN"; break;
    case EACCES: text += " is not permitted; choose a port above 1023 or give the process CAP_NET_BIND_SERVICE"; break;
    case EADDRNOTAVAIL: text += " is not an address of this machine; `ip address` lists those that are"; break;
    case EAFNOSUPPORT: text += " needs IPv6, which this machine has switched off; listen on an IPv4 address"; break;
    case EMFILE:
    case ENFILE: text += " found no free descriptor; raise the limit of open files"; break;
    default: text += std::string(" cannot be listened on: ") + std::strerror(code);
  }
  return fail(Error::Kind::Refused, std::move(text));
}

enum class Sharing : std::uint8_t { Alone, Shared };

// -1 with errno set on failure.
UniqueFd bound_socket(const SocketAddress& address, Sharing sharing, Destinations destinations) {
  sockaddr_storage storage;
  const socklen_t length = address.to_sockaddr(storage);
  UniqueFd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return {};
  const int on = 1;
  const auto set = [&](int level, int option) {
    return ::setsockopt(socket.get(), level, option, &on, sizeof on) == 0;
  };
  // Else a restart within a minute of closing busy connections would find its address in use.
  bool good = set(SOL_SOCKET, SO_REUSEADDR);
  if (sharing == Sharing::Shared) good = good && set(SOL_SOCKET, SO_REUSEPORT);
  // "::" means IPv6 alone: who wants both families lists both.
  if (storage.ss_family == AF_INET6) good = good && set(IPPROTO_IPV6, IPV6_V6ONLY);
  if (destinations == Destinations::Any)
    good = good && (storage.ss_family == AF_INET6 ? set(SOL_IPV6, IPV6_TRANSPARENT) : set(SOL_IP, IP_TRANSPARENT));
  good = good && ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), length) == 0;
  if (good) return socket;
  const int code = errno;
  socket.reset();
  errno = code;
  return {};
}

class ListenerImpl final : public Listener {
 public:
  ListenerImpl(EpollLoop& loop, UniqueFd socket, OnAccept on_accept)
      : loop_(loop), socket_(std::move(socket)), on_accept_(std::move(on_accept)), descriptors_timer_(loop, [this] {
          starved_ = false;
          listen_or_not();
          if (starved_ && on_starved_) on_starved_();
        }) {}

  [[nodiscard]] bool start() {
    // Each connection inherits it, which saves it a system call; a socket that another process bound may lack it.
    const int on = 1;
    if (::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return false;
    return listening_ = watch();
  }

  void pause() override {
    CG_ON_LOOP(loop_);
    paused_ = true;
    listen_or_not();
  }
  void resume() override {
    CG_ON_LOOP(loop_);
    paused_ = false;
    listen_or_not();
  }
  [[nodiscard]] std::uint64_t pauses_for_descriptors() const override { return pauses_for_descriptors_; }
  void on_starved(std::move_only_function<void()> call) override { on_starved_ = std::move(call); }

 private:
  void on_connections();
  // Level-triggered: what a wake-up leaves in the queue is told of again.
  [[nodiscard]] bool watch() {
    return watch_.start(
        loop_, socket_.get(), EPOLLIN,
        [](void* self, std::uint32_t) { static_cast<ListenerImpl*>(self)->on_connections(); }, this, Activity::Accept);
  }

  void listen_or_not() {
    const bool wanted = !paused_ && !starved_;
    if (wanted == listening_) return;
    if (!wanted) {
      watch_.stop();
      listening_ = false;
      return;
    }
    listening_ = watch();
    // epoll has a bound of its own (fs.epoll.max_user_watches) and needs memory: as without descriptors.
    if (!listening_) starve();
  }

  void starve() {
    ++pauses_for_descriptors_;
    starved_ = true;
    descriptors_timer_.arm(kDescriptorPause);
  }

  EpollLoop& loop_;
  UniqueFd socket_;
  OnAccept on_accept_;
  Watch watch_;
  Timer descriptors_timer_;
  bool listening_ = false;
  bool paused_ = false;   // by pause()
  bool starved_ = false;  // no descriptor was free, or no place in epoll
  std::uint64_t pauses_for_descriptors_ = 0;
  std::move_only_function<void()> on_starved_;
};

void ListenerImpl::on_connections() {
  for (int i = 0; i < kAcceptsPerWakeUp && listening_; ++i) {
    sockaddr_storage storage;
    socklen_t length = sizeof storage;
    auto* address = reinterpret_cast<sockaddr*>(&storage);
    UniqueFd socket(::accept4(socket_.get(), address, &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      on_accept_(std::move(socket), SocketAddress::from_sockaddr(address));
      continue;
    }
    switch (errno) {
      case EAGAIN: return;
      case EMFILE:
      case ENFILE:
      case ENOBUFS:
      case ENOMEM:
        starve();
        listen_or_not();
        if (on_starved_) on_starved_();
        return;
      default:
        // Of this one connection, which is gone (ECONNABORTED and the network errors that accept(2) passes on).
        break;
    }
  }
}

}  // namespace

Result<std::vector<UniqueFd>> listen_sockets(const SocketAddress& address, unsigned count, int backlog,
                                             Destinations destinations) {
  // SO_REUSEPORT would also share with another gateway of the same user, and each would get half the connections.
  // A socket without it finds that out; it never listens, so it takes no connection with it.
  if (address.port != 0 && !bound_socket(address, Sharing::Alone, destinations)) return listen_error(address, errno);
  return join_sockets(address, count, backlog, destinations);
}

// A single one as well: the process after an upgrade may have more workers.
Result<std::vector<UniqueFd>> join_sockets(const SocketAddress& address, unsigned count, int backlog,
                                           Destinations destinations) {
  SocketAddress at = address;
  std::vector<UniqueFd> sockets;
  for (unsigned i = 0; i < count; ++i) {
    UniqueFd socket = bound_socket(at, Sharing::Shared, destinations);
    if (!socket) return listen_error(at, errno);
    if (at.port == 0) at.port = local_address(socket).port;
    sockets.push_back(std::move(socket));
  }
  // Only now: connections are spread over the sockets that listen at the time they come.
  for (const UniqueFd& socket : sockets)
    if (::listen(socket.get(), backlog) != 0) return listen_error(at, errno);
  return sockets;
}

SocketAddress local_address(const UniqueFd& socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* address = reinterpret_cast<sockaddr*>(&storage);
  if (::getsockname(socket.get(), address, &length) != 0) return {};
  return SocketAddress::from_sockaddr(address);
}

Result<std::unique_ptr<Listener>> Listener::create(EventLoop& loop, UniqueFd socket, OnAccept on_accept) {
  CG_ON_LOOP(loop);
  auto listener = std::make_unique<ListenerImpl>(epoll_of(loop), std::move(socket), std::move(on_accept));
  if (!listener->start()) return fail(Error::Kind::Refused, "the loop takes no listener");
  return std::unique_ptr<Listener>(std::move(listener));
}

}  // namespace citygate::proxy
