#include "proxy/limits/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace citygate::proxy {
namespace {

// What runs ends some time: nobody knows when.
constexpr std::chrono::seconds kComeBack{5};

Limited too_soon(std::chrono::nanoseconds wait) {
  return {Reason::TooManyRequests, 429,
          std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds(1))};
}

}  // namespace

ClientClaim::ClientClaim(ClientClaim&& other) noexcept
    : address_(std::move(other.address_)),
      person_(std::move(other.person_)),
      who_(other.who_),
      tracking_(std::exchange(other.tracking_, Tracking::None)),
      person_connected_(std::exchange(other.person_connected_, false)),
      seen_(other.seen_),
      seen_at_(other.seen_at_) {
  CG_ASSERT(!other.address_running_ && !other.person_running_);
}

void ClientClaim::end() {
  if (address_running_) address_.remove_running();
  if (person_running_) person_.remove_running();
  address_running_ = person_running_ = false;
}

void ClientClaim::release() {
  end();
  if (address_) address_.remove_connection();
  address_.reset();
  leave_person();
}

void ClientClaim::leave_person() {
  if (person_connected_) person_.remove_connection();
  person_connected_ = false;
  person_.reset();
}

Result<std::vector<Cidr>> read_ranges(const TextList& texts) {
  std::vector<Cidr> out;
  for (const auto& text : texts) {
    const auto range = Cidr::parse(text);
    if (!range)
      return fail(Error::Kind::Malformed,
                  fmt::format("'{}' is no address or range; write 192.0.2.1, 10.0.0.0/8 or 2001:db8::/32, with no bit "
                              "set behind the prefix",
                              text));
    out.push_back(*range);
  }
  return out;
}

Admission::Admission(ClientTables& tables, const LimitsConfig& config, Counters& counters)
    : tables_(tables), counters_(counters) {
  adopt(config);
}

void Admission::adopt(const LimitsConfig& config) {
  config_ = config;
  auto ranges = read_ranges(config.exempt);
  CG_CHECK(ranges.has_value());
  exempt_ = *std::move(ranges);
  address_rate_ = BucketRate::per_second(config.request_rate_per_address, config.request_burst);
  person_rate_ = BucketRate::per_second(config.request_rate_per_person, config.request_burst);
}

std::optional<Limited> Admission::connect(ClientClaim& claim, const IpAddress& client, MonoTime now) {
  CG_ASSERT(claim.tracking_ == ClientClaim::Tracking::None);
  using Tracking = ClientClaim::Tracking;
  if (std::ranges::any_of(exempt_, [&client](const Cidr& range) { return range.contains(client); })) {
    claim.tracking_ = Tracking::Exempt;
    return std::nullopt;
  }
  claim.address_ = tables_.addresses.acquire(client, static_cast<unsigned>(config_.ipv6_prefix), now);
  if (!claim.address_) {
    claim.tracking_ = Tracking::Untracked;
    counters_.untracked_clients_total.add();
    return std::nullopt;
  }
  if (claim.address_.add_connection(config_.connections_per_address)) {
    claim.tracking_ = Tracking::Counted;
    return std::nullopt;
  }
  claim.address_.reset();
  counters_.limited_connections_total.add();
  return Limited{Reason::TooManyConnections, 429, kComeBack};
}

std::optional<Limited> Admission::begin(ClientClaim& claim, MonoTime now) {
  claim.end();
  if (!claim.address_) return std::nullopt;
  if (!claim.address_.add_running(config_.requests_per_address)) {
    counters_.limited_requests_total.add();
    return Limited{Reason::TooManyRequests, 429, kComeBack};
  }
  claim.address_running_ = true;
  if (const auto wait = claim.address_.take_token(address_rate_, now); wait.count() > 0) {
    counters_.limited_requests_total.add();
    return too_soon(wait);
  }
  return std::nullopt;
}

std::optional<Limited> Admission::begin_for(ClientClaim& claim, const policy::Subject& subject, MonoTime now) {
  using Tracking = ClientClaim::Tracking;
  if (!subject.person) {
    if (claim.tracking_ != Tracking::Untracked) return std::nullopt;
    counters_.overload_refusals_total.add();
    return Limited{Reason::Overloaded, 503, kComeBack};
  }
  // Who is known by an exempt address is that address.
  if (claim.tracking_ == Tracking::Exempt && subject.identity == IdentityMethod::Address) return std::nullopt;
  CG_ASSERT(!claim.person_running_);
  if (claim.who_ != subject.person || !claim.person_) {
    claim.leave_person();
    claim.person_ = tables_.people.acquire(subject.person, now);
    claim.who_ = subject.person;
    if (!claim.person_) {
      counters_.untracked_clients_total.add();
      return std::nullopt;
    }
  }
  if (!claim.person_connected_) {
    if (!claim.person_.add_connection(config_.connections_per_person)) {
      counters_.limited_connections_total.add();
      return Limited{Reason::TooManyConnections, 429, kComeBack};
    }
    claim.person_connected_ = true;
  }
  if (!claim.person_.add_running(config_.requests_per_person)) {
    counters_.limited_requests_total.add();
    return Limited{Reason::TooManyRequests, 429, kComeBack};
  }
  claim.person_running_ = true;
  if (const auto wait = claim.person_.take_token(person_rate_, now); wait.count() > 0) {
    counters_.limited_requests_total.add();
    return too_soon(wait);
  }
  return std::nullopt;
}

bool Admission::arrives_elsewhere(ClientClaim& claim, const policy::Subject& subject, const IpAddress& client,
                                  WallTime now, std::chrono::milliseconds window) {
  if (!subject.person || subject.kind == policy::Subject::Kind::Device) return false;
  if (subject.identity != IdentityMethod::Basic && subject.identity != IdentityMethod::Portal) return false;
  if (claim.exempt() || window.count() == 0) return false;
  // Often enough to be taken for active all the time.
  constexpr int kTellingsInWindow = 16;
  const auto since = now - claim.seen_at_;
  if (claim.seen_ == subject.person && since >= since.zero() && since < window / kTellingsInWindow) return false;
  claim.seen_ = subject.person;
  claim.seen_at_ = now;
  return tables_.whereabouts.arrives(subject.person, client, static_cast<unsigned>(config_.ipv6_prefix), now, window);
}

}  // namespace citygate::proxy
