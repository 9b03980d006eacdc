#include "proxy/worker.h"

#include <fmt/format.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.h"
#include "base/thread_name.h"
#include "proxy/arrivals.h"
#include "proxy/capture/chosen_address.h"
#include "proxy/connection_table.h"
#include "proxy/decide_again.h"
#include "proxy/http/client_connection.h"
#include "proxy/http/upstream_pool.h"
#include "proxy/http/via.h"
#include "proxy/limits/accept_gate.h"
#include "proxy/net/listener.h"
#include "proxy/net/turn_clock.h"
#include "proxy/pac.h"
#include "proxy/portal_service.h"
#include "proxy/worker_context.h"

namespace citygate::proxy {
namespace {

Result<Resolver::HostTable> read_hosts(const TextTable& hosts) {
  Resolver::HostTable out;
  for (const auto& [name, addresses] : hosts) {
    const bool wildcard = name.starts_with("*.");
    const std::string host = canonical_host(wildcard ? std::string_view(name).substr(2) : std::string_view(name));
    if (host.empty()) return fail(Error::Kind::Malformed, fmt::format("[hosts]: '{}' is not a host name", name));
    std::vector<IpAddress> list;
    for (const auto& text : addresses) {
      const auto address = IpAddress::parse(text);
      if (!address)
        return fail(Error::Kind::Malformed,
                    fmt::format("[hosts]: '{}' of {} is not an address; write it as 192.0.2.1 or "
                                "2001:db8::1, without port or brackets",
                                text, name));
      list.push_back(*address);
    }
    out.emplace(wildcard ? "*." + host : host, std::move(list));
  }
  return out;
}

ParserLimits parser_limits(const ProxyConfig& config) {
  ParserLimits limits;
  limits.head_bytes = config.head_bytes;
  limits.target_bytes = config.target_bytes;
  limits.fields = config.header_fields;
  return limits;
}

ResolverConfig resolver_config(const ProxyConfig& config) {
  ResolverConfig dns;
  dns.servers = config.dns_servers;
  dns.timeout = config.dns_timeout;
  dns.negative_ttl = config.dns_negative_ttl;
  dns.cache_entries = config.dns_cache_entries;
  return dns;
}

UpstreamPool::Limits pool_limits(const ProxyConfig& config) {
  return {.idle_per_host = config.origin_idle_per_host,
          .idle = config.origin_idle,
          .connections_per_host = config.origin_connections_per_host,
          .waiting_per_host = config.origin_queue_per_host,
          .idle_for = config.origin_idle_timeout,
          .parser = parser_limits(config)};
}

// Beyond the drain's deadline, for records that wait for the recorder.
constexpr std::chrono::seconds kSpoolGrace{10};
// How often a worker that ends looks whether all is done: a retired one may have tunnels for days.
constexpr std::chrono::milliseconds kDrainLook{20}, kRetiredLook{250};

// Of a connection and its exchange, with what they have grown to, but for lent blocks.
constexpr std::uint64_t kConnectionBytes = 8 * 1024;

class WorkerImpl final : public Worker {
 public:
  WorkerImpl(WorkerServices services, Generation generation, std::unique_ptr<EventLoop> loop)
      : services_(services),
        config_(std::move(generation.config)),
        running_(generation.number),
        descriptors_(generation.descriptors),
        loop_(std::move(loop)),
        clock_(*loop_, services.clock),
        desk_(std::move(generation.snapshots), clock_, services.board, services.warnings, services.sessions),
        admission_(services_.clients, config_.limits, counters_),
        tally_(*loop_, desk_, services_.ring, exchange_number_),
        gate_(
            *loop_, config_, admission_, tally_, counters_, services_.memory.share(services_.index),
            [this] { return used_bytes(); }, [this](AcceptGate::Listening listening) { set_listening(listening); }),
        dialer_(Dialer::create(*loop_)),
        arrivals_(
            *loop_, buffers_, counters_,
            [this](std::unique_ptr<Transport> transport, const ListenSpec& spec, SocketAddress client,
                   ClientClaim claim) { admit(std::move(transport), spec, client, std::move(claim)); },
            [this] { count_open(); }),
        drain_timer_(*loop_, [this] { drain_step(); }) {
    arrivals_.adopt(config_, std::move(generation.tls));
  }

