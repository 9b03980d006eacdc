#include "proxy/net/resolver.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "proxy/net/address_order.h"
#include "proxy/net/answer_cache.h"
#include "proxy/net/dns_channel.h"
#include "proxy/net/host_index.h"

namespace citygate::proxy {

namespace {

constexpr std::chrono::seconds kLeastTtl{1}, kMostTtl{3600};
// How long the other family is waited for once one has answered (RFC 8305 section 3).
constexpr std::chrono::milliseconds kOtherFamily{50};

std::shared_ptr<const Addresses> literal(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  const auto ip = IpAddress::parse(host);
  return ip ? std::make_shared<const Addresses>(Addresses{.list = {*ip}}) : nullptr;
}

std::unexpected<Error> failure(std::string_view host, Error::Kind kind) {
  std::string context = "look up " + std::string(host) + ": ";
  switch (kind) {
    case Error::Kind::NotFound: context += "no such name, or no address"; break;
    case Error::Kind::Timeout: context += "no DNS server answered in time"; break;
    default: context += "no DNS server gave an answer";
  }
  return std::unexpected(Error{.kind = kind,
                               .side = Error::Side::Origin,
                               .retryable = kind != Error::Kind::NotFound,
                               .context = std::move(context)});
}

class DnsResolver;

// One name on its way, with all who wait for it. It goes on when they have left: the answer is worth keeping.
class Lookup final : public Deferred {
 public:
  // Shared with a ticket, which empties it to cancel.
  using Waiter = std::shared_ptr<Resolver::OnAnswer>;

  Lookup(DnsResolver& resolver, EventLoop& loop, std::string host);

  void start();
  void wait(Waiter waiter);
  [[nodiscard]] const std::string& host() const { return host_; }

 private:
  void on_reply(Family family, DnsReply reply);
  void on_deadline();
  [[nodiscard]] const std::optional<DnsReply>& reply_of(Family family) const {
    return replies_[static_cast<std::size_t>(family)];
  }
  [[nodiscard]] bool has(Family family) const {
    const auto& reply = reply_of(family);
    return reply && reply->status == DnsReply::Status::Addresses;
  }
  [[nodiscard]] DnsAnswer answer() const;
  // Tells those who wait, and keeps what it tells.
  void tell(const DnsAnswer& answer);

  DnsResolver& resolver_;
  std::string host_;
  std::vector<Waiter> waiters_;
  std::array<std::optional<DnsReply>, 2> replies_;  // by Family
  MonoTime expires_ = MonoTime::max();              // of the addresses that came so far
  Preferred preferred_ = Preferred::V4;
  Timer deadline_, other_family_;
};

class DnsResolver final : public Resolver {
 public:
  using Channels = std::array<std::unique_ptr<DnsChannel>, 2>;  // by Family

  DnsResolver(EventLoop& loop, const ResolverConfig& config, HostTable hosts, Channels channels)
      : loop_(loop),
        config_(config),
        hosts_(std::move(hosts)),
        cache_(config.cache_entries),
        channels_(std::move(channels)) {}
  // No reply comes once the channel is gone.
  ~DnsResolver() override {
    retired_.clear();
    channels_ = {};
  }

  [[nodiscard]] std::shared_ptr<const Addresses> cached(std::string_view host) override;
  [[nodiscard]] Ticket resolve(std::string_view host, OnAnswer on_answer) override;
  [[nodiscard]] Result<void> adopt(const ResolverConfig& config, HostTable hosts) override;

  [[nodiscard]] static Result<Channels> make_channels(EventLoop& loop, const ResolverConfig& config);
  [[nodiscard]] MonoTime now() const { return config_.now ? config_.now() : loop_.now(); }
  [[nodiscard]] const ResolverConfig& config() const { return config_; }
  DnsChannel& channel(Family family) { return *channels_[static_cast<std::size_t>(family)]; }
  AnswerCache& cache() { return cache_; }
  void end(Lookup& lookup);

 private:
  // What is known of `host` without asking anybody.
  [[nodiscard]] std::optional<DnsAnswer> at_hand(std::string_view host);

