#include "app/gateway.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "app/check.h"
#include "app/gateway_metrics.h"
#include "app/generations.h"
#include "app/services.h"
#include "app/watchdog.h"
#include "base/log.h"
#include "console/server.h"
#include "proxy/net/listener.h"
#include "proxy/worker.h"
#include "records/recorder.h"

namespace citygate::app {
namespace {

constexpr int kBacklog = 1024;

sigset_t our_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

// For the store, lists, spools, control socket and their clients; never lent to connections.
constexpr rlim_t kOwnDescriptors = 256;

// Every connection takes two descriptors; the usual soft limit of 1,024 is for programs that use select(). Returns how
// many connections there can be, so that clients cannot take what their origins and the operator need.
std::size_t connections_by_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return SIZE_MAX;
  if (limit.rlim_cur != limit.rlim_max) {
    const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  }
  if (limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  const rlim_t own = std::min(kOwnDescriptors, limit.rlim_cur / 2);
  return std::max<std::size_t>(1, (limit.rlim_cur - own) / 2);
}

std::string hex(std::uint64_t value) { return fmt::format("{:016x}", value); }

// Runs one piece of work again whenever it is asked for, on a thread of its own; asking while it runs makes it run once
// more.
class Repeater {
 public:
  explicit Repeater(std::function<void()> work) : work_(std::move(work)), thread_([this] { run(); }) {}
  ~Repeater() {
    {
      std::lock_guard lock(mutex_);
      ending_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  void ask() {
    {
      std::lock_guard lock(mutex_);
      asked_ = true;
    }
    wake_.notify_all();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return asked_ || ending_; });
      if (ending_) return;
      asked_ = false;
      lock.unlock();
      work_();
      lock.lock();
    }
  }

  const std::function<void()> work_;
  std::mutex mutex_;
  std::condition_variable wake_;         // with mutex_
  bool asked_ = false, ending_ = false;  // guarded by mutex_
  std::thread thread_;
};

class RunningGateway final : public Gateway {
 public:
  RunningGateway(Config config, StateDirectory state, Options options)
      : config_(std::move(config)), state_(std::move(state)), options_(std::move(options)) {}

  ~RunningGateway() override { static_cast<void>(shut_down()); }

  Result<void> open() {
    log::set_level(config_.log_level());
    CG_TRY(sockets, bind_listeners());  // first: a port in use is found before anything is written
    CG_TRY(services, Services::open(config_, state_, Services::Lists::Load));
    services_ = std::move(services);
    CG_TRY_VOID(services_->take_starter(config_));
    CG_TRY_VOID(make_clock());
    started_ = clock_->now();

    board_ = std::make_unique<meter::UsageBoard>(
        meter::VisitRules{.pause = config_.records.visit_pause, .tail = config_.records.visit_tail});
    authenticator_ = std::make_unique<proxy::Authenticator>(config_.proxy.credential_cache);
    clients_ = std::make_unique<proxy::ClientTables>(config_.proxy.limits.clients);
    const auto snapshots = services_->in_force();
    zones_.push_back(snapshots.rules->zone());
    CG_TRY(recorder, records::Recorder::open(state_.spool(), config_.records, worker_count(), services_->store(),
                                             *board_, zones_.back(), *clock_));
    recorder_ = std::move(recorder);
    const auto generation = next_generation();
    for (unsigned index = 0; index < worker_count(); ++index) {
      CG_TRY(worker, proxy::Worker::create({.clock = *clock_,
                                            .board = *board_,
                                            .ring = recorder_->ring(index),
                                            .names = services_->names(),
                                            .authenticator = *authenticator_,
                                            .warnings = warnings_,
                                            .clients = *clients_,
                                            .index = index},
                                           generation, std::move(sockets[index])));
      workers_.push_back(std::move(worker));
    }
    recorder_->on_room([this](unsigned worker) { workers_[worker]->room_in_spool(); });
    for (auto& worker : workers_) worker->start();
    serving_ = true;
    CG_TRY_VOID(start_watchdog());
    CG_TRY(server, console::Server::start(StateDirectory::control_socket(state_.path()), *this));
    server_ = std::move(server);
    return announce();
  }

  Result<void> run() override {
    const sigset_t signals = our_signals();
    Repeater reloads([this] {
      if (const auto changed = reload())
        log::info("reload: {}", *changed);
      else
        log::error("reload: {}", changed.error().context);
    });
    while (true) {
      int signal = 0;
      if (sigwait(&signals, &signal) != 0) continue;
      if (signal != SIGHUP) break;
      reloads.ask();
    }
    log::info("stopping; connections may go on for {} s", drain_timeout().count() / 1000.0);
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    return shut_down();
  }

  // --- Operator

  proxy::Snapshots in_force() const override { return services_->in_force(); }
  records::Store& store() override { return services_->store(); }
  categories::ListStore& list_store() override { return services_->list_store(); }
  NameSource& names() override { return services_->names(); }
  const Clock& clock() const override { return *clock_; }
  bool listed_host(std::string_view host) const override {
    std::lock_guard lock(config_mutex_);
    return config_.lists_host(host);
  }
  meter::UsageBoard& board() override { return *board_; }
  Result<void> flush() override { return recorder_->flush(); }
  bool running() const override { return true; }