  ~WorkerImpl() override {
    if (late_) late_->close();
  }

  Result<void> set_up(std::vector<ListeningSocket> sockets) {
    CG_TRY(hosts, read_hosts(config_.hosts));
    CG_TRY(parents, Parents::create(config_.parents, config_.routes));
    CG_TRY(resolver, Resolver::create(*loop_, resolver_config(config_), std::move(hosts)));
    resolver_ = std::move(resolver);
    connector_ = std::make_unique<Connector>(*resolver_, *dialer_);
    upstreams_ = std::make_unique<UpstreamPool>(*loop_, bulk_buffers_, counters_, pool_limits(config_));
    dialer_->attempt_delay = config_.attempt_delay;
    late_ = std::make_shared<LateAnswers>(*loop_);
    context_ = std::make_unique<WorkerContext>(WorkerContext{
        .config = config_,
        .loop = *loop_,
        .buffers = buffers_,
        .bulk_buffers = bulk_buffers_,
        .pipes = pipes_,
        .resolver = *resolver_,
        .connector = *connector_,
        .dialer = *dialer_,
        .parents = std::move(parents),
        .upstreams = *upstreams_,
        .desk = desk_,
        .ring = services_.ring,
        .counters = counters_,
        .authenticator = services_.authenticator,
        .admission = admission_,
        .tally = tally_,
        .local = own_pages_,
        .portal = services_.portal,
        .pages = PageContext{config_, services_.names, desk_},
        .via = via_of(config_.name),
        .late = late_,
        .connection_gone = [this](ConnectionId id) { remove(id); },
        .password_answer =
            [this](ConnectionId id, std::uint64_t exchange, Authenticator::Found found) {
              if (ClientConnection* connection = connections_.find(id))
                connection->exchange().on_password_answer(exchange, found);
            },
        .exchange_number = exchange_number_,
    });
    for (ListeningSocket& one : sockets) {
      CG_TRY(listener, Listener::create(*loop_, std::move(one.socket),
                                        [this, spec = one.spec](UniqueFd accepted, SocketAddress peer) {
                                          accept(std::move(accepted), peer, spec);
                                        }));
      listener->on_starved([this] {
        gate_.out_of_descriptors();
        upstreams_->close_idle();
        pipes_.close_idle();
      });
      listeners_.push_back(std::move(listener));
    }
    return {};
  }

  void start() override {
    thread_ = std::thread([this] {
      name_this_thread(fmt::format("worker-{}", services_.index));
      loop_->run();
      ended_.store(true, std::memory_order_release);
    });
  }

  Result<void> adopt(Generation generation) override {
    CG_TRY(hosts, read_hosts(generation.config.hosts));
    CG_TRY(parents, Parents::create(generation.config.parents, generation.config.routes));
    await(std::move(generation.snapshots), Running::DecidedAgain);
    loop_->post([this, next = std::move(generation), hosts = std::move(hosts), parents = std::move(parents)]() mutable {
      context_->parents = std::move(parents);
      descriptors_ = next.descriptors;
      take_up_config(std::move(next.config), std::move(hosts));
      arrivals_.adopt(config_, std::move(next.tls));
      take_up_awaited();
      running_.store(next.number, std::memory_order_release);
    });
    return {};
  }

  void take_up(Snapshots snapshots, Running running) override {
    if (await(std::move(snapshots), running)) loop_->post([this] { take_up_awaited(); });
  }

  std::uint64_t running() const override { return running_.load(std::memory_order_acquire); }

  void room_in_spool() override {
    loop_->post([this] {
      connections_.for_each([](ClientConnection& connection) { connection.exchange().on_room(); });
      tally_.flush(RefusalTally::Minutes::Past);
    });
  }

  void clock_changed() override {
    loop_->post([this] {
      tally_.flush(RefusalTally::Minutes::Past);
      decide_again_.all();
    });
  }

  void sessions_ended(std::span<const IpAddress> clients) override {
    loop_->post([this, named = std::vector(clients.begin(), clients.end())] { decide_again_.from(named); });
  }

  void drain(std::chrono::milliseconds deadline) override {
    loop_->post([this, deadline] {
      leave(loop_->now() + deadline);
      arrivals_.close_waiting();
      connections_.for_each([](ClientConnection& connection) { connection.drain(); });
      drain_step();
    });
  }

