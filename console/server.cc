#include "console/server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <list>
#include <mutex>
#include <system_error>
#include <thread>

#include "base/log.h"
#include "base/thread_name.h"
#include "console/commands.h"
#include "console/scrape.h"
#include "console/unix_socket.h"

namespace citygate::console {
namespace {

// A client is there to ask: one that connects and says nothing gives its place back.
constexpr timeval kRequestTimeout{.tv_sec = 10, .tv_usec = 0};
constexpr timeval kSendTimeout{.tv_sec = 60, .tv_usec = 0};
constexpr std::chrono::seconds kFarewell{1};
// At the end of the gateway: a download looks once a second whether it is still wanted.
constexpr std::chrono::seconds kLastFarewell{3};

class SocketOutput final : public Output {
 public:
  SocketOutput(int client, int stop_event) : client_(client), stop_event_(stop_event) {}

  std::string via() const override { return "control socket, " + peer_user(client_); }
  void out(std::string_view line) override { send({.kind = Reply::Kind::Out, .text = std::string(line)}); }
  void err(std::string_view line) override { send({.kind = Reply::Kind::Err, .text = std::string(line)}); }
  void progress(std::string_view line) override { send({.kind = Reply::Kind::Progress, .text = std::string(line)}); }
  void exit(int status) { send({.kind = Reply::Kind::Exit, .text = {}, .exit = status}); }
  bool ended() override { return ended_after(std::chrono::milliseconds(0)); }
  bool ended_after(std::chrono::milliseconds wait) override {
    if (gone_) return true;
    // No events are asked for at the client: POLLHUP and POLLERR come unasked. A client that only finished its writing
    // side still reads.
    pollfd watched[2] = {{.fd = client_, .events = 0, .revents = 0},
                         {.fd = stop_event_, .events = POLLIN, .revents = 0}};
    if (::poll(watched, 2, static_cast<int>(wait.count())) <= 0) return false;
    // Who waits for a server that stops is still told what it came to.
    gone_ = watched[0].revents != 0;
    return true;
  }

 private:
  void send(const Reply& reply) {
    if (!gone_ && !write_line(client_, encode(reply))) gone_ = true;
  }

  int client_, stop_event_;
  bool gone_ = false;
};

class SocketServer final : public Server {
 public:
  SocketServer(std::filesystem::path path, Operator& op, UniqueFd listener, UniqueFd stop_event)
      : path_(std::move(path)), op_(op), listener_(std::move(listener)), stop_event_(std::move(stop_event)) {
    resume();
  }
  ~SocketServer() override { stop(Socket::Remove); }

  const UniqueFd& listener() const override { return listener_; }

  void resume() override {
    std::uint64_t count = 0;
    static_cast<void>(::read(stop_event_.get(), &count, sizeof count));  // nothing to read: it was not asked to stop
    acceptor_ = std::thread([this] {
      name_this_thread("console");
      accept_clients();
    });
  }

  Result<void> pause() override {
    stop_accepting();
    std::string running;
    for (auto& client : clients_)
      if (!ends(client, kFarewell) && running.empty()) running = command_of(client);
    forget_ended();
    if (running.empty()) return {};
    resume();
    return fail(Error::Kind::Refused, fmt::format("`{}` is running; try again when it has ended", running));
  }

  void stop(Socket socket) override {
    if (!listener_) return;
    if (acceptor_.joinable()) stop_accepting();
    for (auto& client : clients_) {
      // Commands see the end by themselves and say good-bye; one whose client does not read waits in send() and is
      // woken.
      if (!ends(client, kLastFarewell)) ::shutdown(client.socket.get(), SHUT_RDWR);
      client.thread.join();
    }
    clients_.clear();
    listener_.reset();
    if (socket == Socket::Remove) ::unlink(path_.c_str());
  }

 private:
  struct Client {
    UniqueFd socket;
    std::thread thread;
    bool dropped = false;  // the acceptor's: it made place for another
    // guarded by mutex_
    std::string command;  // "" until it has asked
    bool done = false;
  };
  // Answers the one who waits for the upgrade itself, whatever process has the store by then.
  static constexpr std::string_view kOutlivesStore = "upgrade";

