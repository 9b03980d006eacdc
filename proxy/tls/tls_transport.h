// tls_transport.h - the server's side of TLS over another transport, with the same face as that one.
//
//   handler ◀─ on_readable() / on_writable() ─ TlsTransport ─ SSL_read / SSL_write ─ BIO ─▶ the transport below ─▶
//   kernel
//
// No bytes are kept between: OpenSSL reads and writes the transport below as they come. The handshake runs by itself;
// until it is done read() and write() say WouldBlock, and when it fails or takes too long, read() says Failed.
// Reading    End is the peer's close_notify; a connection that ends without one is Failed: it may have been cut.
// Writing    small pieces go into one record. A record that the socket did not take whole is finished by the transport
//            itself before on_writable(); its last byte counts as moved only then, so that nobody who has seen all his
//            bytes moved leaves any behind.
// Closing    shutdown_write() sends what is owed, then close_notify, then FIN; reading goes on.
// Owner      as of every transport. Thread: its loop. Idle connections hold no buffers.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include "proxy/net/buffer.h"
#include "proxy/net/transport.h"
#include "proxy/tls/tls_context.h"

namespace citygate::proxy {

// Makes them for one worker.
class TlsAcceptor {
 public:
  enum class Handshake : std::uint8_t { Full, Resumed, Failed };
  // Called from the loop at the end of each handshake; `why` says what failed.
  using OnHandshake = std::function<void(Handshake, std::string_view why)>;

  // Borrowed; both and the acceptor must outlive what it makes.
  TlsAcceptor(EventLoop& loop, BufferPool& buffers, OnHandshake on_handshake)
      : loop_(loop), buffers_(buffers), on_handshake_(std::move(on_handshake)) {}
  TlsAcceptor(const TlsAcceptor&) = delete;
  TlsAcceptor& operator=(const TlsAcceptor&) = delete;

  // From now on; connections that are there keep theirs.
  void use(std::shared_ptr<const TlsContext> context) { context_ = std::move(context); }
  [[nodiscard]] bool ready() const { return context_ != nullptr; }

  // Takes over `below`, which nobody has read from; on failure it stays the caller's. Only while ready().
  [[nodiscard]] Result<std::unique_ptr<Transport>> accept(std::unique_ptr<Transport>& below,
                                                          std::chrono::milliseconds handshake_timeout);

 private:
  friend class TlsTransport;

  EventLoop& loop_;
  BufferPool& buffers_;
  OnHandshake on_handshake_;
  std::shared_ptr<const TlsContext> context_;
};

}  // namespace citygate::proxy
