#include "proxy/net/dns_channel.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "proxy/net/dns_message.h"
#include "proxy/net/epoll_loop.h"

namespace citygate::proxy {

namespace {

constexpr int kTries = 3;  // per server, each twice as long as the one before: 1 + 2 + 4
constexpr int kTryLengths = 7;
constexpr int kEdnsBytes = 1232;  // fits into one IPv6 packet everywhere
constexpr std::size_t kMaxAddresses = 64;

// "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]", "[2001:db8::53]:5353".
std::optional<SocketAddress> parse_server(std::string_view text, std::uint16_t usual_port) {
  if (const auto address = SocketAddress::parse(text)) return address;
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') text = text.substr(1, text.size() - 2);
  if (const auto ip = IpAddress::parse(text)) return SocketAddress{*ip, usual_port};
  return std::nullopt;
}

DnsReply::Status status_of(int code) {
  switch (code) {
    case ARES_SUCCESS: return DnsReply::Status::Addresses;
    case ARES_ENODATA: return DnsReply::Status::NoAddress;
    case ARES_ENOTFOUND:
    case ARES_EBADNAME: return DnsReply::Status::NoSuchName;
    case ARES_ETIMEOUT: return DnsReply::Status::Silent;
    default: return DnsReply::Status::Broken;
  }
}

IpAddress address_of(const ares_addrttl& found) { return IpAddress::v4(ntohl(found.ipaddr.s_addr)); }
IpAddress address_of(const ares_addr6ttl& found) {
  std::array<std::uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &found.ip6addr, bytes.size());
  return IpAddress::from_bytes(bytes);
}

template <class Found, class Parse>
DnsReply read_reply(Parse parse, const unsigned char* bytes, int length) {
  std::array<Found, kMaxAddresses> found;
  int count = found.size();
  const int code = parse(bytes, length, nullptr, found.data(), &count);
  DnsReply reply{.status = status_of(code)};
  if (code != ARES_SUCCESS) return reply;
  if (count == 0) return {.status = DnsReply::Status::NoAddress};
  int ttl = found[0].ttl;
  for (int i = 0; i < count; ++i) {
    reply.list.push_back(address_of(found[static_cast<std::size_t>(i)]));
    ttl = std::min(ttl, found[static_cast<std::size_t>(i)].ttl);
  }
  reply.ttl = std::chrono::seconds(std::max(ttl, 0));
  return reply;
}

class CaresChannel final : public DnsChannel, private Again {
 public:
  explicit CaresChannel(EpollLoop& loop) : loop_(loop), timer_(loop, [this] { process(ARES_SOCKET_BAD, 0); }) {}
  ~CaresChannel() override {
    closing_ = true;
    if (channel_) ares_destroy(channel_);
  }

  [[nodiscard]] Result<void> start(const Config& config);
  void ask(const std::string& name, Family family, OnReply on_reply) override;
  [[nodiscard]] std::size_t unanswered() const override { return unanswered_; }

 private:
  // One of c-ares's sockets. Slots are reused, as a socket may close while its own event is being served.
  struct Socket {
    CaresChannel* channel = nullptr;
    int fd = ARES_SOCKET_BAD;
    std::uint32_t wanted = 0;
    Watch watch;
  };
  struct Question {
    CaresChannel& channel;
    Family family;
    OnReply on_reply;
  };
  struct Ready {
    OnReply on_reply;
    DnsReply reply;
  };

  void on_socket_state(int fd, std::uint32_t wanted);
  void watch(Socket& socket);
  void on_answer(Question& question, int code, const unsigned char* bytes, int length);
  void process(int fd, std::uint32_t events);
  void arm_timer();
  void on_again() override;

  EpollLoop& loop_;
  Timer timer_;
  std::vector<std::unique_ptr<Socket>> sockets_;
  std::vector<Ready> ready_;  // delivered when c-ares is no longer on the stack
  std::size_t unanswered_ = 0;
  bool unwatched_ = false;  // epoll has refused one of them
  bool closing_ = false;
  ares_channel channel_ = nullptr;
};

Result<void> CaresChannel::start(const Config& config) {
  const std::vector<std::string>& servers = config.servers;
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);
  if (library != ARES_SUCCESS)
    return fail(Error::Kind::Refused, std::string("start c-ares: ") + ares_strerror(library));

  std::string list;
  for (const std::string& text : servers) {
    const auto server = parse_server(text, config.port);
    if (!server) return fail(Error::Kind::Malformed, "the DNS server \"" + text + "\" is not an address");
    list += (list.empty() ? "" : ",") + server->to_string();
  }

