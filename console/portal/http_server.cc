#include "console/portal/http_server.h"

#include <fmt/format.h>
#include <microhttpd.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "base/log.h"
#include "console/portal/connection_bounds.h"

namespace citygate::console {
namespace {

constexpr std::size_t kConnectionMemory = 24 * 1'024;  // of the library, for a head and what it makes of it
constexpr std::size_t kStreamPiece = 64 * 1'024;

// One request, from its first line to the last byte of its answer.
struct Exchange {
  HttpRequest request;
  std::string body;
  bool too_large = false, asked = false, form = false;
  // The handler may answer on another thread, and when the connection is gone.
  std::mutex mutex;
  std::optional<HttpAnswer> answer;     // guarded by mutex, as all below
  MHD_Connection* suspended = nullptr;  // waits for the answer

  void deliver(HttpAnswer its) {
    const std::lock_guard lock(mutex);
    if (answer) return;
    answer = std::move(its);
    if (suspended) MHD_resume_connection(std::exchange(suspended, nullptr));
  }
};

HttpAnswer plain(std::uint16_t status, std::string_view text) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}},
          .body = std::string(text) + "\n"};
}

HttpRequest::Method method_of(std::string_view word) {
  if (word == "GET") return HttpRequest::Method::Get;
  if (word == "HEAD") return HttpRequest::Method::Head;
  return word == "POST" ? HttpRequest::Method::Post : HttpRequest::Method::Other;
}

MHD_Result keep_field(void* fields, MHD_ValueKind, const char* key, const char* value) {
  if (key) static_cast<Fields*>(fields)->emplace(key, value ? value : "");
  return MHD_YES;
}

std::string header(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value ? value : "";
}

void log_of_library(void*, const char* format, va_list arguments) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  std::string_view line(text);
  while (line.ends_with('\n')) line.remove_suffix(1);
  log::write(log::Level::Debug, fmt::format("portal: {}", line));
}

// The daemons of one certificate, a thread each.
class Pool {
 public:
  Pool(HttpHandler& handler, ConnectionBounds& connections) : handler_(handler), connections_(connections) {}
  ~Pool() { stop(); }

  Result<void> start(unsigned threads, const Certificate& certificate) {
    for (unsigned i = 0; i < threads; ++i) {
      MHD_Daemon* daemon = MHD_start_daemon(
          MHD_USE_TLS | MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC |
              MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
          0, nullptr, nullptr, &Pool::on_request, this, MHD_OPTION_EXTERNAL_LOGGER, &log_of_library, nullptr,
          MHD_OPTION_HTTPS_MEM_CERT, certificate.certificate.c_str(), MHD_OPTION_HTTPS_MEM_KEY, certificate.key.c_str(),
          MHD_OPTION_HTTPS_PRIORITIES,
          "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-RSA:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:"
          "%SERVER_PRECEDENCE",
          MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionMemory, MHD_OPTION_CONNECTION_LIMIT, HttpServer::kConnections,
          MHD_OPTION_CONNECTION_TIMEOUT, static_cast<unsigned>(HttpServer::kSilence.count()),
          MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, &Pool::on_completed, this,
          MHD_OPTION_NOTIFY_CONNECTION, &Pool::on_connection, this, MHD_OPTION_END);
      if (!daemon)
        return fail(Error::Kind::Malformed,
                    "the portal's TLS cannot be started with its certificate; at log.level "
                    "debug the log says more");
      daemons_.push_back(daemon);
    }
    return {};
  }

  void add(UniqueFd socket, const SocketAddress& client) {
    sockaddr_storage address{};
    const unsigned length = client.to_sockaddr(address);
    MHD_Daemon* daemon = daemons_[next_++ % daemons_.size()];
    // It owns the socket from here on, also where it does not take it.
    MHD_add_connection(daemon, socket.release(), reinterpret_cast<const sockaddr*>(&address), length);
  }

  [[nodiscard]] std::size_t open() const {
    std::size_t out = 0;
    for (MHD_Daemon* daemon : daemons_) {
      const MHD_DaemonInfo* info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
      if (info) out += info->num_connections;
    }
    return out;
  }

  void stop() {
    {
      // The library ends no connection that is suspended.
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      for (const auto& exchange : waiting_)
        exchange->deliver(plain(503, "The gateway is being stopped; try again in a moment."));
    }
    for (MHD_Daemon* daemon : std::exchange(daemons_, {})) MHD_stop_daemon(daemon);
  }

 private:
  using Shared = std::shared_ptr<Exchange>;

