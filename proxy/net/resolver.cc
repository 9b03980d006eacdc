#include "proxy/net/resolver.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "base/log.h"
#include "proxy/net/address_order.h"
#include "proxy/net/answer_cache.h"
#include "proxy/net/dns_channel.h"
#include "proxy/net/host_index.h"

namespace citygate::proxy {

namespace {

constexpr std::chrono::seconds kLeastTtl{1}, kMostTtl{3600}, kFailureTtl{5};
// How long IPv4 waits for IPv6 (RFC 8305 section 3).
constexpr std::chrono::milliseconds kResolutionDelay{50};

// Tells one state of a file from another; all zero where there is none.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t changed_ns = 0;
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

FileStamp stamp_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec};
}

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
  // Shared with a ticket, which cancels.
  struct Waiter {
    Resolver::OnAnswer on_answer;
    bool cancelled = false;
  };

  Lookup(DnsResolver& resolver, EventLoop& loop, std::string host);

  void start();
  void wait(std::shared_ptr<Waiter> waiter);
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
  // No server has told of this family, neither addresses nor that there are none.
  [[nodiscard]] bool untold(Family family) const {
    using Status = DnsReply::Status;
    const auto& reply = reply_of(family);
    return !reply || reply->status == Status::Silent || reply->status == Status::Broken;
  }
  [[nodiscard]] Addresses addresses() const;
  [[nodiscard]] DnsAnswer answer() const;
  // The last word: tells those who wait, and keeps what it tells.
  void tell(const DnsAnswer& answer);
  void tell_part();
  void tell_part_to(Waiter& waiter);

  DnsResolver& resolver_;
  std::string host_;
  unsigned generation_;  // of the servers that are asked
  std::vector<std::shared_ptr<Waiter>> waiters_;
  std::array<std::optional<DnsReply>, 2> replies_;  // by Family
  MonoTime expires_ = MonoTime::max();              // of what came so far
  Preferred preferred_ = Preferred::V4;
  std::shared_ptr<const Addresses> part_;  // one family's, while the other is on its way
  Timer deadline_, resolution_delay_;
};

class DnsResolver final : public Resolver {
 public:
  using Channels = std::array<std::unique_ptr<DnsChannel>, 2>;  // by Family

  DnsResolver(EventLoop& loop, HostTable hosts)
      : loop_(loop), hosts_(std::move(hosts)), cache_(0), check_timer_(loop, [this] { check_resolv_conf(); }) {}
  // No reply comes once the channels are gone.
  ~DnsResolver() override {
    channels_ = {};
    retired_.clear();
  }

  [[nodiscard]] Result<void> start(const ResolverConfig& config);
  [[nodiscard]] Result<void> adopt(const ResolverConfig& config, HostTable hosts) override;
  [[nodiscard]] std::shared_ptr<const Addresses> cached(std::string_view host) override;
  [[nodiscard]] Ticket resolve(std::string_view host, OnAnswer on_answer) override;

  [[nodiscard]] MonoTime now() const { return config_.now ? config_.now() : loop_.now(); }
  [[nodiscard]] const ResolverConfig& config() const { return config_; }
  DnsChannel& channel(Family family) { return *channels_[static_cast<std::size_t>(family)]; }
  [[nodiscard]] unsigned generation() const { return generation_; }
  AnswerCache& cache() { return cache_; }
  void end(Lookup& lookup);

 private:
  [[nodiscard]] Result<Channels> open_channels(const ResolverConfig& config);
  // New questions go to `channels`; the old ones are kept until what they were asked is answered.
  void replace_channels(Channels channels);
  void drop_retired() {
    std::erase_if(retired_, [](const Channels& old) { return old[0]->unanswered() + old[1]->unanswered() == 0; });
  }
  void check_resolv_conf();
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
  std::vector<Channels> retired_;
  unsigned generation_ = 0;  // counts changes of servers
  FileStamp resolv_conf_{};
  Timer check_timer_;
};

Lookup::Lookup(DnsResolver& resolver, EventLoop& loop, std::string host)
    : resolver_(resolver),
      host_(std::move(host)),
      generation_(resolver.generation()),
      deadline_(loop, [this] { on_deadline(); }),
      resolution_delay_(loop, [this] { tell_part(); }) {}

