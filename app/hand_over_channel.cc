#include "app/hand_over_channel.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "console/unix_socket.h"

namespace citygate::app {
namespace {

using Kind = HandOverChannel::Kind;

constexpr std::uint32_t kMagic = 0x43474855;
constexpr std::size_t kMostText = 60 * 1024;

struct Header {
  std::uint32_t magic = kMagic;
  std::uint16_t version = HandOverChannel::kVersion;
  Kind kind = Kind::Refused;
};

std::unexpected<Error> gone() { return fail(Error::Kind::NotFound, "the other process has ended"); }

}  // namespace

Result<UniqueFd> HandOverChannel::listen(const std::filesystem::path& path) {
  return console::listen_unix(path, console::SocketType::Packets);
}

Result<HandOverChannel> HandOverChannel::connect(const std::filesystem::path& path) {
  CG_TRY(socket, console::connect_unix(path, console::SocketType::Packets));
  return HandOverChannel(std::move(socket));
}

Result<void> HandOverChannel::send(Kind kind, std::string_view text, int descriptor) {
  Header header{.kind = kind};
  text = text.substr(0, kMostText);
  iovec parts[2] = {{.iov_base = &header, .iov_len = sizeof header},
                    {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (descriptor >= 0) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(head), &descriptor, sizeof descriptor);
  }
  ssize_t sent = 0;
  do sent = ::sendmsg(socket_.get(), &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent >= 0) return {};
  if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN) return gone();
  return fail_errno("send to the other process");
}

Result<HandOverChannel::Message> HandOverChannel::receive(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd watched{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
    if (ready > 0) break;
    if (ready == 0) return fail(Error::Kind::Timeout, "the other process did not answer in time");
    if (errno != EINTR) return fail_errno("wait for the other process");
  }
  Header header;
  std::vector<char> text(kMostText);
  iovec parts[2] = {{.iov_base = &header, .iov_len = sizeof header}, {.iov_base = text.data(), .iov_len = text.size()}};
  msghdr packet{};
  packet.msg_iov = parts;
  packet.msg_iovlen = 2;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  packet.msg_control = control;
  packet.msg_controllen = sizeof control;
  ssize_t got = 0;
  do got = ::recvmsg(socket_.get(), &packet, MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got == 0 || (got < 0 && errno == ECONNRESET)) return gone();
  if (got < 0) return fail_errno("receive from the other process");
  Message out;
  // A socket that is lost here would be closed with the connections that wait in it.
  if ((packet.msg_flags & MSG_CTRUNC) != 0)
    return fail(Error::Kind::Refused,
                "a descriptor of the other process was lost; raise the limit of open files (ulimit -n, LimitNOFILE=)");
  for (cmsghdr* head = CMSG_FIRSTHDR(&packet); head != nullptr; head = CMSG_NXTHDR(&packet, head))
    if (head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_RIGHTS) {
      int descriptor = -1;
      std::memcpy(&descriptor, CMSG_DATA(head), sizeof descriptor);
      out.descriptor.reset(descriptor);
    }
  if (got < static_cast<ssize_t>(sizeof header) || header.magic != kMagic || (packet.msg_flags & MSG_TRUNC) != 0)
    return fail(Error::Kind::Malformed, "what the other process said is no message of a hand-over");
  out.kind = header.kind;
  out.text.assign(text.data(), static_cast<std::size_t>(got) - sizeof header);
  if (out.kind == Kind::Refused) return fail(Error::Kind::Refused, std::move(out.text));
  if (header.version != kVersion)
    return fail(Error::Kind::Refused, fmt::format("one process speaks version {} of the hand-over, the other version "
                                                  "{}; stop the old one and start the new one",
                                                  kVersion, header.version));
  return out;
}

Result<HandOverChannel::Message> HandOverChannel::expect(Kind kind, std::chrono::milliseconds patience) {
  CG_TRY(message, receive(patience));
  if (message.kind != kind)
    return fail(Error::Kind::Malformed, fmt::format("the other process said {} where {} was due",
                                                    static_cast<int>(message.kind), static_cast<int>(kind)));
  return std::move(message);
}

pid_t HandOverChannel::peer() const {
  ucred who{};
  socklen_t length = sizeof who;
  return ::getsockopt(socket_.get(), SOL_SOCKET, SO_PEERCRED, &who, &length) == 0 ? who.pid : 0;
}

}  // namespace citygate::app