  void stop_accepting() {
    const std::uint64_t one = 1;
    CG_CHECK(::write(stop_event_.get(), &one, sizeof one) == sizeof one);  // its counter has room: this cannot fail
    acceptor_.join();
    for (auto& client : clients_) ::shutdown(client.socket.get(), SHUT_RD);  // wakes those that have not asked yet
  }
  // Waits for the end of a client's command.
  bool ends(const Client& client, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    return client.command == kOutlivesStore || done_.wait_for(lock, patience, [&client] { return client.done; });
  }
  std::string command_of(const Client& client) {
    std::lock_guard lock(mutex_);
    return client.command.empty() ? "a command" : client.command;
  }
  void forget_ended() {
    clients_.remove_if([this](Client& client) {
      {
        std::lock_guard lock(mutex_);
        if (!client.done) return false;
      }
      client.thread.join();
      return true;
    });
  }
  // The first that has not asked for anything yet: whoever connects and keeps silent must not keep others out.
  bool drop_a_silent_one() {
    for (auto& client : clients_) {
      std::lock_guard lock(mutex_);
      if (client.dropped || client.done || !client.command.empty()) continue;
      client.dropped = true;
      ::shutdown(client.socket.get(), SHUT_RDWR);
      return true;
    }
    return false;
  }

  void accept_clients() {
    while (true) {
      pollfd watched[2] = {{.fd = listener_.get(), .events = POLLIN, .revents = 0},
                           {.fd = stop_event_.get(), .events = POLLIN, .revents = 0}};
      if (::poll(watched, 2, -1) < 0 && errno != EINTR) return;
      if (watched[1].revents != 0) return;
      UniqueFd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!socket) {
        // Out of descriptors: the client waits in the queue; without a pause this would spin.
        if (errno == EMFILE || errno == ENFILE) std::this_thread::sleep_for(std::chrono::milliseconds(100));
        continue;
      }
      forget_ended();
      ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kRequestTimeout, sizeof kRequestTimeout);
      // A reader that has stopped reading must not keep one of the few places for ever.
      ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendTimeout, sizeof kSendTimeout);
      if (clients_.size() >= kMaxClients && !drop_a_silent_one()) {
        SocketOutput output(socket.get(), stop_event_.get());
        output.err(fmt::format("{} commands are running on this gateway already; try again later", kMaxClients));
        output.exit(kFailed);
        continue;
      }
      Client& client = clients_.emplace_back();
      client.socket = std::move(socket);
      try {
        client.thread = std::thread([this, &client] {
          name_this_thread("console-client");
          serve(client);
          ::shutdown(client.socket.get(), SHUT_RDWR);
          std::lock_guard lock(mutex_);
          client.done = true;
          done_.notify_all();
        });
      } catch (const std::system_error& error) {  // no thread to be had: this client goes, the gateway does not
        log::warning("a command was turned away: {}", error.what());
        clients_.pop_back();
      }
    }
  }

  void serve(Client& client) {
    SocketOutput output(client.socket.get(), stop_event_.get());
    LineReader reader(client.socket.get(), kMaxRequestBytes);
    const auto line = reader.next();
    if (!line && line.error().kind == Error::Kind::NotFound) return;  // closed without a request
    if (line && is_scrape(*line)) {
      static_cast<void>(write_line(client.socket.get(), answer_scrape(*line, reader, op_)));
      return;
    }
    auto request = line ? parse_request(*line) : Result<Request>(std::unexpected(line.error()));
    if (request) {
      std::lock_guard lock(mutex_);
      client.command = request->command;
    }
    output.exit(request ? run_command(op_, *request, output) : report_error(request.error(), output));
  }

  std::filesystem::path path_;
  Operator& op_;
  UniqueFd listener_;
  UniqueFd stop_event_;
  std::mutex mutex_;
  std::condition_variable done_;  // with mutex_
  std::list<Client> clients_;     // of the acceptor; of stop() once that has joined it
  std::thread acceptor_;
};

}  // namespace

Result<std::unique_ptr<Server>> Server::start(const std::filesystem::path& socket, Operator& op) {
  CG_TRY(listener, listen_unix(socket));
  return take_over(std::move(listener), socket, op);
}

Result<std::unique_ptr<Server>> Server::take_over(UniqueFd listener, const std::filesystem::path& socket,
                                                  Operator& op) {
  // A client that closes between poll and accept must not block the acceptor.
  if (::fcntl(listener.get(), F_SETFL, O_NONBLOCK) != 0) return fail_errno("fcntl " + socket.string());
  UniqueFd stop_event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!stop_event) return fail_errno("eventfd");
  return std::make_unique<SocketServer>(socket, op, std::move(listener), std::move(stop_event));
}

}  // namespace citygate::console
