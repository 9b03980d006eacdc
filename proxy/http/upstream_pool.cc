#include "proxy/http/upstream_pool.h"

#include <algorithm>
#include <charconv>

namespace citygate::proxy {
namespace {

constexpr std::chrono::milliseconds kSweepEvery{1000};
constexpr std::size_t kSpare = 1024;

// Streams of this pool are all OriginConnections: it made them.
OriginConnection& connection_of(OriginStream& stream) { return static_cast<OriginConnection&>(stream); }

}  // namespace

struct UpstreamPool::Waiting {
  OnTurn on_turn;
  std::list<std::shared_ptr<Waiting>>::iterator place;
};

// One origin as the pool sees it.
struct OriginHost {
  UpstreamPool& pool;
  std::string_view key;         // of hosts_
  std::size_t connections = 0;  // places given away: in use, being dialled, idle
  UpstreamPool::IdleList<&UpstreamPool::Idle::of_host> idle{}, resting{};
  std::list<std::shared_ptr<UpstreamPool::Waiting>> waiting{};
  bool to_be_served = false;

  [[nodiscard]] auto& list_of(const UpstreamPool::Idle& one) { return one.owner ? resting : idle; }
};

OriginPlace::OriginPlace(OriginHost& host) : host_(&host) { ++host.connections; }

void OriginPlace::give_back() {
  OriginHost* host = std::exchange(host_, nullptr);
  if (!host) return;
  --host->connections;
  host->pool.left(*host);
}

template <UpstreamPool::Links UpstreamPool::Idle::* kLinks>
void UpstreamPool::IdleList<kLinks>::push(Idle& idle) {
  (idle.*kLinks) = {.newer = nullptr, .older = newest};
  (newest ? (newest->*kLinks).newer : oldest) = &idle;
  newest = &idle;
  ++size;
}

template <UpstreamPool::Links UpstreamPool::Idle::* kLinks>
void UpstreamPool::IdleList<kLinks>::remove(Idle& idle) {
  const Links links = idle.*kLinks;
  (links.newer ? (links.newer->*kLinks).older : newest) = links.older;
  (links.older ? (links.older->*kLinks).newer : oldest) = links.newer;
  --size;
}

UpstreamPool::UpstreamPool(EventLoop& loop, BulkPool& buffers, Counters& counters, Limits limits)
    : loop_(loop),
      buffers_(buffers),
      counters_(counters),
      limits_(limits),
      serve_timer_(loop,
                   [this] {
                     std::vector<OriginHost*> these;
                     these.swap(to_serve_);
                     for (OriginHost* host : these) serve(*host);
                   }),
      sweep_timer_(loop, [this] { sweep(); }) {}

UpstreamPool::~UpstreamPool() {
  // Places go back to hosts that must still be there.
  for (auto* list : {&by_age_, &resting_})
    while (list->newest) unlink(*list->newest).reset();
}

std::string_view UpstreamPool::key_of(std::string_view host, std::uint16_t port) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, port).ptr;
  key_.assign(host);
  key_.push_back(':');
  key_.append(digits, end);
  return key_;
}

OriginHost& UpstreamPool::host_of(std::string_view host, std::uint16_t port) {
  const std::string_view key = key_of(host, port);
  auto it = hosts_.find(key);
  if (it == hosts_.end()) {
    it = hosts_.emplace(std::string(key), nullptr).first;
    it->second = std::make_unique<OriginHost>(OriginHost{.pool = *this, .key = it->first});
  }
  return *it->second;
}

UpstreamPool::Turn UpstreamPool::take(std::string_view host_name, std::uint16_t port) {
  OriginHost& host = host_of(host_name, port);
  Turn turn;
  if (!host.waiting.empty()) return turn;  // nobody overtakes
  turn.stream = take_idle(host);
  if (!turn.stream) turn.place = take_place(host);
  return turn;
}

Result<Ticket> UpstreamPool::wait(std::string_view host_name, std::uint16_t port, OnTurn on_turn) {
  OriginHost& host = host_of(host_name, port);
  if (host.waiting.size() >= limits_.waiting_per_host)
    return fail(Error::Kind::TooLarge, "too many wait for a connection to " + std::string(host.key));
  counters_.origin_waits_total.add();
  const auto& waiting = host.waiting.emplace_back(std::make_shared<Waiting>(Waiting{std::move(on_turn), {}}));
  waiting->place = std::prev(host.waiting.end());
  return Ticket([host_here = &host, weak = std::weak_ptr(waiting)] {
    // Gone from the list: its turn has come, and the host may be forgotten.
    const auto still = weak.lock();
    if (!still || !still->on_turn) return;
    OriginHost& of = *host_here;
    of.waiting.erase(still->place);
    still->on_turn = nullptr;
    of.pool.left(of);
  });
}

std::unique_ptr<OriginStream> UpstreamPool::adopt(std::unique_ptr<Transport> transport, OriginPlace place) {
  counters_.origin_connects_total.add();
  return std::make_unique<OriginConnection>(std::move(transport), buffers_, limits_.parser, std::move(place));
}

void UpstreamPool::give_back(std::unique_ptr<OriginStream> stream) {
  OriginConnection& connection = connection_of(*stream);
  if (limits_.idle == 0 || !connection.place()) return discard(std::move(stream));
  OriginHost& host = connection.place().host();
  if (host.idle.size >= limits_.idle_per_host && host.waiting.empty()) return discard(std::move(stream));
  if (!come_to_rest(connection)) return discard(std::move(stream));
  if (by_age_.size >= limits_.idle) close(*by_age_.oldest);
  link(std::move(stream), nullptr);
}

