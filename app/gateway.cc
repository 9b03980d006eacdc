#include "app/gateway.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <thread>
#include <utility>

#include "app/repeater.h"
#include "app/running_gateway.h"
#include "base/log.h"

namespace citygate::app {
namespace {

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
std::size_t connections_by_descriptors(unsigned workers) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return SIZE_MAX;
  if (limit.rlim_cur != limit.rlim_max) {
    const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) limit.rlim_cur = before;
  }
  if (limit.rlim_cur == RLIM_INFINITY) return SIZE_MAX;
  const rlim_t own = std::min(kOwnDescriptors + 2 * proxy::Worker::kPipes * workers, limit.rlim_cur / 2);
  return std::max<std::size_t>(1, (limit.rlim_cur - own) / 2);
}

// A gateway that stops in order leaves none.
bool holds_rings(const std::filesystem::path& spool) {
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(spool, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == ".ring") return true;
  return false;
}

// For the last records, once connections have been given up.
constexpr std::chrono::seconds kAfterDrain{30};
// How often a process that has handed over looks whether its last connection is gone.
constexpr timespec kRetiredLook{.tv_sec = 0, .tv_nsec = 100'000'000};

}  // namespace

RunningGateway::~RunningGateway() { static_cast<void>(shut_down()); }

Result<void> RunningGateway::open() {
  log::set_level(config_.log_level());
  CG_TRY(certificate, certificates_.read(config_));
  certificates_.take(std::move(certificate));
  // First: a port in use is found before anything is written, or the old process gives its store away.
  std::vector<TakeOver::Socket> none;
  auto* before = options_.take_over ? &*options_.take_over : nullptr;
  CG_TRY(listeners, Listeners::open(config_.gateway.listen, worker_count(), before ? before->offer().sockets : none));
  listeners_ = std::move(listeners);
  CG_TRY_VOID(portal_.open(config_.portal, before ? before->offer().sockets : none));
  if (before) CG_TRY_VOID(before->release());
  const bool left_in_disorder = !before && holds_rings(state_.spool());
  CG_TRY_VOID(make_clock());
  CG_TRY(services, Services::open(config_, state_, Services::Lists::Load, *clock_));
  services_ = std::move(services);
  warn_of_idle_rules(config_);
  registrar_ = std::make_unique<GatedRegistrar>(acts_gate_, services_->registrar());
  CG_TRY_VOID(start_clock());
  if (!before) CG_TRY_VOID(services_->take_starter(config_));
  started_ = clock_->now();

  const meter::VisitRules rules{.pause = config_.records.visit_pause, .tail = config_.records.visit_tail};
  if (before) {
    CG_TRY(memory, meter::BoardMemory::map(std::move(before->offer().memory)));
    board_ = std::make_unique<meter::UsageBoard>(rules, std::move(memory));
  } else {
    board_ = std::make_unique<meter::UsageBoard>(rules);
  }
  authenticator_ =
      std::make_unique<proxy::Authenticator>(config_.proxy.credential_cache, std::chrono::steady_clock::now,
                                             static_cast<unsigned>(config_.proxy.password_threads));
  authenticator_->set_rule(config_.proxy.limits.password_rule());
  clients_ = std::make_unique<proxy::ClientTables>(config_.proxy.limits.clients);
  memory_ = std::make_unique<proxy::MemoryBudget>(worker_count());
  memory_->set_limit(static_cast<std::uint64_t>(config_.gateway.memory_bytes));
  zones_.push_back(services_->in_force().rules->zone());
  CG_TRY(recorder, records::Recorder::open(state_.spool(), config_.records, worker_count(), services_->store(), *board_,
                                           zones_.back(), *clock_));
  recorder_ = std::move(recorder);
  if (left_in_disorder) {
    const auto found = recorder_->status();
    log::warning(
        "the gateway before was not stopped in order (killed, or the machine went down): {} records were taken from "
        "its "
        "spool, {} of them uncertain",
        found.records, found.uncertain);
  }
  CG_TRY_VOID(make_workers());
  return serve();
}

Result<void> RunningGateway::make_workers() {
  const auto generation = next_generation();
  auto sockets = listeners_.take();
  for (unsigned index = 0; index < worker_count(); ++index) {
    CG_TRY(worker, proxy::Worker::create({.clock = *clock_,
                                          .board = *board_,
                                          .ring = recorder_->ring(index),
                                          .names = services_->names(),
                                          .authenticator = *authenticator_,
                                          .warnings = warnings_,
                                          .clients = *clients_,
                                          .memory = *memory_,
                                          .portal = portal_.place(),
                                          .sessions = portal_.place() ? &portal_.sessions() : nullptr,
                                          .index = index},
                                         generation, std::move(sockets[index])));
    workers_.push_back(std::move(worker));
  }
  recorder_->on_room([this](unsigned worker) { workers_[worker]->room_in_spool(); });
  registrar_->on_change([this](policy::Registrar::Effect effect) { put_acts_in_force(effect); });
  portal_.sessions().on_end([this](std::span<const IpAddress> clients) {
    tell_workers(policy::Registrar::Effect::None);  // first of the order that may have ended them
    for (auto& worker : workers_) worker->sessions_ended(clients);
    order_earlier_to_sign_out(clients);
  });
  return {};
}

