#include "app/successor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <ranges>
#include <thread>

extern "C" {  // which the header of glibc 2.36 forgets
#include <sys/pidfd.h>
}

#include "app/hand_over_channel.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "records/act_codec.h"

namespace citygate::app {
namespace {

using Kind = HandOverChannel::Kind;

constexpr std::chrono::seconds kGreeting{10}, kAnswer{10}, kEnd{10}, kRetry{1};

std::vector<IpAddress> addresses_of(std::string_view text) {
  std::vector<IpAddress> out;
  for (const auto word : std::views::split(text, ' '))
    if (const auto address = IpAddress::parse(std::string_view(word))) out.push_back(*address);
  return out;
}

class SocketSuccessorServer final : public SuccessorServer {
 public:
  SocketSuccessorServer(std::filesystem::path path, UniqueFd listener, UniqueFd stop_event, HandOver& actions)
      : path_(std::move(path)), listener_(std::move(listener)), stop_event_(std::move(stop_event)), actions_(actions) {
    thread_ = std::thread([this] { run(); });
  }
  ~SocketSuccessorServer() override { stop(); }

  Result<void> publish() override {
    std::error_code error;
    std::filesystem::rename(beside(path_), path_, error);
    if (error) return fail(Error::Kind::Storage, fmt::format("rename to {}: {}", path_.string(), error.message()));
    return {};
  }

  // Where it is made.
  static std::filesystem::path beside(std::filesystem::path path) { return path += ".new"; }

  void stop() override {
    if (!thread_.joinable()) return;
    const std::uint64_t one = 1;
    CG_CHECK(::write(stop_event_.get(), &one, sizeof one) == sizeof one);
    thread_.join();
  }

 private:
  enum class Wait : std::uint8_t { Ready, Stopped, TimedOut };
  [[nodiscard]] Wait wait(int descriptor, std::chrono::milliseconds patience) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
      pollfd watched[2] = {{.fd = descriptor, .events = POLLIN, .revents = 0},
                           {.fd = stop_event_.get(), .events = POLLIN, .revents = 0}};
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      const int ready = ::poll(watched, 2, static_cast<int>(std::max<std::int64_t>(0, left.count())));
      if (ready < 0 && errno == EINTR) continue;
      if (ready <= 0) return Wait::TimedOut;
      return watched[1].revents != 0 ? Wait::Stopped : Wait::Ready;
    }
  }
  [[nodiscard]] bool stopped() const { return wait(-1, std::chrono::milliseconds(0)) == Wait::Stopped; }

