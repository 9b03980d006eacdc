#include "proxy/net/dialer.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "proxy/net/epoll_loop.h"

namespace citygate::proxy {

namespace {

constexpr std::size_t kAttemptsAtOnce = 8;

// EADDRNOTAVAIL is said when every local port to this destination is taken, and also when none of our addresses leads
// there (IPv6 switched off, say). A datagram socket asks for the same way and has ports of its own: where it can be
// connected, ports are what is lacking.
bool lacks_ports(const sockaddr_storage& to, socklen_t length) {
  const UniqueFd probe(::socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return probe && ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&to), length) == 0;
}

// ENOSPC: as many descriptors are watched as the user may (fs.epoll.max_user_watches).
bool is_our_shortage(int code, const SocketAddress& to) {
  switch (code) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case ENOSPC: return true;
    case EADDRNOTAVAIL: {
      sockaddr_storage storage;
      const socklen_t length = to.to_sockaddr(storage);
      return lacks_ports(storage, length);
    }
    default: return false;
  }
}

class RunningDial;

class DialerImpl final : public Dialer {
 public:
  explicit DialerImpl(EpollLoop& loop) : loop_(loop) {}
  ~DialerImpl() override;

  [[nodiscard]] std::unique_ptr<Dial> begin(std::uint16_t port, std::chrono::milliseconds deadline,
                                            OnConnected on_connected) override;
  void forget(RunningDial& dial);

  EpollLoop& loop() { return loop_; }

 private:
  EpollLoop& loop_;
  std::vector<std::unique_ptr<RunningDial>> dials_;
};

// One connection on its way to one address.
struct Attempt final : OnConnect {
  explicit Attempt(RunningDial& its_dial) : dial(its_dial) {}
  void on_connect(int code) override;

  RunningDial& dial;
  std::unique_ptr<Transport> transport;
};

// From begin() until the callback or the cancellation. Ends in the loop's defer_delete, as its own timers and events
// may be running.
class RunningDial final : public Deferred, private Again {
 public:
  // Shared by a dial and who holds it, either of which may go first; null once the dial is over.
  using Handle = std::shared_ptr<RunningDial*>;

  RunningDial(DialerImpl& dialer, std::uint16_t port, Dialer::OnConnected on_connected)
      : dialer_(dialer),
        port_(port),
        on_connected_(std::move(on_connected)),
        deadline_(dialer.loop(), [this] { finish(timed_out()); }),
        next_attempt_(dialer.loop(), [this] { attempt_next(); }) {}
  ~RunningDial() override { *handle_ = nullptr; }

  void start(std::chrono::milliseconds deadline) { deadline_.arm(deadline); }
  void join(std::span<const IpAddress> addresses, More more);
  // The callback goes without being called.
  void cancel() {
    on_connected_ = nullptr;
    end();
  }
  [[nodiscard]] const Handle& handle() const { return handle_; }
  void on_attempt_ended(Attempt& attempt, int code);

  std::size_t index = 0;  // its place in the dialer's list

 private:
  void attempt_next();
  // 0 when the attempt is on its way.
  [[nodiscard]] int attempt(const SocketAddress& address);
  void on_again() override { finish(refused()); }
  void finish(Result<std::unique_ptr<Transport>> result);
  void end();
  [[nodiscard]] std::unexpected<Error> refused() const;
  [[nodiscard]] std::unexpected<Error> timed_out() const;

  DialerImpl& dialer_;
  std::vector<IpAddress> addresses_;  // tried_ of them have been tried; the rest in the order to try
  std::uint16_t port_;
  Dialer::OnConnected on_connected_;
  Timer deadline_, next_attempt_;
  Handle handle_ = std::make_shared<RunningDial*>(this);
  std::size_t tried_ = 0;
  More more_ = More::Maybe;
  MonoTime last_attempt_{};
  std::vector<std::unique_ptr<Attempt>> attempts_;
  int last_error_ = 0;
  bool ours_ = false;  // an address could not be tried for want of something of ours
};

// What a caller holds.
class HeldDial final : public Dial {
 public:
  explicit HeldDial(RunningDial::Handle handle) : handle_(std::move(handle)) {}
  ~HeldDial() override {
    if (RunningDial* still = *handle_) still->cancel();
  }
  void join(std::span<const IpAddress> addresses, More more) override {
    if (RunningDial* still = *handle_) still->join(addresses, more);
  }

 private:
  RunningDial::Handle handle_;
};

