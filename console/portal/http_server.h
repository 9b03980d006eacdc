// http_server.h - HTTPS on connections that are handed in: parses requests, asks the handler, writes its answers.
//
//   add(socket, client) ─▶ one of `threads` ─▶ TLS ─▶ head, form ─▶ handler ─▶ answer
//
// It does not listen: who accepts connections also knows whose they are (door.h). The library, libmicrohttpd, stays in
// here; its daemons are started anew for a new certificate, and those before end with their last connection.
// Owner     Portal. Thread: add(), renew(), look_after(), stop() one at a time; the handler is called on the server's
//           threads, and may answer from any.
// Bounds    kConnections in all and kPerAddress of one client; heads of 24 KiB with all that is kept of them, bodies of
//           kBodyBytes. A connection that is silent for kSilence, or does not get a request finished within kPatience,
//           is closed.
// Errors    start, renew: Malformed where the library does not take the certificate.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/file.h"
#include "base/result.h"
#include "console/portal/http_message.h"

namespace citygate::console {

struct Certificate {
  std::string certificate, key;  // PEM texts that belong together
};

class HttpServer {
 public:
  static constexpr unsigned kConnections = 1'024, kPerAddress = 32;
  static constexpr std::size_t kBodyBytes = 32 * 1'024;
  static constexpr std::chrono::seconds kSilence{30}, kPatience{60};

  [[nodiscard]] static Result<std::unique_ptr<HttpServer>> start(unsigned threads, const Certificate& certificate,
                                                                 HttpHandler handler);
  virtual ~HttpServer() = default;  // stops
  // Closed at once where the client, or the server, has as many as may be.
  virtual void add(UniqueFd socket, const SocketAddress& client) = 0;
  // Connections to come are shown this one.
  [[nodiscard]] virtual Result<void> renew(const Certificate& certificate) = 0;
  virtual void look_after() = 0;  // once a second or so: ends what has taken too long
  // Answers what waits for an answer with 503, and closes all.
  virtual void stop() = 0;
  [[nodiscard]] virtual std::size_t open() const = 0;
  [[nodiscard]] virtual std::uint64_t turned_away() const = 0;  // connections beyond the bounds
};

}  // namespace citygate::console