void Lookup::start() {
  for (const Family family : {Family::V6, Family::V4})
    resolver_.channel(family).ask(host_, family,
                                  [this, family](DnsReply reply) { on_reply(family, std::move(reply)); });
}

void Lookup::wait(std::shared_ptr<Waiter> waiter) {
  waiters_.push_back(waiter);
  if (!deadline_.armed()) deadline_.arm(resolver_.config().timeout);
  if (part_) tell_part_to(*waiter);
}

void Lookup::on_reply(Family family, DnsReply reply) {
  if (reply.status == DnsReply::Status::Addresses) {
    expires_ = std::min(expires_, resolver_.now() + std::clamp(reply.ttl, kLeastTtl, kMostTtl));
    if (family == Family::V6) preferred_ = preferred_family(reply.list.front());
  } else if (reply.negative_ttl) {
    // A family that is missing today may be there when the zone says so.
    const std::chrono::milliseconds keep = std::max(*reply.negative_ttl, kLeastTtl);
    expires_ = std::min(expires_, resolver_.now() + std::min(keep, resolver_.config().negative_ttl));
  }
  replies_[static_cast<std::size_t>(family)] = std::move(reply);
  if (replies_[0] && replies_[1]) {
    resolver_.end(*this);  // first: who asks again from within a callback starts anew
    return tell(answer());
  }
  if (!has(family)) return;
  // IPv6 is what connecting begins with, where there is a route to it; IPv4 gives it some time to come.
  if (family == Family::V6 && preferred_ == Preferred::V6) return tell_part();
  if (family == Family::V4) resolution_delay_.arm(kResolutionDelay);
}

// The servers may still answer; then that is what the next one who asks will find.
void Lookup::on_deadline() {
  if (has(Family::V4) || has(Family::V6)) return tell(answer());
  tell({.addresses = nullptr, .failure = Error::Kind::Timeout});
}

Addresses Lookup::addresses() const {
  static const std::vector<IpAddress> none;
  const auto list = [this](Family family) -> const std::vector<IpAddress>& {
    return has(family) ? reply_of(family)->list : none;
  };
  return {.list = in_order(list(Family::V6), list(Family::V4), preferred_)};
}

DnsAnswer Lookup::answer() const {
  using Status = DnsReply::Status;
  if (has(Family::V4) || has(Family::V6)) return {.addresses = std::make_shared<const Addresses>(addresses())};
  const auto any = [this](Status status) {
    return std::ranges::any_of(replies_, [status](const auto& reply) { return reply && reply->status == status; });
  };
  if (any(Status::NoSuchName)) return {.failure = Error::Kind::NotFound};
  if (any(Status::Broken)) return {.failure = Error::Kind::Refused};
  return {.failure = any(Status::Silent) ? Error::Kind::Timeout : Error::Kind::NotFound};
}

void Lookup::tell_part() {
  Addresses part = addresses();
  part.more = true;
  part_ = std::make_shared<const Addresses>(std::move(part));
  // Who asks from within a callback joins `waiters_`, and is told by wait().
  const auto waiters = waiters_;
  for (const auto& waiter : waiters) tell_part_to(*waiter);
}

void Lookup::tell_part_to(Waiter& waiter) {
  if (waiter.cancelled || !waiter.on_answer) return;
  auto on_answer = std::exchange(waiter.on_answer, nullptr);  // its ticket may be dropped while it runs
  on_answer(part_);
  if (!waiter.cancelled) waiter.on_answer = std::move(on_answer);
}

void Lookup::tell(const DnsAnswer& answer) {
  deadline_.cancel();
  resolution_delay_.cancel();
  part_ = nullptr;
  const ResolverConfig& config = resolver_.config();
  const bool has_term = expires_ != MonoTime::max() && (answer.addresses || answer.failure == Error::Kind::NotFound);
  const MonoTime soon = resolver_.now() + std::min<std::chrono::milliseconds>(kFailureTtl, config.negative_ttl);
  MonoTime expires = has_term ? expires_ : soon;
  // The family that is there may be the one that leads nowhere: it does not stand alone for an hour.
  if (answer.addresses && (untold(Family::V4) || untold(Family::V6))) expires = std::min(expires, soon);
  if (generation_ == resolver_.generation()) resolver_.cache().put(host_, answer, expires);
  std::vector<std::shared_ptr<Waiter>> waiters;
  waiters.swap(waiters_);
  for (const auto& waiter : waiters) {
    auto on_answer = std::exchange(waiter->on_answer, nullptr);
    if (waiter->cancelled || !on_answer) continue;
    if (answer.addresses)
      on_answer(answer.addresses);
    else
      on_answer(failure(host_, answer.failure));
  }
}

