#include "proxy/tls/tls_transport.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace citygate::proxy {

namespace {

constexpr std::size_t kRecordBytes = 16384;  // RFC 8446 section 5.1

struct SslFree {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

// Walks the pieces of one write().
class Pieces {
 public:
  explicit Pieces(std::span<const iovec> pieces) : pieces_(pieces) { skip_empty(); }

  [[nodiscard]] bool empty() const { return pieces_.empty(); }
  void consume(std::size_t bytes) {
    while (bytes > 0) {
      const std::size_t part = std::min(bytes, pieces_.front().iov_len - offset_);
      offset_ += part;
      bytes -= part;
      skip_empty();
    }
  }
  // At most one record, of one piece as it stands, or gathered in `scratch`.
  [[nodiscard]] std::string_view record(Buffer& scratch) const {
    const std::string_view first = at(0);
    if (first.size() >= kRecordBytes || pieces_.size() == 1) return first.substr(0, kRecordBytes);
    scratch.consume(scratch.size());
    for (std::size_t i = 0; i < pieces_.size() && scratch.size() < kRecordBytes; ++i)
      CG_CHECK(scratch.append(at(i).substr(0, kRecordBytes - scratch.size())));
    return scratch.readable();
  }

 private:
  [[nodiscard]] std::string_view at(std::size_t i) const {
    const std::size_t skipped = i == 0 ? offset_ : 0;
    return {static_cast<const char*>(pieces_[i].iov_base) + skipped, pieces_[i].iov_len - skipped};
  }
  void skip_empty() {
    while (!pieces_.empty() && offset_ == pieces_.front().iov_len) {
      pieces_ = pieces_.subspan(1);
      offset_ = 0;
    }
  }

  std::span<const iovec> pieces_;
  std::size_t offset_ = 0;  // into the first
};

}  // namespace

class TlsTransport final : public Transport, private Transport::Handler {
 public:
  explicit TlsTransport(TlsAcceptor& acceptor)
      : acceptor_(acceptor), context_(acceptor.context_), pending_(acceptor.buffers_) {}
  ~TlsTransport() override {
    if (below_) below_->set_handler(nullptr);
  }

  // Takes over `below`, unless it fails; then the transport is of no use.
  [[nodiscard]] bool start(std::unique_ptr<Transport>& below, std::chrono::milliseconds handshake_timeout) {
    ssl_.reset(SSL_new(context_->native()));
    BIO* bio = ssl_ ? BIO_new(bio_method()) : nullptr;
    if (!bio) return false;
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
    deadline_.emplace(acceptor_.loop_, [this] {
      handshake_failed("it took too long");
      tell_reader();
    });
    deadline_->arm(handshake_timeout);
    below_ = std::move(below);
    below_->set_handler(this);
    return true;
  }

  void set_handler(Transport::Handler* handler) override {
    handler_ = handler;
    if (handler_ && may_be_readable()) want_read_again();
  }

  [[nodiscard]] IoResult read(std::span<char> into) override;
  [[nodiscard]] IoResult write(std::span<const iovec> from) override;
  void want_read_again() override { below_->want_read_again(); }
  [[nodiscard]] bool may_be_readable() const override { return readable_; }

  void shutdown_write() override;
  void reset_on_close() override { below_->reset_on_close(); }

  [[nodiscard]] SocketAddress peer() const override { return below_->peer(); }
  [[nodiscard]] SocketAddress local() const override { return below_->local(); }

 private:
  enum class State : std::uint8_t {
    Handshake,
    Open,
    Ended,   // close_notify was read; writing may go on
    Failed,  // nothing more, in either direction
  };
  enum class Writing : std::uint8_t {
    Open,
    Finishing,  // shutdown_write() was called; a record or the close_notify is still owed
    Over,
  };

  // Of the transport below
  void on_readable() override;
  void on_writable() override;

  void handshake();
  void handshake_failed(std::string_view why);
  void fail_both() {
    state_ = State::Failed;
    writing_ = Writing::Over;
    pending_.release();
    readable_ = true;  // the failure is there to be read
  }
  void tell_reader() {
    if (handler_) handler_->on_readable();
  }
  [[nodiscard]] bool finish_record();  // false: still not in the socket
  void send_close_notify();
  void look_for_reset();

  // --- the BIO that OpenSSL reads and writes
  static const BIO_METHOD* bio_method();
  static TlsTransport& of(BIO* bio) { return *static_cast<TlsTransport*>(BIO_get_data(bio)); }
  static int bio_read(BIO* bio, char* into, int size);
  static int bio_write(BIO* bio, const char* from, int size);
  static long bio_control(BIO* bio, int command, long, void*);

