#include "bench/load/session.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace citygate::load {
namespace {

constexpr std::chrono::seconds kPatience{15};

bool through_tunnel(Mode mode) { return mode == Mode::Connect || mode == Mode::Tunnel; }
bool keeps_connection(Mode mode) { return mode == Mode::KeepAlive || mode == Mode::Tunnel; }

sockaddr_in address(const char* text, std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  inet_pton(AF_INET, text, &out.sin_addr);
  return out;
}

}  // namespace

void Tally::error(std::string_view kind) {
  ++errors;
  const auto found = error_kinds.find(kind);
  if (found == error_kinds.end())
    error_kinds.emplace(kind, 1);
  else
    ++found->second;
}

Session::Session(const Options& options, std::string_view object, int epoll, unsigned number, Tally& tally)
    : options_(options), epoll_(epoll), number_(number), tally_(tally), reply_(object) {
  const bool origin_form = options.direct || through_tunnel(options.mode);
  get_request_ = fmt::format("GET {}{}{} HTTP/1.1\r\nHost: {}\r\nUser-Agent: citygate-load\r\nAccept: */*\r\n{}\r\n",
                             origin_form ? "" : "http://", origin_form ? "" : options.host, options.path, options.host,
                             keeps_connection(options.mode) ? "" : "Connection: close\r\n");
  connect_request_ = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", options.host);
}

Session::~Session() { close(); }

void Session::begin(Time now) {
  close();
  started_ = now;
  phase_ = Phase::Connecting;
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return fail("no socket");
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const auto source = address(fmt::format("127.0.1.{}", 1 + number_ % options_.sources).c_str(), 0);
  const auto proxy = address(options_.proxy_address.c_str(), options_.proxy_port);
  if (bind(fd_, reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) return fail("bind");
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&proxy), sizeof proxy) != 0 && errno != EINPROGRESS)
    return fail("connect");
  epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.ptr = this}};
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd_, &event) != 0) fail("epoll");
}

void Session::on_event(std::uint32_t events, std::vector<char>& scratch) {
  if (fd_ < 0) return;
  if (phase_ == Phase::Connecting) {
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) return fail("refused");
    if ((events & EPOLLOUT) != 0) on_connected();
    return;
  }
  const ssize_t got = recv(fd_, scratch.data(), scratch.size(), 0);
  if (got > 0) return on_bytes({scratch.data(), static_cast<std::size_t>(got)});
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  fail(got == 0 ? "closed" : "reset");
}

void Session::on_connected() {
  epoll_event event{.events = EPOLLIN, .data = {.ptr = this}};
  epoll_ctl(epoll_, EPOLL_CTL_MOD, fd_, &event);
  if (!options_.direct && through_tunnel(options_.mode)) {
    reply_.expect_head_only();
    send(connect_request_, Phase::Opening);
  } else {
    ask();
  }
}

void Session::ask() {
  if (keeps_connection(options_.mode)) started_ = std::chrono::steady_clock::now();
  reply_.expect_object();
  send(get_request_, Phase::Asking);
}

void Session::send(const std::string& text, Phase next) {
  phase_ = next;
  if (::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size())) fail("send");
}

void Session::on_bytes(std::string_view bytes) {
  std::size_t used = 0;
  switch (reply_.feed(bytes, used)) {
    case ReplyReader::Step::NeedMore: return;
    case ReplyReader::Step::Wrong: return fail(reply_.wrong());
    case ReplyReader::Step::Complete: break;
  }
  if (used != bytes.size()) return fail("bytes after the reply");
  if (phase_ == Phase::Opening) return ask();
  complete();
}

void Session::complete() {
  const Time now = std::chrono::steady_clock::now();
  if (tally_.counting) {
    ++tally_.operations;
    tally_.body_bytes += options_.body_bytes;
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - started_);
    tally_.latencies_us.push_back(static_cast<std::uint32_t>(took.count()));
  }
  if (options_.rate > 0) {
    resting_ = true;
    if (!keeps_connection(options_.mode)) close();
    if (due_ == Time{}) due_ = now + std::chrono::microseconds(1'000'000 / options_.rate * number_);
    due_ = std::max(now,
                    due_ + std::chrono::microseconds(std::uint64_t{1'000'000} * options_.connections / options_.rate));
    return;
  }
  next(now);
}

void Session::next(Time now) {
  resting_ = false;
  if (keeps_connection(options_.mode))
    ask();
  else
    begin(now);
}

void Session::begin_if_due(Time now) {
  if (resting_ && now >= due_) next(now);
}

Time Session::due() const { return resting_ ? due_ : Time::max(); }

void Session::check_deadline(Time now) {
  if (resting_) return;
  if (fd_ < 0 || now - started_ > kPatience) {
    if (fd_ >= 0) fail("timeout");
    begin(now);
  }
}

// The next try comes with the next look at deadlines, so that a dead proxy is not hammered.
void Session::fail(std::string_view kind) {
  tally_.error(kind);
  close();
}

void Session::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace citygate::load