  ares_options options{};
  char lookups[] = "b";  // DNS alone: c-ares would read /etc/hosts on the loop
  std::string file = servers.empty() ? config.resolv_conf : "/dev/null";
  const auto expected_servers = static_cast<long>(servers.empty() ? 2 : servers.size());
  options.flags = ARES_FLAG_NOALIASES | ARES_FLAG_EDNS;
  options.timeout =
      static_cast<int>(std::max(20L, static_cast<long>(config.patience.count()) / (kTryLengths * expected_servers)));
  options.tries = kTries;
  options.ednspsz = kEdnsBytes;
  options.lookups = lookups;
  options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) {
    const std::uint32_t wanted = (readable != 0 ? EPOLLIN : 0U) | (writable != 0 ? EPOLLOUT : 0U);
    static_cast<CaresChannel*>(self)->on_socket_state(fd, wanted);
  };
  options.sock_state_cb_data = this;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ | ARES_OPT_LOOKUPS |
                   ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT;
  options.resolvconf_path = file.data();
  options.udp_port = options.tcp_port = config.port;
  // A missing resolv.conf is no error: c-ares then asks 127.0.0.1, and where nobody listens, look-ups are refused.
  if (const int code = ares_init_options(&channel_, &options, mask); code != ARES_SUCCESS) {
    channel_ = nullptr;
    return fail(Error::Kind::Refused, std::string("read the system's DNS configuration: ") + ares_strerror(code));
  }
  if (!list.empty())
    if (const int code = ares_set_servers_ports_csv(channel_, list.c_str()); code != ARES_SUCCESS)
      return fail(Error::Kind::Refused, "use the DNS servers " + list + ": " + ares_strerror(code));
  return {};
}

void CaresChannel::ask(const std::string& name, Family family, OnReply on_reply) {
  CG_ON_LOOP(loop_);
  auto question = std::make_unique<Question>(Question{*this, family, std::move(on_reply)});
  const int type = family == Family::V4 ? ns_t_a : ns_t_aaaa;
  ++unanswered_;
  // The callback comes exactly once, so it takes the question over; it may come from within this call.
  ares_query(
      channel_, name.c_str(), ns_c_in, type,
      [](void* argument, int code, int, unsigned char* bytes, int length) {
        const std::unique_ptr<Question> asked(static_cast<Question*>(argument));
        asked->channel.on_answer(*asked, code, bytes, length);
      },
      question.release());
  arm_timer();
}

void CaresChannel::on_answer(Question& question, int code, const unsigned char* bytes, int length) {
  if (closing_) return;
  DnsReply reply{.status = status_of(code)};
  if (code == ARES_SUCCESS)
    reply = question.family == Family::V4 ? read_reply<ares_addrttl>(ares_parse_a_reply, bytes, length)
                                          : read_reply<ares_addr6ttl>(ares_parse_aaaa_reply, bytes, length);
  if (reply.status == DnsReply::Status::NoAddress || reply.status == DnsReply::Status::NoSuchName)
    reply.negative_ttl = negative_ttl({bytes, bytes ? static_cast<std::size_t>(length) : 0});
  ready_.push_back({std::move(question.on_reply), std::move(reply)});
  loop_.call_again(*this);
}

void CaresChannel::on_again() {
  std::vector<Ready> ready;
  ready.swap(ready_);
  for (Ready& each : ready) {
    --unanswered_;
    each.on_reply(std::move(each.reply));
  }
}

void CaresChannel::on_socket_state(int fd, std::uint32_t wanted) {
  auto slot = std::ranges::find_if(sockets_, [fd](const auto& socket) { return socket->fd == fd; });
  if (wanted == 0) {
    if (slot == sockets_.end()) return;
    (*slot)->watch.stop();
    (*slot)->fd = ARES_SOCKET_BAD;
    return;
  }
  if (slot == sockets_.end())
    slot = std::ranges::find_if(sockets_, [](const auto& socket) { return socket->fd == ARES_SOCKET_BAD; });
  if (slot == sockets_.end()) slot = sockets_.insert(slot, std::make_unique<Socket>());
  Socket& socket = **slot;
  socket.channel = this;
  socket.fd = fd;
  socket.wanted = wanted;
  socket.watch.stop();
  watch(socket);
}

// Where epoll has no place, c-ares hears nothing and its timeouts run: each of them tries again, and finds what has
// come by then.
void CaresChannel::watch(Socket& socket) {
  const bool on = socket.watch.start(
      loop_, socket.fd, socket.wanted,
      [](void* argument, std::uint32_t events) {
        Socket& ready = *static_cast<Socket*>(argument);
        ready.channel->process(ready.fd, events);
      },
      &socket, Activity::Dns);
  if (!on) unwatched_ = true;
}

// With no descriptor: only the timeouts.
void CaresChannel::process(int fd, std::uint32_t events) {
  constexpr std::uint32_t kBroken = EPOLLERR | EPOLLHUP;  // both sides find out
  ares_process_fd(channel_, (events & (EPOLLIN | kBroken)) != 0 ? fd : ARES_SOCKET_BAD,
                  (events & (EPOLLOUT | kBroken)) != 0 ? fd : ARES_SOCKET_BAD);
  if (std::exchange(unwatched_, false))
    for (const auto& socket : sockets_)
      if (socket->fd != ARES_SOCKET_BAD && !socket->watch.on()) watch(*socket);
  arm_timer();
}

void CaresChannel::arm_timer() {
  timeval wait{};
  if (ares_timeout(channel_, nullptr, &wait) == nullptr) return timer_.cancel();
  timer_.arm(std::chrono::milliseconds(wait.tv_sec * 1000 + wait.tv_usec / 1000 + 1));
}

}  // namespace

Result<std::unique_ptr<DnsChannel>> DnsChannel::create(EventLoop& loop, const Config& config) {
  auto channel = std::make_unique<CaresChannel>(epoll_of(loop));
  CG_TRY_VOID(channel->start(config));
  return std::unique_ptr<DnsChannel>(std::move(channel));
}

}  // namespace citygate::proxy
