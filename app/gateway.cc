#include "app/gateway.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "app/check.h"
#include "app/services.h"
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

class RunningGateway final : public Gateway {
 public:
  RunningGateway(Config config, StateDirectory state, Options options)
      : config_(std::move(config)), state_(std::move(state)), options_(std::move(options)) {}

  ~RunningGateway() override { static_cast<void>(shut_down()); }

  Result<void> open() {
    log::set_level(config_.log_level());
    bound_connections();
    CG_TRY(sockets, bind_listeners());  // first: a port in use is found before anything is written
    CG_TRY(services, Services::open(config_, state_, Services::Lists::Load));
    services_ = std::move(services);
    CG_TRY_VOID(services_->take_starter(config_));
    CG_TRY_VOID(make_clock());
    started_ = clock_->now();

    board_ = std::make_unique<meter::UsageBoard>(
        meter::VisitRules{.pause = config_.records.visit_pause, .tail = config_.records.visit_tail});
    authenticator_ = std::make_unique<proxy::Authenticator>(config_.proxy.credential_cache);
    const auto snapshots = services_->in_force();
    zones_.push_back(snapshots.rules->zone());
    CG_TRY(recorder, records::Recorder::open(state_.spool(), config_.records, worker_count(), services_->store(),
                                             *board_, zones_.back(), *clock_));
    recorder_ = std::move(recorder);
    for (unsigned index = 0; index < worker_count(); ++index) {
      CG_TRY(worker, proxy::Worker::create({.config = config_.proxy,
                                            .clock = *clock_,
                                            .board = *board_,
                                            .ring = recorder_->ring(index),
                                            .names = services_->names(),
                                            .authenticator = *authenticator_,
                                            .warnings = warnings_,
                                            .index = index},
                                           snapshots, std::move(sockets[index])));
      workers_.push_back(std::move(worker));
    }
    recorder_->on_room([this](unsigned worker) { workers_[worker]->room_in_spool(); });
    for (auto& worker : workers_) worker->start();
    serving_ = true;
    CG_TRY(server, console::Server::start(StateDirectory::control_socket(state_.path()), *this));
    server_ = std::move(server);
    return announce();
  }