  void retire() override {
    loop_->post([this] {
      leave(MonoTime::max());
      connections_.for_each([](ClientConnection& connection) { connection.retire(); });
      drain_step();
    });
  }

  bool ended() const override { return ended_.load(std::memory_order_acquire); }

  void join() override {
    if (thread_.joinable()) thread_.join();
  }

  const Counters& counters() const override { return counters_; }
  const TurnWatch& turns() const override { return loop_->turns(); }
  void nudge() override {
    loop_->post([] {});
  }

 private:
  [[nodiscard]] std::uint64_t used_bytes() const {
    return connections_.open() * kConnectionBytes + buffers_.lent() * buffers_.block_bytes() +
           bulk_buffers_.lent() * BulkPool::kBlockBytes + pipes_.lent() * PipePool::kPipeBytes;
  }

  void set_listening(AcceptGate::Listening listening) {
    for (auto& listener : listeners_) {
      if (listening == AcceptGate::Listening::On)
        listener->resume();
      else
        listener->pause();
    }
  }

  void accept(UniqueFd socket, const SocketAddress& peer, const ListenSpec& spec) {
    ClientClaim claim;
    if (!gate_.admit(socket, peer, spec, claim)) return;
    std::optional<Chosen> chosen;
    if (spec.captures()) chosen = chosen_addresses_.of(socket, spec.capture);
    auto transport = make_tcp_transport(*loop_, std::move(socket), peer, Activity::Client);
    if (!transport) return;  // epoll takes no more
    if (chosen) return admit(std::move(*transport), spec, peer, std::move(claim), chosen);
    arrivals_.take(std::move(*transport), spec, std::move(claim));
    count_open();
  }

  void admit(std::unique_ptr<Transport> transport, const ListenSpec& spec, SocketAddress client, ClientClaim claim,
             std::optional<Chosen> chosen = {}) {
    // The balancer was not asked about: only now is it known whose connection this is.
    if (spec.proxy_protocol && !gate_.admit_client(transport, client.ip, spec, claim)) return;
    const ConnectionId id = connections_.reserve();
    ClientConnection& connection =
        connections_.put(id, std::make_unique<ClientConnection>(*context_, id, std::move(transport), spec, client,
                                                                std::move(claim), parser_limits(config_)));
    if (chosen) connection.captured(*chosen);
    count_open();
    if (leaving_) connection.retire();
    connection.start();
  }

  // What proxy.connections bounds.
  [[nodiscard]] std::size_t taken() const { return connections_.open() + arrivals_.waiting(); }

  void count_open() {
    gate_.set_open(taken());
    // An open connection may have an origin's beside it; what is kept for later must not take that one's place, nor
    // those that the store and the operator need.
    upstreams_->leave_idle(descriptors_ - std::min(descriptors_, 2 * taken()));
  }

  // False: others wait, and these take their place.
  bool await(Snapshots snapshots, Running running) {
    std::lock_guard lock(awaited_mutex_);
    const bool first = !awaited_;
    if (!first && awaited_->running == Running::DecidedAgain) running = Running::DecidedAgain;
    awaited_ = Awaited{std::move(snapshots), running};
    return first;
  }

  void take_up_awaited() {
    std::optional<Awaited> next;
    {
      std::lock_guard lock(awaited_mutex_);
      next.swap(awaited_);
    }
    if (!next) return;
    const bool same_people = next->snapshots.people == desk_.snapshots().people;
    desk_.adopt(std::move(next->snapshots));
    if (!same_people)
      connections_.for_each([](ClientConnection& connection) { connection.exchange().forget_identity(); });
    if (next->running == Running::DecidedAgain) decide_again_.all();
  }

  void take_up_config(ProxyConfig config, Resolver::HostTable hosts) {
    config_ = std::move(config);
    context_->via = via_of(config_.name);
    upstreams_->set_limits(pool_limits(config_));
    dialer_->attempt_delay = config_.attempt_delay;
    // The file was checked before: what is left is a machine without descriptors or with a broken resolv.conf.
    if (auto adopted = resolver_->adopt(resolver_config(config_), std::move(hosts)); !adopted)
      log::error("worker {}: names are asked for as before the reload: {}", services_.index, adopted.error().context);
    admission_.adopt(config_.limits);
    count_open();
  }