Result<void> DnsResolver::start(const ResolverConfig& config) {
  // The stamp first: what changes while the file is being read is found at the next check.
  const FileStamp stamp = stamp_of(config.resolv_conf);
  CG_TRY(channels, open_channels(config));
  replace_channels(std::move(channels));
  config_ = config;
  resolv_conf_ = stamp;
  cache_.set_limit(config.cache_entries);
  check_timer_.cancel();
  if (config.servers.empty()) check_timer_.arm(config.resolv_conf_check);
  return {};
}

Result<void> DnsResolver::adopt(const ResolverConfig& config, HostTable hosts) {
  CG_ON_LOOP(loop_);
  ResolverConfig next = config;
  if (!next.now) next.now = config_.now;
  const bool same_servers = next.servers == config_.servers && next.resolv_conf == config_.resolv_conf &&
                            next.port == config_.port && next.timeout == config_.timeout;
  if (same_servers) {
    config_ = std::move(next);
    cache_.set_limit(config_.cache_entries);
  } else {
    CG_TRY_VOID(start(next));
  }
  hosts_ = HostIndex(std::move(hosts));
  return {};
}

Result<DnsResolver::Channels> DnsResolver::open_channels(const ResolverConfig& config) {
  Channels channels;
  for (auto& each : channels) {
    CG_TRY(channel, DnsChannel::create(loop_, {config.servers, config.resolv_conf, config.port, config.timeout}));
    each = std::move(channel);
  }
  return channels;
}

void DnsResolver::replace_channels(Channels channels) {
  drop_retired();
  if (channels_[0]) retired_.push_back(std::move(channels_));
  channels_ = std::move(channels);
  ++generation_;
  cache_.clear();  // other servers may see another world
}

// A stat() of a file that is always in the kernel's cache; it is read only when it has changed.
void DnsResolver::check_resolv_conf() {
  check_timer_.arm(config_.resolv_conf_check);
  drop_retired();
  const FileStamp stamp = stamp_of(config_.resolv_conf);
  // While the file is missing, someone is replacing it; c-ares would go over to 127.0.0.1.
  if (stamp == resolv_conf_ || stamp == FileStamp{}) return;
  resolv_conf_ = stamp;
  auto channels = open_channels(config_);
  if (!channels)
    return log::warning("{} has changed and is not taken up: {}", config_.resolv_conf, channels.error().context);
  replace_channels(std::move(*channels));
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
  if (is_new && lookups_.size() >= config_.lookups) {
    // Else whoever makes up names while servers are silent would have memory and c-ares's question numbers run out.
    on_answer(fail(Error::Kind::TooLarge, "look up " + std::string(host) + ": too many names are being looked up"));
    return {};
  }
  if (is_new) {
    auto made = std::make_unique<Lookup>(*this, loop_, std::string(host));
    const std::string_view name = made->host();
    found = lookups_.emplace(name, std::move(made)).first;
  }
  Lookup& lookup = *found->second;
  auto waiter = std::make_shared<Lookup::Waiter>(Lookup::Waiter{.on_answer = std::move(on_answer)});
  Ticket ticket([of = std::weak_ptr(waiter)] {
    if (const auto still = of.lock()) {
      still->cancelled = true;
      still->on_answer = nullptr;
    }
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
}

}  // namespace

Result<std::unique_ptr<Resolver>> Resolver::create(EventLoop& loop, const ResolverConfig& config, HostTable hosts) {
  auto resolver = std::make_unique<DnsResolver>(loop, std::move(hosts));
  CG_TRY_VOID(resolver->start(config));
  return std::unique_ptr<Resolver>(std::move(resolver));
}

}  // namespace citygate::proxy
