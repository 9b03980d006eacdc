#include "proxy/net/connector.h"

namespace citygate::proxy {

namespace {

// From connect() until the callback or the cancellation; held by its ticket, and by itself while a callback runs.
class Connecting : public std::enable_shared_from_this<Connecting> {
 public:
  Connecting(Dialer& dialer, std::uint16_t port, std::chrono::milliseconds deadline, Connector::Approve approve,
             Connector::OnConnected on_connected)
      : dialer_(dialer),
        port_(port),
        deadline_(deadline),
        approve_(std::move(approve)),
        on_connected_(std::move(on_connected)) {}

  void start(Resolver& resolver, std::string_view host) {
    Ticket lookup = resolver.resolve(host, [this](Result<std::shared_ptr<const Addresses>> found) {
      if (found)
        try_addresses(**found);
      else
        finish(std::unexpected(std::move(found).error()));
    });
    if (!over_) lookup_ = std::move(lookup);
  }
  void cancel() {
    over_ = true;
    lookup_ = {};
    dial_ = nullptr;
  }
  [[nodiscard]] bool over() const { return over_; }

 private:
  void try_addresses(const Addresses& found) {
    const auto self = shared_from_this();
    if (!approve_(found)) cancel();
    if (over_) return;
    if (!dial_)
      dial_ = dialer_.begin(port_, deadline_,
                            [this](Result<std::unique_ptr<Transport>> connected) { finish(std::move(connected)); });
    dial_->join(found.list, found.more ? More::Maybe : More::No);
  }
  void finish(Result<std::unique_ptr<Transport>> result) {
    const auto self = shared_from_this();
    cancel();
    on_connected_(std::move(result));
  }

  Dialer& dialer_;
  std::uint16_t port_;
  std::chrono::milliseconds deadline_;
  Connector::Approve approve_;
  Connector::OnConnected on_connected_;
  Ticket lookup_;
  std::unique_ptr<Dial> dial_;
  bool over_ = false;
};

}  // namespace

Ticket Connector::connect(std::string_view host, std::uint16_t port, std::chrono::milliseconds deadline,
                          Approve approve, OnConnected on_connected) {
  auto connecting = std::make_shared<Connecting>(dialer_, port, deadline, std::move(approve), std::move(on_connected));
  connecting->start(resolver_, host);
  if (connecting->over()) return {};
  return Ticket([connecting = std::move(connecting)] { connecting->cancel(); });
}

}  // namespace citygate::proxy