  TlsAcceptor& acceptor_;
  std::shared_ptr<const TlsContext> context_;  // its ticket keys are used by ssl_
  std::unique_ptr<Transport> below_;
  std::unique_ptr<SSL, SslFree> ssl_;  // after what it reads from, so that it goes first
  std::optional<Timer> deadline_;      // of the handshake
  Transport::Handler* handler_ = nullptr;
  // The plain bytes of a record that the socket has not taken whole; OpenSSL wants to see them again. Their last byte
  // has not been reported as moved: the next write() begins with it.
  Buffer pending_;
  bool owed_ = false;  // that byte is in the socket by now
  State state_ = State::Handshake;
  Writing writing_ = Writing::Open;
  bool readable_ = false;          // as may_be_readable() says
  bool blocked_ = false;           // on_writable() is owed
  bool read_wants_write_ = false;  // an answer of the protocol itself waits for the socket, and reading for it
  bool below_ended_ = false;
};

void TlsTransport::on_readable() {
  CG_ON_LOOP(acceptor_.loop_);
  switch (state_) {
    case State::Handshake: return handshake();
    case State::Open: readable_ = true; break;
    case State::Ended: look_for_reset(); break;
    case State::Failed: break;
  }
  tell_reader();
}

void TlsTransport::on_writable() {
  CG_ON_LOOP(acceptor_.loop_);
  if (state_ == State::Handshake) return handshake();
  if (state_ == State::Failed) return;
  if (!pending_.empty() && !finish_record()) return;
  if (writing_ == Writing::Finishing) send_close_notify();
  const bool tell_writer = std::exchange(blocked_, false);
  if (std::exchange(read_wants_write_, false)) {
    readable_ = true;
    tell_reader();
  }
  if (tell_writer && !blocked_ && handler_) handler_->on_writable();
}

void TlsTransport::handshake() {
  ERR_clear_error();
  const int result = SSL_accept(ssl_.get());
  if (result == 1) {
    deadline_.reset();
    state_ = State::Open;
    readable_ = true;  // OpenSSL may hold the first request already
    acceptor_.on_handshake_(
        SSL_session_reused(ssl_.get()) == 1 ? TlsAcceptor::Handshake::Resumed : TlsAcceptor::Handshake::Full, {});
    const bool tell_writer = std::exchange(blocked_, false);
    tell_reader();
    if (tell_writer && !blocked_ && handler_) handler_->on_writable();
    return;
  }
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  handshake_failed(reason ? reason : "the client closed the connection");
  tell_reader();
}

void TlsTransport::handshake_failed(std::string_view why) {
  if (deadline_) deadline_->cancel();
  fail_both();
  acceptor_.on_handshake_(TlsAcceptor::Handshake::Failed, why);
}

IoResult TlsTransport::read(std::span<char> into) {
  CG_ON_LOOP(acceptor_.loop_);
  if (state_ == State::Failed) return {.kind = IoResult::Kind::Failed};
  if (state_ == State::Ended) return {.kind = IoResult::Kind::End};
  if (state_ == State::Handshake || !readable_) return {};
  CG_ASSERT(!into.empty());
  ERR_clear_error();
  std::size_t got = 0;
  if (SSL_read_ex(ssl_.get(), into.data(), into.size(), &got) == 1) {
    // Nothing decrypted, no part of a record, and the socket is empty: the next read would find that out dearly.
    readable_ = SSL_has_pending(ssl_.get()) == 1 || below_->may_be_readable();
    return {.kind = IoResult::Kind::Ok, .bytes = got};
  }
  switch (SSL_get_error(ssl_.get(), 0)) {
    case SSL_ERROR_WANT_WRITE: read_wants_write_ = true; [[fallthrough]];
    case SSL_ERROR_WANT_READ: readable_ = false; return {};
    case SSL_ERROR_ZERO_RETURN:
      state_ = State::Ended;
      readable_ = true;
      return {.kind = IoResult::Kind::End};
    default: fail_both(); return {.kind = IoResult::Kind::Failed};
  }
}

IoResult TlsTransport::write(std::span<const iovec> from) {
  CG_ON_LOOP(acceptor_.loop_);
  if (writing_ != Writing::Open) return {.kind = IoResult::Kind::Failed};
  if (state_ == State::Handshake) blocked_ = true;
  if (blocked_) return {};
  Pieces pieces(from);
  std::size_t moved = 0;
  if (std::exchange(owed_, false)) {
    CG_ASSERT(!pieces.empty());
    pieces.consume(1);
    moved = 1;
  }
  Buffer scratch(acceptor_.buffers_);
  while (!pieces.empty()) {
    const std::string_view record = pieces.record(scratch);
    ERR_clear_error();
    std::size_t written = 0;
    if (SSL_write_ex(ssl_.get(), record.data(), record.size(), &written) == 1) {
      pieces.consume(written);
      moved += written;
      continue;
    }
    if (SSL_get_error(ssl_.get(), 0) != SSL_ERROR_WANT_WRITE) {
      fail_both();
      return {.kind = IoResult::Kind::Failed};
    }
    CG_CHECK(pending_.append(record));
    blocked_ = true;
    moved += record.size() - 1;
    break;
  }
  if (moved == 0) return {};
  return {.kind = IoResult::Kind::Ok, .bytes = moved};
}

bool TlsTransport::finish_record() {
  ERR_clear_error();
  std::size_t written = 0;
  const std::string_view record = pending_.readable();
  if (SSL_write_ex(ssl_.get(), record.data(), record.size(), &written) == 1) {
    CG_CHECK(written == record.size());
    pending_.release();
    owed_ = true;
    return true;
  }
  if (SSL_get_error(ssl_.get(), 0) == SSL_ERROR_WANT_WRITE) return false;
  fail_both();
  const bool tell_writer = std::exchange(blocked_, false);
  tell_reader();
  // Who does not read at the moment, a tunnel whose origin is full say, learns of it by the write that fails.
  if (tell_writer && handler_) handler_->on_writable();
  return false;
}

void TlsTransport::shutdown_write() {
  if (writing_ != Writing::Open) return;
  writing_ = Writing::Finishing;
  if (pending_.empty()) send_close_notify();
}

void TlsTransport::send_close_notify() {
  if (state_ == State::Open || state_ == State::Ended) {
    ERR_clear_error();
    const int result = SSL_shutdown(ssl_.get());
    if (result < 0 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_WRITE) return;  // on_writable() comes back
  }
  writing_ = Writing::Over;
  below_->shutdown_write();
}

// After the close_notify only a reset of the connection below is of interest.
void TlsTransport::look_for_reset() {
  char block[256];
  for (int i = 0; i < 16; ++i) {
    const IoResult result = below_->read(block);
    if (result.kind == IoResult::Kind::Failed) return fail_both();
    if (result.kind != IoResult::Kind::Ok) return;
  }
}

const BIO_METHOD* TlsTransport::bio_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "transport");
    CG_CHECK(made != nullptr);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

