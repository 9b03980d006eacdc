// list_server.h - a server of lists on a port of this machine; for tests. It answers each connection by a function.
//
// One thread, one connection after the other, one request each: what happens depends on no timing. "Silent" answers are held
// until the client closes, so that only the client's own limits end them.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace citygate::categories {

struct ListRequest {
  std::string path;  // "/a.txt"; of a proxy the whole URL
  std::string head;  // all of it, lower-case names as curl sends them are not assured

  // The value of a field; "" when it was not sent.
  [[nodiscard]] std::string field(std::string_view name) const {
    std::string lower = head;
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    std::string key = "\r\n" + std::string(name) + ": ";
    for (char& c : key)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    const auto at = lower.find(key);
    if (at == std::string::npos) return {};
    const auto from = at + key.size();
    return head.substr(from, head.find("\r\n", from) - from);
  }
};

struct ListAnswer {
  enum class Then : std::uint8_t { Close, Hold, Repeat };  // Hold: silent; Repeat: `body` again and again, without end
  std::string head;  // "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", without the empty line
  std::string body;
  Then then = Then::Close;

  static ListAnswer ok(std::string body, const std::string& fields = "") {
    return {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields, std::move(body)};
  }
  static ListAnswer status(const std::string& line, const std::string& fields = "") {
    return {"HTTP/1.1 " + line + "\r\nContent-Length: 0\r\n" + fields, ""};
  }
  static ListAnswer redirect(const std::string& to) { return status("302 Found", "Location: " + to + "\r\n"); }
};

class ListServer {
 public:
  using Handler = std::function<ListAnswer(const ListRequest&)>;

  explicit ListServer(Handler handler) : handler_(std::move(handler)) {
    listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    stop_.reset(::eventfd(0, EFD_CLOEXEC));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    CG_CHECK(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    CG_CHECK(::listen(listener_.get(), 16) == 0);
    CG_CHECK(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ListServer(const ListServer&) = delete;
  ListServer& operator=(const ListServer&) = delete;
  ~ListServer() {
    const std::uint64_t one = 1;
    CG_CHECK(::write(stop_.get(), &one, sizeof one) == sizeof one);
    thread_.join();
  }

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string url(const std::string& path) const { return "http://" + address() + path; }

  // What was asked since the last call.
  std::vector<ListRequest> take_requests() {
    const std::lock_guard lock(mutex_);
    return std::exchange(requests_, {});
  }

 private:
  bool readable(int fd) const {
    pollfd both[] = {{fd, POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    while (::poll(both, 2, -1) < 0) continue;
    return both[1].revents == 0;
  }
  bool writable(int fd) const {
    pollfd both[] = {{fd, POLLOUT, 0}, {stop_.get(), POLLIN, 0}};
    while (::poll(both, 2, -1) < 0) continue;
    return both[1].revents == 0;
  }
  bool send(int fd, std::string_view text) const {
    while (!text.empty()) {
      if (!writable(fd)) return false;
      const ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno == EAGAIN) continue;
      if (n < 0) return false;
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void serve() {
    while (readable(listener_.get())) {
      const UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (fd) answer(fd.get());
    }
  }
  void answer(int fd) {
    std::string text;
    char block[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
      if (!readable(fd)) return;
      const ssize_t n = ::recv(fd, block, sizeof block, 0);
      if (n <= 0) return;
      text.append(block, static_cast<std::size_t>(n));
    }
    ListRequest request;
    const auto from = text.find(' ') + 1;
    request.path = text.substr(from, text.find(' ', from) - from);
    request.head = std::move(text);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const ListAnswer answer = handler_(request);
    if (!send(fd, answer.head + "Connection: close\r\n\r\n" + answer.body)) return;
    if (answer.then == ListAnswer::Then::Repeat)
      while (send(fd, answer.body)) continue;
    if (answer.then == ListAnswer::Then::Hold)
      while (readable(fd) && ::recv(fd, block, sizeof block, 0) > 0) continue;
    ::shutdown(fd, SHUT_WR);
  }

  Handler handler_;
  UniqueFd listener_, stop_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::vector<ListRequest> requests_;
  std::thread thread_;
};

}  // namespace citygate::categories
