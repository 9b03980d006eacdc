// The floor under a CONNECT tunnel: accepts, dials 127.0.0.1 at the port asked for, answers 200 and moves bytes. It
// decides, counts and records nothing, and gives up at the first trouble. `compare` measures the gateway against it.
//   citygate_relay splice|copy PORT
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t kBytes = 256 * 1024;
constexpr std::string_view kAnswer = "HTTP/1.1 200 Connection established\r\n\r\n";

bool splices;
int loop;
std::array<char, kBytes> block;  // copy: a socket that takes less than it is offered ends the tunnel

struct Pair;
struct Side {
  Pair* pair = nullptr;
  int fd = -1, in = -1, out = -1;  // the pipe from this side to the other, made at the first byte
  std::size_t held = 0;
  bool ended = false;
};
struct Pair {
  Side client{.pair = this}, origin{.pair = this};
  bool joined = false, gone = false;
};
std::vector<Pair*> gone;

sockaddr_in loopback(std::uint16_t port) {
  return {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
}

void watch(int fd, Side* side) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{.events = side ? EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET : EPOLLIN, .data = {.ptr = side}};
  epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
}

void end(Pair& pair) {
  if (std::exchange(pair.gone, true)) return;
  for (const Side* side : {&pair.client, &pair.origin})
    for (const int fd : {side->fd, side->in, side->out})
      if (fd >= 0) close(fd);
  gone.push_back(&pair);
}

ssize_t take(Side& from) {
  if (!splices) return recv(from.fd, block.data(), block.size(), MSG_DONTWAIT);
  if (int ends[2]; from.in < 0) {
    if (pipe2(ends, O_NONBLOCK) != 0) return 0;
    from.out = ends[0];
    from.in = ends[1];
    fcntl(from.in, F_SETPIPE_SZ, kBytes);
  }
  return splice(from.fd, nullptr, from.in, nullptr, kBytes, SPLICE_F_NONBLOCK);
}

// Until one of the two has nothing more to give or to take. False: trouble.
bool move(Side& from, Side& to) {
  while (from.held > 0 || !from.ended) {
    if (from.held == 0) {
      const ssize_t got = take(from);
      if (got < 0) return errno == EAGAIN;
      if (got == 0) {
        from.ended = true;
        return shutdown(to.fd, SHUT_WR) == 0;
      }
      from.held = static_cast<std::size_t>(got);
    }
    const ssize_t sent = splices ? splice(from.out, nullptr, to.fd, nullptr, from.held, SPLICE_F_NONBLOCK)
                                 : send(to.fd, block.data(), from.held, MSG_NOSIGNAL);
    if (sent < 0) return splices && errno == EAGAIN;
    from.held -= static_cast<std::size_t>(sent);
    if (!splices && from.held > 0) return false;
  }
  return true;
}

bool dial(Pair& pair) {
  const ssize_t got = recv(pair.client.fd, block.data(), block.size(), MSG_DONTWAIT);
  if (got <= 0) return got < 0 && errno == EAGAIN;
  const std::string_view head(block.data(), static_cast<std::size_t>(got));
  std::uint16_t port = 0;
  std::from_chars(head.data() + head.find(':') + 1, head.data() + head.size(), port);
  if (!head.starts_with("CONNECT ") || !head.ends_with("\r\n\r\n")) return false;
  const sockaddr_in to = loopback(port);
  pair.origin.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (connect(pair.origin.fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS)
    return false;
  watch(pair.origin.fd, &pair.origin);
  return true;
}

bool on_event(Side& side, std::uint32_t events) {
  Pair& pair = *side.pair;
  if (pair.origin.fd < 0) return dial(pair);
  if (!pair.joined) {
    if (&side == &pair.client) return true;  // what it sends now waits in its socket
    if ((events & EPOLLERR) != 0 || send(pair.client.fd, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0)
      return false;
    pair.joined = true;
    return move(pair.client, pair.origin);
  }
  Side& other = &side == &pair.client ? pair.origin : pair.client;
  return move(side, other) && (other.held == 0 || move(other, side)) && !(side.ended && other.ended);
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return fmt::print(stderr, "usage: {} splice|copy PORT\n", words[0]), 2;
  splices = std::string_view(words[1]) == "splice";
  std::signal(SIGPIPE, SIG_IGN);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in at = loopback(static_cast<std::uint16_t>(std::atoi(words[2])));
  if (bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || listen(listener, 4096) != 0) return 1;
  loop = epoll_create1(0);
  watch(listener, nullptr);
  for (std::array<epoll_event, 256> events;;) {
    const int got = epoll_wait(loop, events.data(), events.size(), -1);
    for (int i = 0; i < got; ++i) {
      if (auto* side = static_cast<Side*>(events[static_cast<std::size_t>(i)].data.ptr)) {
        if (!side->pair->gone && !on_event(*side, events[static_cast<std::size_t>(i)].events)) end(*side->pair);
        continue;
      }
      for (int fd; (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
        auto* pair = new Pair;
        pair->client.fd = fd;
        watch(fd, &pair->client);
      }
    }
    for (const Pair* pair : gone) delete pair;
    gone.clear();
  }
}
