#include "proxy/arrivals.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"
#include "proxy/net/proxy_protocol.h"

namespace citygate::proxy {
namespace {

constexpr std::chrono::seconds kLogInterval{10};

}  // namespace

// Reads the header, and not a byte behind it: the next one belongs to the client, or to its TLS.
class Arrivals::HeaderReader final : public Transport::Handler, public Deferred {
 public:
  HeaderReader(Arrivals& arrivals, std::unique_ptr<Transport> transport, const ListenSpec& spec)
      : arrivals_(arrivals),
        transport_(std::move(transport)),
        spec_(spec),
        timer_(arrivals.loop_, [this] { refuse("it did not come in time"); }) {}
  ~HeaderReader() override {
    if (transport_) transport_->set_handler(nullptr);
  }

  void start(std::chrono::milliseconds timeout) {
    timer_.arm(timeout);
    transport_->set_handler(this);
  }

  std::unique_ptr<Transport> release_transport() {
    timer_.cancel();
    transport_->set_handler(nullptr);
    return std::move(transport_);
  }
  [[nodiscard]] const ListenSpec& spec() const { return spec_; }
  [[nodiscard]] SocketAddress balancer() const { return transport_->peer(); }

  std::size_t place = 0;  // in Arrivals::headers_

 private:
  void on_readable() override {
    while (!over_) {
      const auto read = read_proxy_header(bytes_);
      if (!read) return refuse(read.error().context);
      if (*read) {
        over_ = true;
        const ProxyHeader& header = (*read)->header;
        return arrivals_.header_read(*this, header.endpoints ? header.endpoints->source : transport_->peer());
      }
      const std::size_t before = bytes_.size();
      bytes_.resize(before + proxy_header_lacks(bytes_));
      const IoResult result = transport_->read(std::span(bytes_).subspan(before));
      bytes_.resize(before + result.bytes);
      if (result.kind == IoResult::Kind::WouldBlock) return;
      if (result.kind != IoResult::Kind::Ok) return refuse("the connection ended before it");
    }
  }
  void on_writable() override {}

  void refuse(std::string_view why) {
    if (std::exchange(over_, true)) return;
    arrivals_.header_refused(*this, why);
  }

  Arrivals& arrivals_;
  std::unique_ptr<Transport> transport_;
  ListenSpec spec_;
  Timer timer_;
  std::string bytes_;  // at most ProxyHeader::kMaxBytes
  bool over_ = false;
};

Arrivals::Arrivals(EventLoop& loop, BufferPool& buffers, Counters& counters, OnArrived on_arrived,
                   std::function<void()> on_changed)
    : loop_(loop),
      counters_(counters),
      on_arrived_(std::move(on_arrived)),
      on_changed_(std::move(on_changed)),
      tls_(loop, buffers, [this](TlsAcceptor::Handshake end, std::string_view why) { on_handshake(end, why); }) {}

Arrivals::~Arrivals() = default;

void Arrivals::adopt(const ProxyConfig& config, std::shared_ptr<const TlsContext> tls) {
  balancers_.clear();
  for (const auto& text : config.proxy_protocol_from)
    if (const auto range = Cidr::parse(text)) balancers_.push_back(*range);  // the configuration was checked
  header_timeout_ = config.header_timeout;
  tls_.use(std::move(tls));
}

void Arrivals::take(std::unique_ptr<Transport> accepted, const ListenSpec& spec, ClientClaim claim) {
  const SocketAddress peer = accepted->peer();
  if (!spec.proxy_protocol) return arrived(std::move(accepted), spec, peer, std::move(claim));
  if (!std::ranges::any_of(balancers_, [&](const Cidr& range) { return range.contains(peer.ip); })) {
    counters_.proxy_headers_refused_total.add();
    return warn(header_log_, "a connection to the proxy-protocol listener was refused",
                fmt::format("{} is not in gateway.proxy_protocol_from", peer.ip.to_string()));
  }
  headers_.push_back(std::make_unique<HeaderReader>(*this, std::move(accepted), spec));
  headers_.back()->place = headers_.size() - 1;
  headers_.back()->start(header_timeout_);
}

void Arrivals::close_waiting() {
  for (auto& reader : headers_) loop_.defer_delete(std::move(reader));
  headers_.clear();
}

std::unique_ptr<Arrivals::HeaderReader> Arrivals::forget(HeaderReader& reader) {
  auto out = std::move(headers_[reader.place]);
  if (reader.place + 1 != headers_.size()) {
    headers_[reader.place] = std::move(headers_.back());
    headers_[reader.place]->place = reader.place;
  }
  headers_.pop_back();
  return out;
}

void Arrivals::header_read(HeaderReader& reader, SocketAddress client) {
  counters_.proxy_headers_total.add();
  auto transport = reader.release_transport();
  auto done = forget(reader);                               // first: what has arrived waits no more
  arrived(std::move(transport), done->spec(), client, {});  // whose connection it is was not known before
  loop_.defer_delete(std::move(done));
  on_changed_();
}

void Arrivals::header_refused(HeaderReader& reader, std::string_view why) {
  counters_.proxy_headers_refused_total.add();
  warn(header_log_, fmt::format("a connection from the load balancer {} was refused", reader.balancer().ip.to_string()),
       why);
  loop_.defer_delete(forget(reader));
  on_changed_();
}

void Arrivals::arrived(std::unique_ptr<Transport> transport, const ListenSpec& spec, SocketAddress client,
                       ClientClaim claim) {
  if (spec.tls) {
    // A listener that says tls without a certificate does not start; in the clear it never serves.
    if (!tls_.ready()) {
      close_later(loop_, std::move(transport));
      return warn(handshake_log_, "a TLS connection was refused", "there is no certificate");
    }
    auto wrapped = tls_.accept(transport, header_timeout_);
    if (!wrapped) {
      close_later(loop_, std::move(transport));
      return warn(handshake_log_, "a TLS connection was refused", wrapped.error().context);
    }
    transport = std::move(*wrapped);
  }
  on_arrived_(std::move(transport), spec, client, std::move(claim));
}

void Arrivals::on_handshake(TlsAcceptor::Handshake end, std::string_view why) {
  switch (end) {
    case TlsAcceptor::Handshake::Full: return counters_.tls_full_handshakes_total.add();
    case TlsAcceptor::Handshake::Resumed: return counters_.tls_resumed_handshakes_total.add();
    case TlsAcceptor::Handshake::Failed:
      counters_.tls_failed_handshakes_total.add();
      return warn(handshake_log_, "a TLS handshake failed", why);
  }
}

void Arrivals::warn(SeldomLog& log, std::string_view what, std::string_view why) {
  const MonoTime now = loop_.now();
  if (log.last != MonoTime{} && now - log.last < kLogInterval) {
    ++log.left_out;
    return;
  }
  log.last = now;
  const auto left_out = std::exchange(log.left_out, 0);
  log::warning("{}: {}{}", what, why, left_out > 0 ? fmt::format(" (and {} more like it before)", left_out) : "");
}

}  // namespace citygate::proxy