// The old process goes on unless this one gets as far as become_successor(): all that can fail comes before.
Result<void> RunningGateway::serve() {
  make_list_updates();  // before the threads of both servers, which use it
  const auto control = StateDirectory::control_socket(state_.path());
  CG_TRY(successors, SuccessorServer::start(StateDirectory::hand_over_socket(state_.path()), *this));
  successors_ = std::move(successors);
  const bool takes_over = options_.take_over.has_value();
  // Before the operator's server, which reads its count from threads of its own; a loop that does not run yet hangs on
  // nothing.
  CG_TRY_VOID(start_watchdog());
  CG_TRY(server, takes_over ? console::Server::take_over(std::move(options_.take_over->offer().control), control, *this)
                            : console::Server::start(control, *this));
  server_ = std::move(server);
  start_memory_budget();
  CG_TRY_VOID(start_portal());
  for (auto& worker : workers_) worker->start();
  serving_ = true;
  if (takes_over) CG_TRY_VOID(become_successor());
  // From here on a successor is the only one who serves: what a full disk keeps from being written does not end it.
  const auto essential = [takes_over](Result<void> done) {
    if (done || !takes_over) return done;
    log::error("{}", done.error().context);
    return Result<void>();
  };
  CG_TRY_VOID(essential(successors_->publish()));
  note_policy("start");
  certificates_.watch([this] { return take_up_certificate(); });
  list_updates_->start();
  return essential(announce());
}

Result<void> RunningGateway::start_portal() {
  return portal_.start({.op = *this, .authenticator = *authenticator_, .state = state_, .config = [this] {
                          const std::lock_guard lock(config_mutex_);
                          return config_;
                        }});
}

Result<void> RunningGateway::run() {
  wait_for_the_end();
  if (!handed_over()) {
    options_.service_manager.stopping("finishing connections", drain_timeout() + kAfterDrain);
    log::info("stopping; connections may go on for {} s", drain_timeout().count() / 1000.0);
  }
  const sigset_t signals = our_signals();
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  return shut_down();
}

void RunningGateway::wait_for_the_end() {
  const sigset_t signals = our_signals();
  Repeater reloads([this] { reload_by_signal(); });
  for (;;) {
    const int signal = sigtimedwait(&signals, nullptr, &kRetiredLook);
    if (signal == SIGHUP) reloads.ask();
    if (signal == SIGTERM || signal == SIGINT) {
      stopping_ = true;  // now: a reload that waits for a hand-over would keep this one waiting for it too
      return;
    }
    if (!handed_over()) continue;
    if (std::ranges::all_of(workers_, [](const auto& worker) { return worker->ended(); })) return;
    if (retired_for_too_long()) return;
  }
}

unsigned RunningGateway::worker_count() const {
  if (config_.gateway.workers > 0) return static_cast<unsigned>(config_.gateway.workers);
  return std::clamp(std::thread::hardware_concurrency(), 1U, 250U);
}

// What is in force from now on, for every worker.
proxy::Generation RunningGateway::next_generation() {
  auto out = generations_.next(config_, services_->in_force());
  out.tls = certificates_.in_force();
  const std::size_t possible = std::max<std::size_t>(1, connections_by_descriptors(worker_count()) / worker_count());
  if (possible <= SIZE_MAX / 2) out.descriptors = 2 * possible;
  if (possible >= out.config.connections) return out;
  if (std::exchange(warned_of_, possible) != possible)
    log::warning(
        "the limit of open files leaves room for {} connections per worker, not proxy.connections = {}; "
        "raise it (ulimit -n, LimitNOFILE=)",
        possible, out.config.connections);
  out.config.connections = possible;
  return out;
}

std::chrono::milliseconds RunningGateway::drain_timeout() const {
  std::lock_guard lock(config_mutex_);
  return config_.proxy.drain_timeout;
}

// Lists and store are open, and there is no client yet.
void RunningGateway::start_memory_budget() {
  memory_->start();
  if (memory_->base() < memory_->limit() / 2) return;
  log::warning(
      "gateway.memory_bytes: lists and store alone take {} of {} MB; with little left new connections are soon refused",
      memory_->base() >> 20, memory_->limit() >> 20);
}