void RunningDial::join(std::span<const IpAddress> addresses, More more) {
  more_ = more;
  addresses_.resize(tried_);
  for (const IpAddress& address : addresses)
    if (std::find(addresses_.begin(), addresses_.begin() + static_cast<std::ptrdiff_t>(tried_), address) ==
        addresses_.begin() + static_cast<std::ptrdiff_t>(tried_))
      addresses_.push_back(address);
  if (attempts_.empty()) return attempt_next();
  if (tried_ == addresses_.size() || next_attempt_.armed()) return;
  // The attempt under way has its delay, counted from when it began.
  const auto waited = std::chrono::floor<std::chrono::milliseconds>(dialer_.loop().now() - last_attempt_);
  next_attempt_.arm(std::max(dialer_.attempt_delay - waited, std::chrono::milliseconds(0)));
}

// Goes on until one attempt is under way or no address is left.
void RunningDial::attempt_next() {
  while (tried_ < addresses_.size()) {
    if (attempts_.size() == kAttemptsAtOnce) attempts_.erase(attempts_.begin());
    const SocketAddress address{addresses_[tried_++], port_};
    const int code = attempt(address);
    if (code != 0) {
      last_error_ = code;
      ours_ = ours_ || is_our_shortage(code, address);
      continue;
    }
    last_attempt_ = dialer_.loop().now();
    if (tried_ < addresses_.size()) next_attempt_.arm(dialer_.attempt_delay);
    return;
  }
  // In the next turn: this may be running inside join(), and the callback comes later.
  if (attempts_.empty() && more_ == More::No) dialer_.loop().call_again(*this);
}

int RunningDial::attempt(const SocketAddress& address) {
  auto made = std::make_unique<Attempt>(*this);
  made->transport = connect_tcp(dialer_.loop(), address, *made);
  if (!made->transport) return errno;
  attempts_.push_back(std::move(made));
  return 0;
}

void Attempt::on_connect(int code) { dial.on_attempt_ended(*this, code); }

void RunningDial::on_attempt_ended(Attempt& attempt, int code) {
  if (code == 0) return finish(std::move(attempt.transport));
  last_error_ = code;
  std::erase_if(attempts_, [&](const auto& one) { return one.get() == &attempt; });
  next_attempt_.cancel();
  attempt_next();
}

void RunningDial::finish(Result<std::unique_ptr<Transport>> result) {
  auto on_connected = std::move(on_connected_);
  end();
  if (on_connected) on_connected(std::move(result));
}

void RunningDial::end() {
  *handle_ = nullptr;
  never_mind();
  deadline_.cancel();
  next_attempt_.cancel();
  attempts_.clear();
  dialer_.forget(*this);
}

std::unexpected<Error> RunningDial::refused() const {
  if (addresses_.empty()) return fail(Error::Kind::Refused, "no address to connect to", Error::Side::Origin);
  const std::string to = SocketAddress{addresses_.back(), port_}.to_string();
  return std::unexpected(Error{.kind = Error::Kind::Refused,
                               .side = ours_ ? Error::Side::Local : Error::Side::Origin,
                               .retryable = !ours_,
                               .context = "connect to " + to + ": " + std::strerror(last_error_)});
}

std::unexpected<Error> RunningDial::timed_out() const {
  const std::string to = tried_ == 0 ? "nowhere yet" : SocketAddress{addresses_[tried_ - 1], port_}.to_string();
  return std::unexpected(Error{.kind = Error::Kind::Timeout,
                               .side = Error::Side::Origin,
                               .retryable = true,
                               .context = "connect to " + to + ": no answer before the deadline"});
}

DialerImpl::~DialerImpl() = default;

std::unique_ptr<Dial> DialerImpl::begin(std::uint16_t port, std::chrono::milliseconds deadline,
                                        OnConnected on_connected) {
  CG_ON_LOOP(loop_);
  auto& dial = *dials_.emplace_back(std::make_unique<RunningDial>(*this, port, std::move(on_connected)));
  dial.index = dials_.size() - 1;
  dial.start(deadline);
  return std::make_unique<HeldDial>(dial.handle());
}

void DialerImpl::forget(RunningDial& dial) {
  const std::size_t index = dial.index;
  loop_.defer_delete(std::move(dials_[index]));
  if (index + 1 != dials_.size()) {
    dials_[index] = std::move(dials_.back());
    dials_[index]->index = index;
  }
  dials_.pop_back();
}

}  // namespace

Ticket Dialer::dial(std::span<const IpAddress> addresses, std::uint16_t port, std::chrono::milliseconds deadline,
                    OnConnected on_connected) {
  auto dial = begin(port, deadline, std::move(on_connected));
  dial->join(addresses, More::No);
  return Ticket([dial = std::move(dial)]() mutable { dial.reset(); });
}

std::unique_ptr<Dialer> Dialer::create(EventLoop& loop) { return std::make_unique<DialerImpl>(epoll_of(loop)); }

}  // namespace citygate::proxy