  Result<void> adopt_lists() override {
    std::lock_guard lock(changing_);
    CG_TRY_VOID(services_->adopt_lists());
    return put_in_force();
  }

  Result<std::string> reload() override {
    std::lock_guard lock(changing_);
    Problems problems;
    auto checked = read_everything(config_.file, problems);
    if (!checked) return std::unexpected(problems.to_error());
    Config& next = checked->config;
    const auto had = services_->in_force();
    CG_TRY_VOID(services_->reload(next));
    Config before = config_;
    {
      std::lock_guard reading(config_mutex_);
      config_.take_live_fields(next);
    }
    log::set_level(config_.log_level());
    authenticator_->set_cache_for(config_.proxy.credential_cache);
    CG_TRY_VOID(put_in_force());
    // Compiling a list takes its time; what could be taken up at once is not kept waiting for it.
    const GenerationId lists = services_->in_force().lists->id();
    CG_TRY_VOID(services_->take_starter(config_));
    if (services_->in_force().lists->id() != lists) CG_TRY_VOID(put_in_force());
    const auto has = services_->in_force();
    if (const auto loss = describe_loss(had, has); !loss.empty())
      log::warning("reload: was a file cut short? {}", loss);
    return describe_reload(before, next, had, has);
  }

  Result<void> set_clock(WallTime to) override {
    if (!driven_)
      return fail(Error::Kind::Refused, "the clock can only be set where the gateway was started with --test-clock");
    driven_->set(to);
    for (auto& worker : workers_) worker->clock_changed();
    return {};
  }

  Result<void> stop() override {
    if (::kill(::getpid(), SIGTERM) != 0) return fail_errno("signal");
    return {};
  }

  Facts status() const override {
    const auto snapshots = services_->in_force();
    const auto recorder = recorder_->status();
    Facts facts{
        {"version", options_.version},
        {"process", fmt::format("{}", ::getpid())},
        {"state", state_.path().string()},
        {"configuration", config_.file.string()},
        {"listening", fmt::format("{}", fmt::join(addresses_, " "))},
        {"workers", fmt::format("{}", workers_.size())},
        {"started", format_utc(started_)},
        {"clock", fmt::format("{}{}", snapshots.rules->zone().format(clock_->now()), driven_ ? " (driven)" : "")},
        {"city", snapshots.rules->city()},
        {"policy", snapshots.rules->sha256()},
        {"people", fmt::format("{} ({})", snapshots.people->people().size(), hex(snapshots.people->version().value))},
        {"lists", fmt::format("{} ({} entries)", hex(snapshots.lists->id().value), snapshots.lists->status().entries)},
        {"generation", generations_.describe(generations_.current())},
        {"records_total", fmt::format("{}", recorder.records)},
        {"sealed_total", fmt::format("{}", recorder.sealed)},
        {"uncertain_total", fmt::format("{}", recorder.uncertain)},
        {"batches_total", fmt::format("{}", recorder.batches)},
        {"failed_batches_total", fmt::format("{}", recorder.failed_batches)},
        {"spool_bytes", fmt::format("{} of {}", recorder.spool_bytes_used, recorder.spool_bytes)},
        {"recorder", recorder.trouble ? recorder.trouble_text : "well"}};
    for (std::size_t i = 0; i < workers_.size(); ++i)
      facts.emplace_back(fmt::format("worker_{}", i), "generation " + generations_.describe(workers_[i]->running()));
    std::vector<std::pair<std::string, std::uint64_t>> sums;
    for (const auto& worker : workers_) {
      const auto values = worker->counters().values();
      sums.resize(values.size());
      for (std::size_t i = 0; i < values.size(); ++i) {
        sums[i].first = values[i].first;
        sums[i].second += values[i].second;
      }
    }
    for (const auto& [name, value] : sums) facts.emplace_back(name, fmt::format("{}", value));
    return facts;
  }

  Result<console::Metrics> metrics() const override {
    return gateway_metrics({.workers = workers_,
                            .in_force = services_->in_force(),
                            .recorder = recorder_->status(),
                            .stalls = watchdog_ ? watchdog_->stalls() : 0,
                            .version = options_.version});
  }

 private:
  [[nodiscard]] unsigned worker_count() const {
    if (config_.gateway.workers > 0) return static_cast<unsigned>(config_.gateway.workers);
    return std::clamp(std::thread::hardware_concurrency(), 1U, 250U);
  }

  // What is in force from now on, for every worker.
  proxy::Generation next_generation() {
    auto out = generations_.next(config_, services_->in_force());
    const std::size_t possible = std::max<std::size_t>(1, connections_by_descriptors() / worker_count());
    if (possible >= out.config.connections) return out;
    log::warning(
        "the limit of open files leaves room for {} connections per worker, not proxy.connections = {}; "
        "raise it (ulimit -n, LimitNOFILE=)",
        possible, out.config.connections);
    out.config.connections = possible;
    return out;
  }

