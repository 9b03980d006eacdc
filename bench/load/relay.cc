// The floor under a CONNECT tunnel: accepts, dials 127.0.0.1 at the port asked for, answers 200 and moves bytes until
// one side ends. It decides, counts and records nothing. `compare` measures the gateway against it.
//   citygate_relay splice|copy PORT
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::string_view kAnswer = "HTTP/1.1 200 Connection established\r\n\r\n";
bool splices;
int loop;
std::array<char, 256 * 1024> block;

struct Side {
  Side* other = nullptr;
  int fd = -1, in = -1, out = -1;  // the pipe from this side to the other, made at the first byte
  ssize_t held = 0;
  bool joined = false, gone = false;
};
std::vector<Side*> gone;

sockaddr_in loopback(int port) {
  return {AF_INET, htons(static_cast<std::uint16_t>(port)), {htonl(INADDR_LOOPBACK)}, {}};
}

Side* watch(int fd, Side* side, std::uint32_t events) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (side) side->fd = fd;
  epoll_event event{.events = events, .data = {.ptr = side}};
  epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
  return side;
}

bool move(Side& from, Side& to) {
  for (;;) {
    if (splices && from.in < 0) {
      int ends[2];
      if (pipe2(ends, O_NONBLOCK) != 0) return false;
      from.out = ends[0], from.in = ends[1];
      fcntl(from.in, F_SETPIPE_SZ, block.size());
    }
    if (from.held == 0)
      from.held = splices ? splice(from.fd, nullptr, from.in, nullptr, block.size(), SPLICE_F_NONBLOCK)
                          : recv(from.fd, block.data(), block.size(), 0);
    if (from.held <= 0) return std::exchange(from.held, 0) < 0 && errno == EAGAIN;
    const auto bytes = static_cast<std::size_t>(from.held);
    const ssize_t sent = splices ? splice(from.out, nullptr, to.fd, nullptr, bytes, SPLICE_F_NONBLOCK)
                                 : send(to.fd, block.data(), bytes, 0);
    if (sent < 0) return splices && errno == EAGAIN;
    if ((from.held -= sent) > 0 && !splices) return false;
  }
}

bool on_event(Side& side, std::uint32_t events) {
  Side& other = *side.other;
  if (side.joined) return move(side, other) && (other.held == 0 || move(other, side));
  if (side.in == -2) {  // the origin's side, being dialled
    if ((events & EPOLLERR) != 0 || send(other.fd, kAnswer.data(), kAnswer.size(), 0) < 0) return false;
    side.in = -1, side.joined = other.joined = true;
    return move(other, side);
  }
  const ssize_t got = other.fd < 0 ? recv(side.fd, block.data(), block.size() - 1, 0) : 0;
  if (got <= 0) return other.fd >= 0 || (got < 0 && errno == EAGAIN);
  block[static_cast<std::size_t>(got)] = 0;
  const std::string_view head(block.data());
  if (!head.starts_with("CONNECT ") || !head.ends_with("\r\n\r\n")) return false;
  const sockaddr_in to = loopback(std::atoi(head.substr(head.find(':') + 1).data()));
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS) return false;
  watch(fd, &other, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET)->in = -2;
  return true;
}

}  // namespace

int main(int, char** words) {
  splices = std::string_view(words[1]) == "splice";
  std::signal(SIGPIPE, SIG_IGN);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in at = loopback(std::atoi(words[2]));
  if (bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || listen(listener, 4096) != 0) return 1;
  loop = epoll_create1(0);
  watch(listener, nullptr, EPOLLIN);
  for (std::array<epoll_event, 256> events;;) {
    const int got = epoll_wait(loop, events.data(), events.size(), -1);
    for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(got, 0)); ++i) {
      auto* side = static_cast<Side*>(events[i].data.ptr);
      for (int fd; !side && (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
        auto *client = new Side, *origin = new Side{.other = client};
        client->other = origin;
        watch(fd, client, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
      }
      if (!side || side->gone || on_event(*side, events[i].events)) continue;
      for (Side* end : {side, side->other}) {
        for (const int fd : {end->fd, end->in, end->out})
          if (fd >= 0) close(fd);
        end->gone = true;
        gone.push_back(end);
      }
    }
    for (const Side* end : gone) delete end;
    gone.clear();
  }
}
