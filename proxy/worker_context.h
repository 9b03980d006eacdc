// worker_context.h - what a worker lends to its connections, exchanges and tunnels. All of it outlives them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/name_source.h"
#include "proxy/counters.h"
#include "proxy/desk.h"
#include "proxy/identity/authenticator.h"
#include "proxy/limits/admission.h"
#include "proxy/limits/refusal_tally.h"
#include "proxy/net/buffer.h"
#include "proxy/net/connector.h"
#include "proxy/net/event_loop.h"
#include "proxy/net/pipe_pool.h"
#include "proxy/net/resolver.h"
#include "proxy/pages.h"
#include "proxy/parents.h"
#include "proxy/proxy_config.h"
#include "records/spool.h"

namespace citygate::proxy {

class LocalService;
class PortalPlace;
class UpstreamPool;

// Names a connection for answers that come late (argon2id): a stale id finds nobody.
struct ConnectionId {
  std::uint32_t slot = 0, generation = 0;
};

// Lets other threads post to a worker's loop that may be gone by then.
class LateAnswers {
 public:
  explicit LateAnswers(EventLoop& loop) : loop_(&loop) {}
  void post(EventLoop::Task task) {
    std::lock_guard lock(mutex_);
    if (loop_) loop_->post(std::move(task));
  }
  void close() {
    std::lock_guard lock(mutex_);
    loop_ = nullptr;
  }

 private:
  std::mutex mutex_;
  EventLoop* loop_;  // guarded by mutex_; null once the worker is gone
};

struct WorkerContext {
  const ProxyConfig& config;
  EventLoop& loop;
  BufferPool& buffers;
  BulkPool& bulk_buffers;
  PipePool& pipes;
  Resolver& resolver;
  Connector& connector;
  Dialer& dialer;  // to an address that a client chose; names go through the connector
  std::shared_ptr<const Parents> parents{};  // null: every origin is reached directly
  ParentHealth parent_health{};
  UpstreamPool& upstreams;
  Desk& desk;
  records::SpoolRing& ring;
  Counters& counters;
  Authenticator& authenticator;
  Admission& admission;
  RefusalTally& tally;
  const LocalService& local;
  const PortalPlace* portal = nullptr;  // null: there is none
  PageContext pages;
  std::string via;  // "1.1 citygate"

  std::shared_ptr<LateAnswers> late;
  std::function<void(ConnectionId)> connection_gone;  // it is freed at the end of the turn
  // Brings a verified password to the exchange that waits for it, if it still does.
  std::function<void(ConnectionId, std::uint64_t exchange, Authenticator::Found)> password_answer;
  std::uint64_t& exchange_number;  // of the last one
};

}  // namespace citygate::proxy