Result<void> RunningGateway::make_clock() {
  const bool driven =
      options_.take_over ? options_.take_over->offer().driven.has_value() : options_.test_clock.has_value();
  if (!driven) {
    clock_ = std::make_unique<SystemClock>();
    return {};
  }
  WallTime start = SystemClock().now();
  if (options_.take_over) start = *options_.take_over->offer().driven;
  auto clock = std::make_unique<DrivenClock>(start);
  driven_ = clock.get();
  clock_ = std::move(clock);
  return {};
}

// The words of --test-clock are by the clock of the city, which the policy names.
Result<void> RunningGateway::start_clock() {
  if (!driven_) return {};
  if (!options_.take_over) {
    const auto start = parse_time(*options_.test_clock, services_->in_force().rules->zone());
    if (!start)
      return fail(Error::Kind::Malformed,
                  fmt::format("--test-clock: '{}' is no time; write 2026-11-21T12:00:00Z", *options_.test_clock));
    driven_->set(*start);
    CG_TRY_VOID(services_->adopt_lists());  // overrides in force then
  }
  log::warning("the clock is driven by `citygate clock`: this gateway is for tests");
  return {};
}

Result<void> RunningGateway::start_watchdog() {
  std::vector<Watchdog::Watched> watched;
  for (auto& worker : workers_)
    watched.push_back({.turns = worker->turns(), .nudge = [&worker = *worker] { worker.nudge(); }});
  Watchdog::Options options;
  // Said twice in the time that the service manager allows, by the one process that it asks.
  if (const auto within = options_.service_manager.watchdog()) {
    options.alive_every = std::chrono::ceil<std::chrono::milliseconds>(*within / 2);
    options.on_alive = [this] {
      if (!handed_over()) options_.service_manager.alive();
    };
  }
  CG_TRY(watchdog, Watchdog::start(std::move(watched), std::move(options)));
  watchdog_ = std::move(watchdog);
  return {};
}

void RunningGateway::make_list_updates() {
  list_updates_ = std::make_unique<ListUpdates>(
      ListUpdates::Needs{.updater = services_->updater(),
                         .store = services_->list_store(),
                         .clock = *clock_,
                         .zone = [this] { return services_->in_force().rules->zone(); },
                         .adopt = [this] { return adopt_lists(); },
                         .serving = [this] { return services_->in_force().lists->id(); }});
}

Result<void> RunningGateway::announce() {
  std::string file;
  for (const auto& address : listeners_.addresses()) {
    log::info("listening on {}", address);
    file += address + "\n";
  }
  announced_ = true;
  auto written = replace_file(state_.listening(), file);
  if (!written && !options_.take_over) return written;
  if (options_.take_over) options_.service_manager.is_main();
  options_.service_manager.ready(serving());
  return written;
}

std::string RunningGateway::serving() const {
  return fmt::format("listening on {}", fmt::join(listeners_.addresses(), ", "));
}

Result<void> RunningGateway::shut_down() {
  stopping_ = true;
  certificates_.end_watch();
  if (successors_) successors_->stop();  // whose state directory it is, is settled from here on
  if (list_updates_) list_updates_->stop();
  outcome_.no_more();
  portal_.pause();      // tunnels to it would be waited for
  listeners_.let_go();  // else clients would go on queuing where nobody accepts
  const bool ours = announced_ && !handed_over();
  if (serving_) {
    order_earlier_to_stop();
    for (auto& worker : workers_) worker->drain(drain_timeout());
    for (auto& worker : workers_) worker->join();
    wait_for_earlier();
    serving_ = false;
  }
  if (server_) server_->stop(ours ? console::Server::Socket::Remove : console::Server::Socket::Leave);
  server_.reset();
  portal_.stop();
  successors_.reset();
  if (!recorder_) return {};
  if (ours) {
    std::error_code error;
    std::filesystem::remove(state_.listening(), error);
    std::filesystem::remove(StateDirectory::hand_over_socket(state_.path()), error);
  }
  watchdog_.reset();
  auto stopped = recorder_->stop();
  workers_.clear();  // the rings they borrow are the recorder's
  recorder_.reset();
  if (stopped) log::info("stopped");
  return stopped;
}

void Gateway::block_signals() {
  const sigset_t signals = our_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

Result<std::unique_ptr<Gateway>> Gateway::start(Config config, StateDirectory state, Options options) {
  auto gateway = std::make_unique<RunningGateway>(std::move(config), std::move(state), std::move(options));
  if (auto opened = gateway->open(); !opened) {
    gateway->give_up(opened.error().context);
    return std::unexpected(opened.error());
  }
  return gateway;
}

}  // namespace citygate::app
