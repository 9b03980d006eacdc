// tls_client.h - the client's side of TLS in the hands of a test: every byte that goes over the wire passes through it.
#pragma once

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <memory>
#include <string>

#include "base/file.h"

namespace citygate::proxy::test {

class TlsClient {
 public:
  struct Options {
    int version = TLS1_3_VERSION;
    std::string protocols = "\x08http/1.1";  // ALPN, on the wire; "" offers none
    SSL_SESSION* session = nullptr;          // to resume
  };

  TlsClient(UniqueFd& socket, const Options& options)
      : socket_(socket), context_(SSL_CTX_new(TLS_client_method())), ssl_((set_up(options), SSL_new(context_))) {
    ::fcntl(socket_.get(), F_SETFL, ::fcntl(socket_.get(), F_GETFL) | O_NONBLOCK);
    SSL_set_bio(ssl_, in_, out_);
    SSL_set_connect_state(ssl_);
    if (options.session) SSL_set_session(ssl_, options.session);
    if (!options.protocols.empty())
      SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(options.protocols.data()),
                          static_cast<unsigned>(options.protocols.size()));
  }
  ~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    if (session_) SSL_SESSION_free(session_);
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  // Goes on with the handshake and reads what has come. `most`: bytes put on the wire at most.
  void pump(std::size_t most = SIZE_MAX) {
    moved_ = false;
    take_from_wire();
    if (!connected()) SSL_do_handshake(ssl_);
    char block[16384];
    std::size_t got = 0;
    while (connected() && SSL_read_ex(ssl_, block, sizeof block, &got) == 1) text.append(block, got);
    if (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) closed = true;
    note_failure();
    put_on_wire(most);
  }
  [[nodiscard]] bool moved() const { return moved_; }  // a byte, in the last pump()
  void wait_a_little() const {
    pollfd poll{.fd = socket_.get(), .events = POLLIN, .revents = 0};
    ::poll(&poll, 1, 1);
  }
  void write(std::string_view bytes) {
    std::size_t written = 0;
    ASSERT_EQ(SSL_write_ex(ssl_, bytes.data(), bytes.size(), &written), 1);
    ASSERT_EQ(written, bytes.size());
  }
  void close_notify() { SSL_shutdown(ssl_); }

  [[nodiscard]] bool connected() const { return SSL_is_init_finished(ssl_) == 1; }
  [[nodiscard]] bool resumed() const { return SSL_session_reused(ssl_) == 1; }
  [[nodiscard]] bool has_unsent() const { return !unsent_.empty() || BIO_ctrl_pending(out_) > 0; }
  [[nodiscard]] std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }
  [[nodiscard]] SSL_SESSION* session() const { return session_; }  // the newest ticket
  [[nodiscard]] SSL* native() { return ssl_; }

  std::string text;     // what was read
  bool closed = false;  // close_notify came
  bool ended = false;   // the connection below has ended
  std::string failure;  // what OpenSSL made of it

 private:
  void set_up(const Options& options) {
    SSL_CTX_set_min_proto_version(context_, options.version);
    SSL_CTX_set_max_proto_version(context_, options.version);
    SSL_CTX_set_security_level(context_, 0);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(context_, this);
    SSL_CTX_sess_set_new_cb(context_, [](SSL* ssl, SSL_SESSION* session) {
      auto* self = static_cast<TlsClient*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
      if (self->session_) SSL_SESSION_free(self->session_);
      self->session_ = session;
      return 1;
    });
  }
  void note_failure() {
    if (const unsigned long code = ERR_get_error(); code != 0 && failure.empty())
      failure = ERR_reason_error_string(code);
    ERR_clear_error();
  }
  void take_from_wire() {
    char block[16384];
    for (;;) {
      const ssize_t got = ::recv(socket_.get(), block, sizeof block, 0);
      if (got == 0) ended = true;
      if (got <= 0) return;
      moved_ = true;
      BIO_write(in_, block, static_cast<int>(got));
    }
  }
  void put_on_wire(std::size_t most) {
    char block[16384];
    int got = 0;
    while ((got = BIO_read(out_, block, sizeof block)) > 0) unsent_.append(block, static_cast<std::size_t>(got));
    const ssize_t sent = ::send(socket_.get(), unsent_.data(), std::min(most, unsent_.size()), MSG_NOSIGNAL);
    if (sent <= 0) return;
    moved_ = true;
    unsent_.erase(0, static_cast<std::size_t>(sent));
  }

  UniqueFd& socket_;
  BIO* in_ = BIO_new(BIO_s_mem());
  BIO* out_ = BIO_new(BIO_s_mem());
  SSL_SESSION* session_ = nullptr;
  SSL_CTX* context_;
  SSL* ssl_;
  std::string unsent_;
  bool moved_ = false;
};

}  // namespace citygate::proxy::test