  // For each worker its sockets, one per address.
  Result<std::vector<std::vector<proxy::ListeningSocket>>> bind_listeners() {
    std::vector<std::vector<proxy::ListeningSocket>> out(worker_count());
    for (const auto& text : config_.gateway.listen) {
      CG_TRY(spec, proxy::ListenSpec::parse(text));  // Config::read let no other text pass
      const auto destinations =
          spec.capture == proxy::ListenSpec::Capture::Tproxy ? proxy::Destinations::Any : proxy::Destinations::Own;
      CG_TRY(sockets, proxy::listen_sockets(spec.address, worker_count(), kBacklog, destinations));
      spec.address = proxy::local_address(sockets.front());  // with the port that was free
      addresses_.push_back(spec.to_string());
      for (std::size_t i = 0; i < sockets.size(); ++i) out[i].push_back({std::move(sockets[i]), spec});
    }
    return out;
  }

  [[nodiscard]] std::chrono::milliseconds drain_timeout() const {
    std::lock_guard lock(config_mutex_);
    return config_.proxy.drain_timeout;
  }

  Result<void> make_clock() {
    if (!options_.test_clock) {
      clock_ = std::make_unique<SystemClock>();
      return {};
    }
    const auto start = parse_time(*options_.test_clock, services_->in_force().rules->zone());
    if (!start)
      return fail(Error::Kind::Malformed,
                  fmt::format("--test-clock: '{}' is no time; write 2026-11-21T12:00:00Z", *options_.test_clock));
    auto driven = std::make_unique<DrivenClock>(*start);
    driven_ = driven.get();
    clock_ = std::move(driven);
    log::warning("the clock is driven by `citygate clock`: this gateway is for tests");
    return {};
  }

  Result<void> announce() {
    std::string file;
    for (const auto& address : addresses_) {
      log::info("listening on {}", address);
      file += address + "\n";
    }
    return replace_file(state_.listening(), file);
  }

  // With changing_ held.
  [[nodiscard]] Result<void> put_in_force() {
    const auto snapshots = services_->in_force();
    if (snapshots.rules->zone().name() != zones_.back().name()) {
      zones_.push_back(snapshots.rules->zone());  // the recorder may still read the one before
      recorder_->set_zone(zones_.back());
    }
    const auto generation = next_generation();
    std::uint64_t oldest = generation.number;
    for (auto& worker : workers_) {
      oldest = std::min(oldest, worker->running());
      CG_TRY_VOID(worker->adopt(generation));
    }
    generations_.forget_before(oldest);
    return {};
  }

  Result<void> start_watchdog() {
    std::vector<Watchdog::Watched> watched;
    for (auto& worker : workers_)
      watched.push_back({.turns = worker->turns(), .nudge = [&worker = *worker] { worker.nudge(); }});
    CG_TRY(watchdog, Watchdog::start(std::move(watched), {}));
    watchdog_ = std::move(watchdog);
    return {};
  }

  Result<void> shut_down() {
    if (serving_) {
      for (auto& worker : workers_) worker->drain(drain_timeout());
      for (auto& worker : workers_) worker->join();
      serving_ = false;
    }
    if (server_) server_->stop();
    server_.reset();
    if (!recorder_) return {};
    std::error_code error;
    std::filesystem::remove(state_.listening(), error);
    watchdog_.reset();
    auto stopped = recorder_->stop();
    workers_.clear();  // the rings they borrow are the recorder's
    recorder_.reset();
    if (stopped) log::info("stopped");
    return stopped;
  }

  // Constant once open() is through, but for what reload() takes up, which holds both mutexes then.
  Config config_;
  mutable std::mutex config_mutex_;
  const StateDirectory state_;
  const Options options_;
  std::vector<std::string> addresses_;
  WallTime started_{};
  std::mutex changing_;  // one reload or adoption at a time; others wait for it
  Generations generations_;
  std::deque<Zone> zones_;  // the recorder's, the last one in force

  // In the order of who needs whom; destroyed from below.
  std::unique_ptr<Services> services_;
  std::unique_ptr<Clock> clock_;
  DrivenClock* driven_ = nullptr;  // clock_, if it is one
  std::unique_ptr<meter::UsageBoard> board_;
  std::unique_ptr<proxy::Authenticator> authenticator_;
  proxy::WarnRegister warnings_;
  std::unique_ptr<proxy::ClientTables> clients_;
  std::unique_ptr<records::Recorder> recorder_;
  std::vector<std::unique_ptr<proxy::Worker>> workers_;
  std::unique_ptr<Watchdog> watchdog_;
  std::unique_ptr<console::Server> server_;
  bool serving_ = false;
};

}  // namespace

void Gateway::block_signals() {
  const sigset_t signals = our_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Result<std::unique_ptr<Gateway>> Gateway::start(Config config, StateDirectory state, Options options) {
  auto gateway = std::make_unique<RunningGateway>(std::move(config), std::move(state), std::move(options));
  CG_TRY_VOID(gateway->open());
  return gateway;
}

}  // namespace citygate::app