  static void on_connection(void* self, MHD_Connection* connection, void**, MHD_ConnectionNotificationCode code) {
    auto& pool = *static_cast<Pool*>(self);
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) return pool.connections_.closed(connection);
    const auto* socket = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (!pool.connections_.started(connection, socket->connect_fd, client_of(connection).ip))
      ::shutdown(socket->connect_fd, SHUT_RDWR);
  }

  static SocketAddress client_of(MHD_Connection* connection) {
    const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return info && info->client_addr ? SocketAddress::from_sockaddr(info->client_addr) : SocketAddress();
  }

  static void on_completed(void* self, MHD_Connection* connection, void** context, MHD_RequestTerminationCode) {
    auto& pool = *static_cast<Pool*>(self);
    const std::unique_ptr<Shared> held(static_cast<Shared*>(std::exchange(*context, nullptr)));
    if (held) {
      const std::lock_guard lock(pool.mutex_);
      pool.waiting_.erase(*held);
    }
    pool.connections_.touch(connection, false);
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url, const char* method, const char*,
                               const char* data, size_t* size, void** context) {
    auto& pool = *static_cast<Pool*>(self);
    if (!*context) {
      auto exchange = std::make_shared<Exchange>();
      read_head(connection, url, method, *exchange);
      *context = new Shared(std::move(exchange));
      return MHD_YES;
    }
    const Shared& exchange = *static_cast<Shared*>(*context);
    if (*size > 0) {
      if (exchange->body.size() + *size > HttpServer::kBodyBytes)
        exchange->too_large = true;
      else
        exchange->body.append(data, *size);
      *size = 0;
      return MHD_YES;
    }
    return pool.answer(connection, exchange);
  }

  static void read_head(MHD_Connection* connection, const char* url, const char* method, Exchange& exchange) {
    HttpRequest& request = exchange.request;
    request.method = method_of(method);
    request.path = url;
    request.host = header(connection, MHD_HTTP_HEADER_HOST);
    request.user_agent = header(connection, MHD_HTTP_HEADER_USER_AGENT);
    request.client = client_of(connection);
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &keep_field, &request.query);
    MHD_get_connection_values(connection, MHD_COOKIE_KIND, &keep_field, &request.cookies);
    exchange.form = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE).starts_with("application/x-www-form-urlencoded");
  }

  MHD_Result answer(MHD_Connection* connection, const Shared& exchange) {
    if (!std::exchange(exchange->asked, true)) ask(connection, exchange);
    const std::lock_guard lock(exchange->mutex);
    if (exchange->answer) return queue(connection, *exchange->answer);
    exchange->suspended = connection;
    MHD_suspend_connection(connection);
    return MHD_YES;
  }

  void ask(MHD_Connection* connection, const Shared& exchange) {
    connections_.touch(connection, true);
    if (exchange->too_large) return exchange->deliver(plain(413, "That is more than a form of this page holds."));
    if (exchange->request.method == HttpRequest::Method::Other)
      return exchange->deliver(plain(405, "This page is read with GET and sent with POST."));
    if (exchange->form) exchange->request.form = parse_form(exchange->body);
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return exchange->deliver(plain(503, "The gateway is being stopped; try again in a moment."));
      waiting_.insert(exchange);
    }
    handler_(exchange->request, [weak = std::weak_ptr(exchange)](HttpAnswer answer) {
      if (const auto still = weak.lock()) still->deliver(std::move(answer));
    });
  }

  using Stream = decltype(HttpAnswer::stream);

  static ssize_t read_stream(void* stream, std::uint64_t, char* into, std::size_t most) {
    const auto got = (*static_cast<Stream*>(stream))({into, most});
    if (got) return static_cast<ssize_t>(*got);
    log::error("portal: {}", got.error().context);
    return MHD_CONTENT_READER_END_WITH_ERROR;
  }

  static void end_stream(void* stream) { delete static_cast<Stream*>(stream); }

  static MHD_Response* response_of(const HttpAnswer& answer) {
    if (!answer.stream)
      return MHD_create_response_from_buffer(answer.body.size(), const_cast<char*>(answer.body.data()),
                                             MHD_RESPMEM_MUST_COPY);
    auto stream = std::make_unique<Stream>(answer.stream);
    MHD_Response* out =
        MHD_create_response_from_callback(answer.stream_bytes, kStreamPiece, &read_stream, stream.get(), &end_stream);
    if (out) static_cast<void>(stream.release());
    return out;
  }

  static MHD_Result queue(MHD_Connection* connection, const HttpAnswer& answer) {
    MHD_Response* response = response_of(answer);
    if (!response) return MHD_NO;
    for (const auto& [name, value] : answer.headers) MHD_add_response_header(response, name.c_str(), value.c_str());
    const MHD_Result queued = MHD_queue_response(connection, answer.status, response);
    MHD_destroy_response(response);
    return queued;
  }

  HttpHandler& handler_;
  ConnectionBounds& connections_;
  std::vector<MHD_Daemon*> daemons_;
  std::size_t next_ = 0;
  std::mutex mutex_;
  bool stopping_ = false;     // guarded by mutex_
  std::set<Shared> waiting_;  // guarded by mutex_; asked, and not answered to the end
};

class Server final : public HttpServer {
 public:
  Server(unsigned threads, HttpHandler handler) : threads_(threads), handler_(std::move(handler)) {}
  ~Server() override { stop(); }

  Result<void> renew(const Certificate& certificate) override {
    auto pool = std::make_unique<Pool>(handler_, connections_);
    CG_TRY_VOID(pool->start(threads_, certificate));
    if (pool_) before_.push_back(std::move(pool_));
    pool_ = std::move(pool);
    return {};
  }

  void add(UniqueFd socket, const SocketAddress& client) override {
    if (!pool_ || connections_.size() >= kConnections || connections_.of(client.ip) >= kPerAddress) {
      turned_away_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    pool_->add(std::move(socket), client);
  }

  void look_after() override {
    connections_.end_slow();
    std::erase_if(before_, [](const auto& old) { return old->open() == 0; });
  }

  void stop() override {
    before_.clear();
    pool_.reset();
  }

  std::size_t open() const override { return connections_.size(); }
  std::uint64_t turned_away() const override { return turned_away_.load(std::memory_order_relaxed); }

 private:
  unsigned threads_;
  HttpHandler handler_;
  ConnectionBounds connections_;
  std::unique_ptr<Pool> pool_;
  std::vector<std::unique_ptr<Pool>> before_;  // of earlier certificates; who is silent or slow is closed there too
  std::atomic<std::uint64_t> turned_away_{0};
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(unsigned threads, const Certificate& certificate,
                                                      HttpHandler handler) {
  auto server = std::make_unique<Server>(threads, std::move(handler));
  CG_TRY_VOID(server->renew(certificate));
  return server;
}

}  // namespace citygate::console