  EventLoop& loop_;
  ResolverConfig config_;
  HostIndex hosts_;
  AnswerCache cache_;
  std::unordered_map<std::string_view, std::unique_ptr<Lookup>> lookups_;  // views of Lookup::host()
  // One for each family: on a shared socket, sending one question swallows the error that another met where no server
  // listens, and c-ares waits for that one to time out.
  Channels channels_;
  std::vector<Channels> retired_;  // of earlier configurations, while look-ups are on their way
};

Lookup::Lookup(DnsResolver& resolver, EventLoop& loop, std::string host)
    : resolver_(resolver),
      host_(std::move(host)),
      deadline_(loop, [this] { on_deadline(); }),
      other_family_(loop, [this] { tell(answer()); }) {}

void Lookup::start() {
  for (const Family family : {Family::V6, Family::V4})
    resolver_.channel(family).ask(host_, family,
                                  [this, family](DnsReply reply) { on_reply(family, std::move(reply)); });
}

void Lookup::wait(Waiter waiter) {
  waiters_.push_back(std::move(waiter));
  if (!deadline_.armed()) deadline_.arm(resolver_.config().timeout);
}

void Lookup::on_reply(Family family, DnsReply reply) {
  if (reply.status == DnsReply::Status::Addresses) {
    expires_ = std::min(expires_, resolver_.now() + std::clamp(reply.ttl, kLeastTtl, kMostTtl));
    if (family == Family::V6) preferred_ = preferred_family(reply.list.front());
  }
  replies_[static_cast<std::size_t>(family)] = std::move(reply);
  if (replies_[0] && replies_[1]) {
    resolver_.end(*this);  // first: who asks again from within a callback starts anew
    return tell(answer());
  }
  // IPv6 alone is of no use where it has no route.
  if (has(Family::V4) || (has(Family::V6) && preferred_ == Preferred::V6)) other_family_.arm(kOtherFamily);
}

// The servers may still answer; then that is what the next one who asks will find.
void Lookup::on_deadline() {
  if (has(Family::V4) || has(Family::V6)) return tell(answer());
  tell({.addresses = nullptr, .failure = Error::Kind::Timeout});
}

DnsAnswer Lookup::answer() const {
  using Status = DnsReply::Status;
  if (has(Family::V4) || has(Family::V6)) {
    static const std::vector<IpAddress> none;
    const auto list = [this](Family family) -> const std::vector<IpAddress>& {
      return has(family) ? reply_of(family)->list : none;
    };
    return {.addresses = std::make_shared<const Addresses>(
                Addresses{.list = in_order(list(Family::V6), list(Family::V4), preferred_)})};
  }
  const auto any = [this](Status status) {
    return std::ranges::any_of(replies_, [status](const auto& reply) { return reply && reply->status == status; });
  };
  if (any(Status::NoSuchName)) return {.failure = Error::Kind::NotFound};
  if (any(Status::Broken)) return {.failure = Error::Kind::Refused};
  return {.failure = any(Status::Silent) ? Error::Kind::Timeout : Error::Kind::NotFound};
}

void Lookup::tell(const DnsAnswer& answer) {
  deadline_.cancel();
  other_family_.cancel();
  resolver_.cache().put(host_, answer, answer.addresses ? expires_ : resolver_.now() + resolver_.config().negative_ttl);
  std::vector<Waiter> waiters;
  waiters.swap(waiters_);
  for (const Waiter& waiter : waiters) {
    auto on_answer = std::exchange(*waiter, nullptr);  // its ticket may be dropped while it runs
    if (!on_answer) continue;
    if (answer.addresses)
      on_answer(answer.addresses);
    else
      on_answer(failure(host_, answer.failure));
  }
}

std::optional<DnsAnswer> DnsResolver::at_hand(std::string_view host) {
  if (auto listed = hosts_.find(host)) {
    if (listed->list.empty()) return DnsAnswer{.failure = Error::Kind::NotFound};
    return DnsAnswer{.addresses = std::move(listed)};
  }
  if (const DnsAnswer* known = cache_.find(host, now())) return *known;
  if (auto address = literal(host)) return DnsAnswer{.addresses = std::move(address)};
  return std::nullopt;
}

std::shared_ptr<const Addresses> DnsResolver::cached(std::string_view host) {
  CG_ON_LOOP(loop_);
  auto known = at_hand(host);
  return known ? std::move(known->addresses) : nullptr;
}

Ticket DnsResolver::resolve(std::string_view host, OnAnswer on_answer) {
  CG_ON_LOOP(loop_);
  if (auto known = at_hand(host)) {
    if (known->addresses)
      on_answer(std::move(known->addresses));
    else
      on_answer(failure(host, known->failure));
    return {};
  }
  auto found = lookups_.find(host);
  const bool is_new = found == lookups_.end();
  if (is_new) {
    auto made = std::make_unique<Lookup>(*this, loop_, std::string(host));
    const std::string_view name = made->host();
    found = lookups_.emplace(name, std::move(made)).first;
  }
  Lookup& lookup = *found->second;
  auto waiter = std::make_shared<OnAnswer>(std::move(on_answer));
  Ticket ticket([cancelled = std::weak_ptr(waiter)] {
    if (const auto still = cancelled.lock()) *still = nullptr;
  });
  lookup.wait(std::move(waiter));
  if (is_new) lookup.start();
  return ticket;
}

void DnsResolver::end(Lookup& lookup) {
  const auto found = lookups_.find(lookup.host());
  auto ended = std::move(found->second);
  lookups_.erase(found);
  loop_.defer_delete(std::move(ended));
  // Not here: this may be one of their replies.
  if (lookups_.empty() && !retired_.empty()) loop_.post([retired = std::move(retired_)] {});
}

Result<DnsResolver::Channels> DnsResolver::make_channels(EventLoop& loop, const ResolverConfig& config) {
  Channels channels;
  for (auto& each : channels) {
    CG_TRY(channel, DnsChannel::create(loop, config.servers, config.timeout));
    each = std::move(channel);
  }
  return channels;
}

Result<void> DnsResolver::adopt(const ResolverConfig& config, HostTable hosts) {
  CG_ON_LOOP(loop_);
  const bool other_servers = config.servers != config_.servers;
  if (other_servers || config.timeout != config_.timeout) {
    CG_TRY(channels, make_channels(loop_, config));
    if (!lookups_.empty()) retired_.push_back(std::move(channels_));
    channels_ = std::move(channels);
  }
  if (other_servers) cache_.clear();
  auto now = std::move(config_.now);
  config_ = config;
  config_.now = std::move(now);
  cache_.set_limit(config_.cache_entries);
  hosts_ = HostIndex(std::move(hosts));
  return {};
}

}  // namespace

Result<std::unique_ptr<Resolver>> Resolver::create(EventLoop& loop, const ResolverConfig& config, HostTable hosts) {
  CG_TRY(channels, DnsResolver::make_channels(loop, config));
  return std::make_unique<DnsResolver>(loop, config, std::move(hosts), std::move(channels));
}

}  // namespace citygate::proxy
