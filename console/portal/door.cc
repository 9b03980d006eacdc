#include "console/portal/door.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <list>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/thread_name.h"
#include "proxy/net/proxy_protocol.h"

namespace citygate::console {
namespace {

constexpr int kAcceptedAtOnce = 64;

class OpenDoor final : public Door {
 public:
  OpenDoor(const std::vector<UniqueFd>& listeners, const UniqueFd& inner, const proxy::PortalPlace& place, Calls calls,
           UniqueFd wake)
      : inner_(inner.get()), place_(place), calls_(std::move(calls)), wake_(std::move(wake)) {
    for (const auto& one : listeners) listeners_.push_back(one.get());
    thread_ = std::thread([this] { run(); });
  }

  ~OpenDoor() override {
    ending_ = true;
    const std::uint64_t one = 1;
    static_cast<void>(::write(wake_.get(), &one, sizeof one));
    thread_.join();
  }

  std::uint64_t strangers() const override { return strangers_.load(std::memory_order_relaxed); }

 private:
  // A worker's connection that has not said yet whom it is for.
  struct Waiting {
    UniqueFd socket;
    MonoTime until;
    std::string header{};
  };

  void run() {
    name_this_thread("portal-door");
    MonoTime next = std::chrono::steady_clock::now();
    while (!ending_) {
      std::vector<pollfd> watched{{wake_.get(), POLLIN, 0}, {inner_, POLLIN, 0}};
      for (const int listener : listeners_) watched.push_back({listener, POLLIN, 0});
      const std::size_t first_waiting = watched.size();
      for (const auto& one : waiting_) watched.push_back({one.socket.get(), POLLIN, 0});
      static_cast<void>(::poll(watched.data(), watched.size(), 1'000));
      read_headers(watched, first_waiting);
      for (std::size_t i = 2; i < first_waiting; ++i)
        if (watched[i].revents != 0) accept_clients(watched[i].fd);
      if (watched[1].revents != 0) accept_workers();
      const MonoTime now = std::chrono::steady_clock::now();
      if (now < next) continue;
      next = now + std::chrono::seconds(1);
      calls_.every_second();
    }
  }

  static UniqueFd accept_one(int listener, SocketAddress& peer) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    UniqueFd socket(::accept4(listener, reinterpret_cast<sockaddr*>(&address), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      // Nothing would be gained by turning in circles.
      if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      return socket;
    }
    const int yes = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    peer = SocketAddress::from_sockaddr(reinterpret_cast<const sockaddr*>(&address));
    return socket;
  }

  void accept_clients(int listener) {
    for (int i = 0; i < kAcceptedAtOnce; ++i) {
      SocketAddress peer;
      UniqueFd socket = accept_one(listener, peer);
      if (!socket) return;
      calls_.take(std::move(socket), peer);
    }
  }

  void accept_workers() {
    for (int i = 0; i < kAcceptedAtOnce; ++i) {
      SocketAddress peer;
      UniqueFd socket = accept_one(inner_, peer);
      if (!socket) return;
      if (waiting_.size() == kWaiting) turn_away(waiting_.begin());
      waiting_.push_back({std::move(socket), std::chrono::steady_clock::now() + kHeaderPatience});
    }
  }

  void turn_away(std::list<Waiting>::iterator which) {
    strangers_.fetch_add(1, std::memory_order_relaxed);
    waiting_.erase(which);
  }

  void read_headers(const std::vector<pollfd>& watched, std::size_t first) {
    const MonoTime now = std::chrono::steady_clock::now();
    std::size_t at = first;
    for (auto it = waiting_.begin(); it != waiting_.end(); ++at) {
      const auto each = it++;
      const Header header = watched[at].revents != 0 ? read_header(*each)
                            : each->until <= now     ? Header::Wrong
                                                     : Header::Partial;
      if (header == Header::Wrong) turn_away(each);
      if (header == Header::Right) waiting_.erase(each);
    }
  }

  enum class Header : std::uint8_t { Partial, Right, Wrong };

  // What belongs to the client behind the header is left in the socket, which is handed on when the header is right.
  Header read_header(Waiting& one) {
    for (;;) {
      const std::size_t lacks = proxy::proxy_header_lacks(one.header);
      if (lacks == 0) break;
      char bytes[256];
      const ssize_t got = ::recv(one.socket.get(), bytes, std::min(lacks, sizeof bytes), 0);
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return Header::Partial;
      if (got <= 0) return Header::Wrong;
      one.header.append(bytes, static_cast<std::size_t>(got));
    }
    const auto client = place_.client_of(one.header);
    if (!client) return Header::Wrong;
    calls_.take(std::move(one.socket), *client);
    return Header::Right;
  }

  std::vector<int> listeners_;
  int inner_;
  const proxy::PortalPlace& place_;
  Calls calls_;
  UniqueFd wake_;
  std::list<Waiting> waiting_;  // of the thread alone
  std::atomic<std::uint64_t> strangers_{0};
  std::atomic<bool> ending_ = false;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Door>> Door::open(const std::vector<UniqueFd>& listeners, const UniqueFd& inner,
                                         const proxy::PortalPlace& place, Calls calls) {
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return fail_errno("the portal's eventfd");
  return std::make_unique<OpenDoor>(listeners, inner, place, std::move(calls), std::move(wake));
}

}  // namespace citygate::console