  Result<void> run() override {
    const sigset_t signals = our_signals();
    while (true) {
      int signal = 0;
      if (sigwait(&signals, &signal) != 0) continue;
      if (signal != SIGHUP) break;
      if (const auto changed = reload())
        log::info("reload: {}", *changed);
      else
        log::error("reload: {}", changed.error().context);
    }
    log::info("stopping; connections may go on for {} s", config_.proxy.drain_timeout.count() / 1000.0);
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
  bool listed_host(std::string_view host) const override { return config_.lists_host(host); }
  meter::UsageBoard& board() override { return *board_; }
  Result<void> flush() override { return recorder_->flush(); }
  bool running() const override { return true; }

  Result<void> adopt_lists() override {
    std::lock_guard lock(changing_);
    CG_TRY_VOID(services_->adopt_lists());
    post_snapshots();
    return {};
  }

  Result<std::string> reload() override {
    std::lock_guard lock(changing_);
    Problems problems;
    auto checked = read_everything(config_.file, problems);
    if (!checked) return std::unexpected(problems.to_error());
    Config* next = &checked->config;
    CG_TRY_VOID(services_->read_policy(*next));
    // What is in force for one worker is in force for all, whatever becomes of the lists.
    auto lists = services_->adopt_lists();
    if (lists) lists = services_->take_starter(*next);
    std::string changed = describe_changes(*next);
    take_live_fields(*next);
    log::set_level(config_.log_level());
    post_snapshots();
    if (!lists)
      return fail(Error::Kind::Storage,
                  "policy and people were taken up, the lists stay as they were: " + lists.error().context);
    return changed;
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
        {"records_total", fmt::format("{}", recorder.records)},
        {"sealed_total", fmt::format("{}", recorder.sealed)},
        {"uncertain_total", fmt::format("{}", recorder.uncertain)},
        {"batches_total", fmt::format("{}", recorder.batches)},
        {"failed_batches_total", fmt::format("{}", recorder.failed_batches)},
        {"spool_bytes", fmt::format("{} of {}", recorder.spool_bytes_used, recorder.spool_bytes)},
        {"recorder", recorder.trouble ? recorder.trouble_text : "well"}};
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

 private:
  [[nodiscard]] unsigned worker_count() const {
    if (config_.gateway.workers > 0) return static_cast<unsigned>(config_.gateway.workers);
    return std::clamp(std::thread::hardware_concurrency(), 1U, 250U);
  }

  void bound_connections() {
    const std::size_t possible = std::max<std::size_t>(1, connections_by_descriptors() / worker_count());
    if (possible >= config_.proxy.connections) return;
    log::warning(
        "the limit of open files leaves room for {} connections per worker, not proxy.connections = {}; "
        "raise it (ulimit -n, LimitNOFILE=)",
        possible, config_.proxy.connections);
    config_.proxy.connections = possible;
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
  void post_snapshots() {
    const auto snapshots = services_->in_force();
    if (snapshots.rules->zone().name() != zones_.back().name()) {
      zones_.push_back(snapshots.rules->zone());  // the recorder may still read the one before
      recorder_->set_zone(zones_.back());
    }
    for (auto& worker : workers_) worker->adopt(snapshots);
  }

  std::string describe_changes(Config& next) {
    const auto now = services_->in_force();
    std::string out = fmt::format("policy {}, people {}, lists {}", now.rules->sha256().substr(0, 16),
                                  hex(now.people->version().value), hex(now.lists->id().value));
    const auto old_schema = config_.schema(), new_schema = next.schema();
    for (std::size_t i = 0; i < new_schema.fields().size(); ++i) {
      const auto& field = new_schema.fields()[i];
      if (field.print() == old_schema.fields()[i].print()) continue;
      out += fmt::format("\n{}: {}", field.key,
                         field.reload == Reload::Live ? "taken up" : "needs a restart to take effect");
    }
    return out;
  }

  void take_live_fields(const Config& next) {
    config_.gateway.log_level = next.gateway.log_level;
    config_.gateway.starter = next.gateway.starter;
    config_.gateway.policy = next.gateway.policy;
    config_.gateway.people = next.gateway.people;
  }

  Result<void> shut_down() {
    if (serving_) {
      for (auto& worker : workers_) worker->drain(config_.proxy.drain_timeout);
      for (auto& worker : workers_) worker->join();
      serving_ = false;
    }
    if (server_) server_->stop();
    server_.reset();
    if (!recorder_) return {};
    std::error_code error;
    std::filesystem::remove(state_.listening(), error);
    auto stopped = recorder_->stop();
    workers_.clear();  // the rings they borrow are the recorder's
    recorder_.reset();
    if (stopped) log::info("stopped");
    return stopped;
  }

  // Constant once open() is through, but for what reload() takes up under changing_.
  Config config_;
  const StateDirectory state_;
  const Options options_;
  std::vector<std::string> addresses_;
  WallTime started_{};
  std::mutex changing_;     // one reload or adoption at a time
  std::deque<Zone> zones_;  // the recorder's, the last one in force

  // In the order of who needs whom; destroyed from below.
  std::unique_ptr<Services> services_;
  std::unique_ptr<Clock> clock_;
  DrivenClock* driven_ = nullptr;  // clock_, if it is one
  std::unique_ptr<meter::UsageBoard> board_;
  std::unique_ptr<proxy::Authenticator> authenticator_;
  proxy::WarnRegister warnings_;
  std::unique_ptr<records::Recorder> recorder_;
  std::vector<std::unique_ptr<proxy::Worker>> workers_;
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
