#include "proxy/http/upstream_pool.h"

#include <algorithm>
#include <charconv>

namespace citygate::proxy {
namespace {

constexpr std::chrono::milliseconds kSweepEvery{1000};

// Streams of this pool are all OriginConnections: it made them.
OriginConnection& connection_of(OriginStream& stream) { return static_cast<OriginConnection&>(stream); }

}  // namespace

UpstreamPool::UpstreamPool(EventLoop& loop, BulkPool& buffers, Counters& counters, Limits limits)
    : loop_(loop), buffers_(buffers), counters_(counters), limits_(limits), sweep_timer_(loop, [this] { sweep(); }) {}

UpstreamPool::~UpstreamPool() = default;

std::string_view UpstreamPool::key_of(std::string_view host, std::uint16_t port) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, port).ptr;
  key_.assign(host);
  key_.push_back(':');
  key_.append(digits, end);
  return key_;
}

std::unique_ptr<OriginStream> UpstreamPool::take(std::string_view host, std::uint16_t port) {
  auto it = idle_.find(key_of(host, port));
  if (it == idle_.end() || it->second.empty()) return nullptr;
  std::unique_ptr<Idle> idle = std::move(it->second.back());
  it->second.pop_back();
  std::unique_ptr<OriginStream> stream = std::move(idle->stream);
  stream->set_listener(nullptr);
  spare_.push_back(std::move(idle));
  counters_.origin_reuses_total.add();
  return stream;
}

std::unique_ptr<OriginStream> UpstreamPool::adopt(std::unique_ptr<Transport> transport) {
  counters_.origin_connects_total.add();
  return std::make_unique<OriginConnection>(std::move(transport), buffers_, limits_.parser);
}

void UpstreamPool::give_back(std::string_view host, std::uint16_t port, std::unique_ptr<OriginStream> stream) {
  OriginConnection& connection = connection_of(*stream);
  if (draining_ || !connection.reusable()) return discard(std::move(stream));
  const std::string_view key = key_of(host, port);
  auto it = idle_.find(key);
  if (it == idle_.end()) it = idle_.emplace(std::string(key), IdleList{}).first;
  if (it->second.size() >= limits_.idle_per_origin) return discard(std::move(stream));
  connection.make_idle();
  // The origin's end may have come with the answer's last bytes; no edge would tell of it any more.
  if (!connection.still_quiet()) return discard(std::move(stream));
  std::unique_ptr<Idle> idle;
  if (spare_.empty()) {
    idle = std::make_unique<Idle>();
  } else {
    idle = std::move(spare_.back());
    spare_.pop_back();
  }
  idle->pool = this;
  idle->key = const_cast<std::string*>(&it->first);
  idle->since = loop_.now();
  stream->set_listener(idle.get());
  idle->stream = std::move(stream);
  it->second.push_back(std::move(idle));
  if (!sweep_timer_.armed()) sweep_timer_.arm(kSweepEvery);
}

void UpstreamPool::discard(std::unique_ptr<OriginStream> stream) {
  if (!stream) return;
  stream->set_listener(nullptr);
  loop_.defer_delete(std::unique_ptr<Deferred>(&connection_of(*stream.release())));
}

void UpstreamPool::look(Idle& idle) {
  if (!connection_of(*idle.stream).still_quiet()) drop(idle);
}

void UpstreamPool::drop(Idle& idle) {
  auto list = idle_.find(*idle.key);
  if (list == idle_.end()) return;
  auto it = std::ranges::find(list->second, &idle, &std::unique_ptr<Idle>::get);
  if (it == list->second.end()) return;
  discard(std::move(idle.stream));
  std::unique_ptr<Idle> spare = std::move(*it);
  list->second.erase(it);
  spare_.push_back(std::move(spare));
}

void UpstreamPool::sweep() {
  const MonoTime oldest = loop_.now() - limits_.idle_for;
  for (auto it = idle_.begin(); it != idle_.end();) {
    IdleList& list = it->second;
    while (!list.empty() && list.front()->since <= oldest) {
      discard(std::move(list.front()->stream));
      spare_.push_back(std::move(list.front()));
      list.pop_front();
    }
    it = list.empty() ? idle_.erase(it) : std::next(it);
  }
  if (spare_.size() > 1024) spare_.resize(1024);
  if (!idle_.empty()) sweep_timer_.arm(kSweepEvery);
}

void UpstreamPool::drain() {
  draining_ = true;
  for (auto& [key, list] : idle_)
    for (auto& idle : list) discard(std::move(idle->stream));
  idle_.clear();
}

}  // namespace citygate::proxy