  void run() {
    name_this_thread("hand-over");
    constexpr std::chrono::hours kLong{1};
    for (;;) {
      const Wait waited = wait(listener_.get(), kLong);
      if (waited == Wait::Stopped) return;
      if (waited == Wait::TimedOut) continue;
      UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!socket) {
        if (errno == EMFILE || errno == ENFILE) std::this_thread::sleep_for(kRetry);
        continue;
      }
      HandOverChannel channel(std::move(socket));
      if (hand_over(channel)) return obey(channel);
    }
  }

  // True: committed.
  bool hand_over(HandOverChannel& channel) {
    const pid_t process = channel.peer();
    const UniqueFd handle(process > 0 ? ::pidfd_open(process, 0) : -1);
    if (!handle) return false;  // gone already
    const auto refuse = [&](const Error& error) {
      static_cast<void>(channel.send(Kind::Refused, error.context));
      log::warning("process {} did not take over: {}", process, error.context);
      return false;
    };
    if (auto hello = hear(channel, Kind::Hello, kGreeting); !hello) return refuse(hello.error());
    auto offered = actions_.offer(process);
    if (!offered) return refuse(offered.error());
    log::info("handing over to process {}", process);
    const auto keep = [&](const Error& error) {
      refuse(error);
      actions_.keep(process, error.context);
      return false;
    };
    if (auto sent = send_offer(channel, *offered); !sent) return keep(sent.error());
    if (auto asked = hear(channel, Kind::Release, kPatience); !asked) return keep(asked.error());
    if (auto released = actions_.release(); !released) return keep(released.error());

    auto ready = channel.send(Kind::Released);
    if (ready) ready = hear(channel, Kind::Ready, kPatience);
    if (ready && has_ended(handle, channel))
      ready = fail(Error::Kind::NotFound, "it ended as soon as it had said that it serves");
    if (!ready) {
      refuse(ready.error());  // now: if it lives it is to end, and that is waited for
      take_back(handle);
      actions_.keep(process, ready.error().context);
      return false;
    }
    actions_.commit(process);
    static_cast<void>(channel.send(Kind::Committed));  // gone: obey() finds out
    return true;
  }

  // A message, or Refused when this process stops meanwhile.
  Result<void> hear(HandOverChannel& channel, Kind kind, std::chrono::milliseconds patience) {
    if (wait(channel.socket().get(), patience) == Wait::Stopped)
      return fail(Error::Kind::Refused, "the running gateway is stopping");
    CG_TRY_VOID(channel.expect(kind, std::chrono::milliseconds(0)));
    return {};
  }

  static bool has_ended(const UniqueFd& process, const HandOverChannel& channel) {
    pollfd watched[2] = {{.fd = process.get(), .events = POLLIN, .revents = 0},
                         {.fd = channel.socket().get(), .events = 0, .revents = 0}};  // POLLHUP comes unasked
    return ::poll(watched, 2, 0) > 0;
  }

  static Result<void> send_offer(HandOverChannel& channel, const OwnHoldings& own) {
    for (const auto& [text, socket] : own.sockets) CG_TRY_VOID(channel.send(Kind::Socket, text, socket));
    for (const auto& [text, socket] : own.earlier) CG_TRY_VOID(channel.send(Kind::Earlier, text, socket));
    CG_TRY_VOID(channel.send(Kind::Memory, {}, own.memory));
    CG_TRY_VOID(channel.send(Kind::Control, {}, own.control));
    CG_TRY_VOID(channel.send(Kind::Lock, {}, own.lock));
    return channel.send(Kind::Offer, own.words);
  }

  // Its database lock goes with the process, not with its end of the channel.
  void take_back(const UniqueFd& process) {
    pollfd ended{.fd = process.get(), .events = POLLIN, .revents = 0};
    const auto wait_end = [&ended] {
      const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kEnd);
      return ::poll(&ended, 1, static_cast<int>(patience.count())) > 0;
    };
    if (!wait_end()) {
      log::warning("the new process neither serves nor ends; it is killed");
      static_cast<void>(::pidfd_send_signal(process.get(), SIGKILL, nullptr, 0));
      static_cast<void>(wait_end());
    }
    for (;;) {
      const auto taken = actions_.take_back();
      if (taken) return;
      log::error("the store cannot be taken back, records wait in the spool: {}", taken.error().context);
      if (wait(-1, kRetry) == Wait::Stopped) return;
    }
  }

  void obey(HandOverChannel& channel) {
    const AskName ask = [&channel](NameKind kind, std::string_view name) -> Result<std::uint32_t> {
      CG_TRY_VOID(channel.send(Kind::NameAsked, fmt::format("{} {}", static_cast<int>(kind), name)));
      CG_TRY(given, channel.expect(Kind::Name, kAnswer));
      std::uint32_t number = 0;
      const char* end = given.text.data() + given.text.size();
      if (std::from_chars(given.text.data(), end, number).ptr != end || number == 0)
        return fail(Error::Kind::Refused, given.text);
      return number;
    };
    const AskAct ask_act = [&channel](std::uint64_t number) -> Result<std::optional<Act>> {
      std::string line;
      for (;;) {
        CG_TRY_VOID(channel.send(Kind::ActAsked, fmt::format("{} {}", number, line.size())));
        CG_TRY(piece, channel.expect(Kind::Act, kAnswer));
        if (piece.text.empty()) break;
        line += piece.text;
      }
      if (line.empty()) return std::nullopt;
      CG_TRY(act, records::decode_act(line));
      return act;
    };
    constexpr std::chrono::hours kLong{1};
    for (;;) {
      const Wait waited = wait(channel.socket().get(), kLong);
      if (waited == Wait::Stopped) return;
      if (waited == Wait::TimedOut) continue;
      auto order = channel.receive(kAnswer);
      if (!order) {
        log::warning("the process that took over: {}; what still runs here ends", order.error().context);
        return actions_.orphaned();
      }
      std::string answer;
      std::int64_t number = 0;
      std::from_chars(order->text.data(), order->text.data() + order->text.size(), number);
      switch (order->kind) {
        case Kind::Adopt:
          if (auto adopted = actions_.adopt(order->text == kActs ? News::Acts : News::Files, ask, ask_act); !adopted)
            answer = adopted.error().context;
          break;
        case Kind::SignOut: actions_.sign_out(addresses_of(order->text)); break;
        case Kind::Clock: actions_.set_time(WallTime(std::chrono::microseconds(number))); break;
        case Kind::Stop: actions_.end_connections(std::chrono::milliseconds(number)); break;
        case Kind::Report: answer = actions_.report(); break;
        default: answer = "this order is not known here";
      }
      static_cast<void>(channel.send(Kind::Done, answer));
    }
  }

  const std::filesystem::path path_;
  UniqueFd listener_;
  UniqueFd stop_event_;
  HandOver& actions_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<SuccessorServer>> SuccessorServer::start(const std::filesystem::path& socket,
                                                                HandOver& actions) {
  CG_TRY(listener, HandOverChannel::listen(SocketSuccessorServer::beside(socket)));
  if (::fcntl(listener.get(), F_SETFL, O_NONBLOCK) != 0) return fail_errno("fcntl " + socket.string());
  UniqueFd stop_event(::eventfd(0, EFD_CLOEXEC));
  if (!stop_event) return fail_errno("eventfd");
  return std::make_unique<SocketSuccessorServer>(socket, std::move(listener), std::move(stop_event), actions);
}

}  // namespace citygate::app
