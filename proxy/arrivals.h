// arrivals.h - what stands between accept() and a client's first request: the header of a load balancer, and TLS.
//
//   accepted ─▶ PROXY header, where the listener says so ─▶ TLS, where it says so ─▶ on_arrived(transport, client)
//
// A header is believed only from an address of gateway.proxy_protocol_from. Whatever goes wrong (another address, no
// header, a damaged one, none within proxy.header_timeout) closes the connection: whoever went on would take the
// balancer for the client. Failures are counted, and logged at most once in ten seconds per kind. TLS shakes hands by
// itself inside its transport, after on_arrived.
//
// Owner     Worker. Thread: its loop.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "proxy/counters.h"
#include "proxy/limits/admission.h"
#include "proxy/listen_spec.h"
#include "proxy/net/buffer.h"
#include "proxy/net/event_loop.h"
#include "proxy/net/transport.h"
#include "proxy/proxy_config.h"
#include "proxy/tls/tls_transport.h"

namespace citygate::proxy {

class Arrivals {
 public:
  using OnArrived = std::function<void(std::unique_ptr<Transport> transport, const ListenSpec& spec,
                                       SocketAddress client, ClientClaim claim)>;

  // All borrowed. `on_changed` is called when waiting() has become less.
  Arrivals(EventLoop& loop, BufferPool& buffers, Counters& counters, OnArrived on_arrived,
           std::function<void()> on_changed);
  ~Arrivals();
  Arrivals(const Arrivals&) = delete;
  Arrivals& operator=(const Arrivals&) = delete;

  // From now on, for what is accepted from now on.
  void adopt(const ProxyConfig& config, std::shared_ptr<const TlsContext> tls);

  void take(std::unique_ptr<Transport> accepted, const ListenSpec& spec, ClientClaim claim);
  [[nodiscard]] std::size_t waiting() const { return headers_.size(); }  // for their header
  void close_waiting();

 private:
  class HeaderReader;
  struct SeldomLog {
    MonoTime last{};
    std::uint64_t left_out = 0;
  };

  void header_read(HeaderReader& reader, SocketAddress client);
  void header_refused(HeaderReader& reader, std::string_view why);
  void arrived(std::unique_ptr<Transport> transport, const ListenSpec& spec, SocketAddress client, ClientClaim claim);
  std::unique_ptr<HeaderReader> forget(HeaderReader& reader);
  void on_handshake(TlsAcceptor::Handshake end, std::string_view why);
  void warn(SeldomLog& log, std::string_view what, std::string_view why);

  EventLoop& loop_;
  Counters& counters_;
  OnArrived on_arrived_;
  std::function<void()> on_changed_;
  TlsAcceptor tls_;
  std::vector<Cidr> balancers_;
  std::chrono::milliseconds header_timeout_{};
  std::vector<std::unique_ptr<HeaderReader>> headers_;
  SeldomLog header_log_, handshake_log_;
};

}  // namespace citygate::proxy