  void remove(ConnectionId id) {
    if (connections_.remove(id)) count_open();
  }

  void leave(MonoTime deadline) {
    leaving_ = true;
    drain_deadline_ = std::min(drain_deadline_, deadline);
    listeners_.clear();
    upstreams_->drain();
  }

  void drain_step() {
    const MonoTime now = loop_->now();
    if (taken() == 0) {
      tally_deadline_ = std::min(tally_deadline_, now + kSpoolGrace);
      return finish(tally_deadline_);
    }
    if (now >= drain_deadline_ && !closing_) {
      log::warning("worker {}: {} connections outlived the drain and are closed", services_.index, connections_.open());
      closing_ = true;
      connections_.for_each([](ClientConnection& connection) { connection.close_now(); });
    }
    // What still waits for room in the spool gets some more time: its record is not to be lost.
    std::size_t unrecorded = 0;
    connections_.for_each([&unrecorded](ClientConnection& connection) {
      unrecorded += connection.exchange().state() == Exchange::State::Over ? 0 : 1;
    });
    if (closing_ && (unrecorded == 0 || now >= drain_deadline_ + kSpoolGrace)) {
      if (unrecorded > 0)
        log::error("worker {}: {} exchanges end without a record: the spool stayed full", services_.index, unrecorded);
      return finish(drain_deadline_ + kSpoolGrace);
    }
    drain_timer_.arm(drain_deadline_ == MonoTime::max() ? kRetiredLook : kDrainLook);
  }

  // On the loop's thread, while pools and loop are whole. Until `deadline` what was refused waits for room in the
  // spool, and the worker with it.
  void finish(MonoTime deadline) {
    tally_.flush(RefusalTally::Minutes::All);
    if (!tally_.empty()) {
      if (loop_->now() < deadline) return drain_timer_.arm(kDrainLook);
      log::error("worker {}: {} refused requests and connections end without a record: the spool stayed full",
                 services_.index, tally_.unrecorded());
    }
    connections_.remove_all();
    loop_->stop();
  }

  WorkerServices services_;
  ProxyConfig config_;
  std::atomic<std::uint64_t> running_;
  std::size_t descriptors_;
  PacService pac_{config_.pac};
  PortalService own_pages_{services_.portal, pac_};
  Counters counters_;
  BufferPool buffers_;  // before the loop: what it frees last may still hold a block
  BulkPool bulk_buffers_{buffers_};
  PipePool pipes_{kPipes};
  std::unique_ptr<EventLoop> loop_;
  TurnClock clock_;
  Desk desk_;
  std::uint64_t exchange_number_ = 0;
  Admission admission_;
  RefusalTally tally_;
  AcceptGate gate_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<Dialer> dialer_;
  std::unique_ptr<Connector> connector_;
  Arrivals arrivals_;
  std::unique_ptr<UpstreamPool> upstreams_;
  std::shared_ptr<LateAnswers> late_;
  std::unique_ptr<WorkerContext> context_;
  ConnectionTable connections_{*loop_};
  DecideAgain decide_again_{*loop_, connections_};
  struct Awaited {
    Snapshots snapshots;
    Running running;
  };
  std::mutex awaited_mutex_;
  std::optional<Awaited> awaited_;  // guarded by awaited_mutex_; the newest, until the loop has its turn
  std::vector<std::unique_ptr<Listener>> listeners_;
  ChosenAddresses chosen_addresses_;
  bool leaving_ = false;  // nothing more is accepted; who has been may still arrive
  bool closing_ = false;  // the drain's deadline has passed
  MonoTime drain_deadline_ = MonoTime::max();
  MonoTime tally_deadline_ = MonoTime::max();  // once the last connection has gone
  std::atomic<bool> ended_ = false;
  Timer drain_timer_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Worker>> Worker::create(WorkerServices services, Generation generation,
                                               std::vector<ListeningSocket> listeners) {
  const Snapshots& snapshots = generation.snapshots;
  CG_CHECK(snapshots.taxonomy && snapshots.lists && snapshots.rules && snapshots.grants && snapshots.people);
  CG_TRY(loop, EventLoop::create());
  auto worker = std::make_unique<WorkerImpl>(services, std::move(generation), std::move(loop));
  CG_TRY_VOID(worker->set_up(std::move(listeners)));
  return worker;
}

}  // namespace citygate::proxy
