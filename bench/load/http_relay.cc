// The floor under a kept request: for each client a connection to the origin, 127.0.0.1 at the port asked for; requests
// go there in origin form, and what comes back goes to the client. It reads no head but for the target's end, decides,
// counts and records nothing, and takes a request to come in one piece. `compare` measures the gateway against it.
//   citygate_http_relay PORT
#include <arpa/inet.h>
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
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

int loop;
std::array<char, 256 * 1024> block;

struct Side {
  Side* other = nullptr;
  int fd = -1;
  bool client = false, readable = false, gone = false;
  std::string held{};  // what this side's socket had no room for
};

sockaddr_in loopback(int port) {
  return {AF_INET, htons(static_cast<std::uint16_t>(port)), {htonl(INADDR_LOOPBACK)}, {}};
}

void watch(Side& side) {
  const int on = 1;
  setsockopt(side.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = &side}};
  epoll_ctl(loop, EPOLL_CTL_ADD, side.fd, &event);
}

bool put(Side& to, std::string_view bytes) {
  const ssize_t sent = send(to.fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (sent < 0 && errno != EAGAIN) return false;
  to.held.assign(bytes.substr(static_cast<std::size_t>(std::max<ssize_t>(sent, 0))));
  return true;
}

// "GET http://host:port/path HTTP/1.1..." to "GET /path HTTP/1.1...", in place.
std::string_view to_origin_form(std::string_view request, int& port) {
  const auto scheme = request.find("http://"), path = request.find('/', scheme + 7);
  if (scheme == request.npos || path == request.npos) return {};
  port = std::atoi(request.substr(request.find(':', scheme + 7) + 1).data());
  std::copy_backward(block.data(), block.data() + scheme, block.data() + path);
  return request.substr(path - scheme);
}

bool pass_on(Side& from) {
  while (from.readable && (!from.other || from.other->held.empty())) {
    const ssize_t got = recv(from.fd, block.data(), block.size() - 1, MSG_DONTWAIT);
    if (got <= 0) return got < 0 && errno == EAGAIN && !(from.readable = false);
    from.readable = static_cast<std::size_t>(got) == block.size() - 1;  // a short read has emptied the socket
    block[static_cast<std::size_t>(got)] = 0;
    std::string_view bytes(block.data(), static_cast<std::size_t>(got));
    int port = 0;
    if (from.client && (bytes = to_origin_form(bytes, port)).empty()) return false;
    if (!from.other) {
      from.other = new Side{.other = &from, .fd = socket(AF_INET, SOCK_STREAM, 0)};
      const sockaddr_in to = loopback(port);
      if (connect(from.other->fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return false;
      watch(*from.other);
    }
    if (!put(*from.other, bytes)) return false;
  }
  return true;
}

bool on_event(Side& side, std::uint32_t events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR)) != 0) side.readable = true;
  if (!side.held.empty() && (!put(side, std::exchange(side.held, {})) || !pass_on(*side.other))) return false;
  return pass_on(side);
}

}  // namespace

int main(int, char** words) {
  std::signal(SIGPIPE, SIG_IGN);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in at = loopback(std::atoi(words[1]));
  if (bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || listen(listener, 4096) != 0) return 1;
  loop = epoll_create1(0);
  epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
  epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
  std::vector<Side*> gone;
  for (std::array<epoll_event, 256> events;;) {
    const int got = epoll_wait(loop, events.data(), events.size(), -1);
    for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(got, 0)); ++i) {
      auto* side = static_cast<Side*>(events[i].data.ptr);
      for (int fd; !side && (fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;)
        watch(*new Side{.fd = fd, .client = true});
      if (!side || side->gone || on_event(*side, events[i].events)) continue;
      for (Side* end : {side, side->other}) {
        if (!end) continue;
        close(end->fd);
        end->gone = true;
        gone.push_back(end);
      }
    }
    for (const Side* end : gone) delete end;
    gone.clear();
  }
}