int TlsTransport::bio_read(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  TlsTransport& self = of(bio);
  const IoResult result = self.below_->read({into, static_cast<std::size_t>(size)});
  switch (result.kind) {
    case IoResult::Kind::Ok: return static_cast<int>(result.bytes);
    case IoResult::Kind::WouldBlock: BIO_set_retry_read(bio); return -1;
    case IoResult::Kind::End: self.below_ended_ = true; return 0;
    case IoResult::Kind::Failed: return -1;
  }
  return -1;
}

int TlsTransport::bio_write(BIO* bio, const char* from, int size) {
  BIO_clear_retry_flags(bio);
  const iovec piece{.iov_base = const_cast<char*>(from), .iov_len = static_cast<std::size_t>(size)};
  const IoResult result = of(bio).below_->write({&piece, 1});
  if (result.kind == IoResult::Kind::Ok) return static_cast<int>(result.bytes);
  if (result.kind == IoResult::Kind::WouldBlock) BIO_set_retry_write(bio);
  return -1;
}

long TlsTransport::bio_control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH: return 1;  // nothing is kept back
    case BIO_CTRL_EOF: return of(bio).below_ended_ ? 1 : 0;
    default: return 0;
  }
}

Result<std::unique_ptr<Transport>> TlsAcceptor::accept(std::unique_ptr<Transport>& below,
                                                       std::chrono::milliseconds handshake_timeout) {
  CG_CHECK(context_ != nullptr);
  auto transport = std::make_unique<TlsTransport>(*this);
  if (!transport->start(below, handshake_timeout)) return fail(Error::Kind::Bug, "OpenSSL makes no further connection");
  return std::unique_ptr<Transport>(std::move(transport));
}

}  // namespace citygate::proxy