void UpstreamPool::rest(std::unique_ptr<OriginStream> stream, Resting& as) {
  as.drop();
  OriginConnection& connection = connection_of(*stream);
  if (!connection.place() || !come_to_rest(connection)) return discard(std::move(stream));
  link(std::move(stream), &as);
}

void UpstreamPool::link(std::unique_ptr<OriginStream> stream, Resting* owner) {
  OriginHost& host = connection_of(*stream).place().host();
  if (spare_.empty()) spare_.push_back(std::make_unique<Idle>());
  Idle& idle = *spare_.back().release();
  spare_.pop_back();
  idle.pool = this;
  idle.host = &host;
  idle.owner = owner;
  if (owner) owner->idle_ = &idle;
  idle.since = loop_.now();
  stream->set_listener(&idle);
  idle.stream = std::move(stream);
  host.list_of(idle).push(idle);
  list_of(idle).push(idle);
  if (!host.waiting.empty()) serve_later(host);
  if (!sweep_timer_.armed()) sweep_timer_.arm(kSweepEvery);
  close_surplus();
}

OriginPlace UpstreamPool::discard_but_keep_place(std::unique_ptr<OriginStream> stream) {
  OriginPlace place = std::move(connection_of(*stream).place());
  discard(std::move(stream));
  return place;
}

bool UpstreamPool::come_to_rest(OriginConnection& connection) const {
  if (draining_ || !connection.reusable()) return false;
  connection.make_idle();
  // The origin's end may have come with the answer's last bytes; no edge would tell of it any more.
  return connection.still_quiet();
}

void UpstreamPool::discard(std::unique_ptr<OriginStream> stream) {
  if (!stream) return;
  stream->set_listener(nullptr);
  OriginConnection& connection = connection_of(*stream.release());
  connection.place().give_back();  // now: the pool may be gone when the connection is
  loop_.defer_delete(std::unique_ptr<Deferred>(&connection));
}

std::unique_ptr<OriginStream> UpstreamPool::take_idle(OriginHost& host) {
  if (!host.idle.newest) return nullptr;
  counters_.origin_reuses_total.add();
  return unlink(*host.idle.newest);
}

// A place of its own, or that of the connection that has rested longest for somebody who may sign in again.
OriginPlace UpstreamPool::take_place(OriginHost& host) {
  if (host.connections < limits_.connections_per_host) return OriginPlace(host);
  Idle* oldest = host.resting.oldest;
  if (!oldest || oldest->since > loop_.now() - limits_.rests_for) return {};
  return discard_but_keep_place(unlink(*oldest));
}

std::unique_ptr<OriginStream> UpstreamPool::unlink(Idle& idle) {
  idle.host->list_of(idle).remove(idle);
  list_of(idle).remove(idle);
  if (Resting* owner = std::exchange(idle.owner, nullptr)) owner->idle_ = nullptr;
  std::unique_ptr<OriginStream> stream = std::move(idle.stream);
  stream->set_listener(nullptr);
  std::unique_ptr<Idle> spare(&idle);
  if (spare_.size() < kSpare) spare_.push_back(std::move(spare));
  return stream;
}

void UpstreamPool::look(Idle& idle) {
  if (!connection_of(*idle.stream).still_quiet()) close(idle);
}

void UpstreamPool::left(OriginHost& host) {
  if (!host.waiting.empty()) return serve_later(host);
  forget_if_unused(host);
}

// Not at once: this may be running inside another exchange's end, and one could follow from the other without bound.
void UpstreamPool::serve_later(OriginHost& host) {
  if (std::exchange(host.to_be_served, true)) return;
  to_serve_.push_back(&host);
  serve_timer_.arm(std::chrono::milliseconds(0));
}

void UpstreamPool::serve(OriginHost& host) {
  while (!host.waiting.empty()) {
    Turn turn;
    turn.stream = take_idle(host);
    if (!turn.stream) turn.place = take_place(host);
    if (!turn) break;
    const std::shared_ptr<Waiting> first = std::move(host.waiting.front());
    host.waiting.pop_front();
    auto on_turn = std::exchange(first->on_turn, nullptr);
    on_turn(std::move(turn));
  }
  host.to_be_served = false;
  forget_if_unused(host);
}

void UpstreamPool::forget_if_unused(OriginHost& host) {
  if (host.connections > 0 || !host.waiting.empty() || host.to_be_served) return;
  hosts_.erase(hosts_.find(host.key));
}

void UpstreamPool::sweep() {
  const MonoTime too_old = loop_.now() - limits_.idle_for;
  for (auto* list : {&by_age_, &resting_})
    while (list->oldest && list->oldest->since <= too_old) close(*list->oldest);
  while (by_age_.size > limits_.idle) close(*by_age_.oldest);
  // One that rests may have done so long enough for who waits.
  for (const auto& [key, host] : hosts_)
    if (!host->waiting.empty() && host->resting.oldest) serve_later(*host);
  if (by_age_.oldest || resting_.oldest) sweep_timer_.arm(kSweepEvery);
}

void UpstreamPool::set_limits(const Limits& limits) {
  limits_ = limits;
  // There may be room now for who waits.
  for (const auto& [key, host] : hosts_)
    if (!host->waiting.empty()) serve_later(*host);
}

void UpstreamPool::leave_idle(std::size_t most) {
  most_idle_ = most;
  close_surplus();
}

// Those that serve anybody first: whose owner waits for one has signed in on it.
void UpstreamPool::close_surplus() {
  while (by_age_.size + resting_.size > most_idle_) close(by_age_.oldest ? *by_age_.oldest : *resting_.oldest);
}

void UpstreamPool::drain() {
  draining_ = true;
  close_idle();
}

void UpstreamPool::close_idle() {
  for (auto* list : {&by_age_, &resting_})
    while (list->newest) close(*list->newest);
}

}  // namespace citygate::proxy
