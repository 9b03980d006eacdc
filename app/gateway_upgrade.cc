#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "app/launch.h"
#include "app/running_gateway.h"
#include "base/log.h"

namespace citygate::app {
namespace {

// Beyond the drain's own deadline: connections are closed then, and their records made.
constexpr std::chrono::seconds kLastRecords{15};
// For a process that was told that it does not take over.
constexpr std::chrono::seconds kFarewell{10};

using Answer = HandOverOutcome::Answer;

std::uint64_t sum_of(const std::vector<std::unique_ptr<proxy::Worker>>& workers, std::string_view counter) {
  std::uint64_t sum = 0;
  for (const auto& worker : workers)
    for (const auto& [name, value] : worker->counters().values())
      if (name == counter) sum += value;
  return sum;
}

}  // namespace

// --- the old process

Result<std::string> RunningGateway::upgrade(const std::string& program) {
  std::lock_guard one(launching_);
  outcome_.expect();
  std::error_code error;
  CG_TRY(child, launch(program.empty() ? own_program() : program,
                       {"serve", "--take-over", "--config", std::filesystem::absolute(config_.file, error).string(),
                        "--state", state_.path().string()}));
  log::info("upgrade: process {} was started to take over", child);
  const auto answer = outcome_.wait(child, end_of);
  switch (answer.what) {
    case Answer::What::TookOver: break;
    case Answer::What::Failed:
      if (!answer.ended) see_off(child, kFarewell);
      return fail(Error::Kind::Refused,
                  fmt::format("process {} serves on; the new one did not take over: {}", ::getpid(), answer.why));
    case Answer::What::Ended:
      return fail(Error::Kind::Refused, fmt::format("the new process ended with {} before it asked to take over; its "
                                                    "reason stands in the log. Process {} serves on",
                                                    answer.why, ::getpid()));
    case Answer::What::Another:
      return fail(Error::Kind::Refused,
                  fmt::format("process {}, which was started by somebody else, has taken over from process {} "
                              "meanwhile; ask again, and it will hand over",
                              answer.successor, ::getpid()));
    case Answer::What::Stopping:
      if (!answer.ended) see_off(child, std::chrono::milliseconds(0));
      return fail(Error::Kind::Refused, "the running gateway is stopping: there is nothing to take over");
  }
  return fmt::format("process {} has taken over from process {}, which finishes its connections ({})", child,
                     ::getpid(), report());
}

Result<OwnHoldings> RunningGateway::offer(int process) {
  if (stopping_) {
    constexpr const char* kWhy = "the running gateway is stopping";
    outcome_.failed(process, kWhy);
    return fail(Error::Kind::Refused, kWhy);
  }
  outcome_.begins(process);
  gate_.close();
  acts_gate_.close();
  OwnHoldings out;
  out.words = offer_words(options_.version, versions_of(services_->in_force()),
                          driven_ ? std::optional(clock_->now()) : std::nullopt);
  out.sockets = listeners_.held();
  for (auto& socket : portal_.held()) out.sockets.push_back(std::move(socket));
  out.memory = board_->memory().get();
  out.control = server_->listener().get();
  out.lock = state_.lock().get();
  std::lock_guard lock(earlier_mutex_);
  for (const auto& each : earlier_)
    if (each->runs()) out.earlier.emplace_back(std::to_string(each->process()), each->socket().get());
  return out;
}

Result<void> RunningGateway::release() {
  CG_TRY_VOID(server_->pause());
  portal_.pause();
  list_updates_->stop();  // the successor's from here on; one that compiles is waited for, seconds at most
  if (auto handed = recorder_->hand_over(); !handed) {
    server_->resume();
    list_updates_->start();
    portal_.resume();
    return handed;
  }
  services_->store().close();
  return {};
}

Result<void> RunningGateway::take_back() {
  CG_TRY_VOID(services_->store().reopen());
  CG_TRY_VOID(recorder_->take_back());
  // The other process may have been asked for some before it failed.
  CG_TRY(effect, services_->registrar().catch_up());
  if (effect != policy::Registrar::Effect::None) tell_workers(effect);
  server_->resume();
  list_updates_->start();
  portal_.resume();
  return {};
}

void RunningGateway::keep(int process, const std::string& why) {
  gate_.open();
  acts_gate_.open();
  outcome_.failed(process, why);
}

void RunningGateway::commit(int successor_process) {
  for (auto& worker : workers_) worker->retire();
  listeners_.let_go();
  portal_.let_go();
  state_.let_go();
  {
    std::lock_guard lock(earlier_mutex_);
    earlier_.clear();  // the successor's now
  }
  {
    std::lock_guard lock(config_mutex_);
    retire_until_ = std::chrono::steady_clock::now() + config_.proxy.hand_over_timeout;
  }
  successor_ = successor_process;
  options_.service_manager.main_is(successor_process);
  log::info("process {} has taken over; {} go on here", successor_process, report());
  if (stopping_) ::kill(successor_process, SIGTERM);  // whoever asked meant the gateway
  outcome_.succeeded(successor_process);
}

bool RunningGateway::retired_for_too_long() const { return std::chrono::steady_clock::now() >= *retire_until_; }

Result<void> RunningGateway::adopt(News news, const AskName& ask_name, const AskAct& ask_act) {
  services_->names().ask_elsewhere(ask_name);
  auto done = follow(ask_act);
  if (done && news == News::Files) done = adopt_files();
  services_->names().ask_elsewhere({});
  return done;
}

// What the process that took over has kept since.
Result<void> RunningGateway::follow(const AskAct& ask) {
  std::vector<Act> acts;
  for (std::uint64_t number = services_->registrar().folded() + 1;; ++number) {
    CG_TRY(act, ask(number));
    if (!act) break;
    acts.push_back(*std::move(act));
  }
  CG_TRY(effect, services_->registrar().follow(acts));
  if (effect != policy::Registrar::Effect::None) tell_workers(effect);
  return {};
}

Result<void> RunningGateway::adopt_files() {
  // The file may be for the new version and have words that this one does not know: then it keeps its own settings.
  Problems unread;
  if (const auto next = Config::read(config_.file, unread)) {
    std::lock_guard lock(config_mutex_);
    config_.take_live_fields(*next);
  }
  CG_TRY_VOID(services_->reload(config_));
  CG_TRY(said, put_in_force());
  static_cast<void>(said);
  return {};
}

void RunningGateway::sign_out(std::span<const IpAddress> addresses) { portal_.sessions().end_at(addresses); }

void RunningGateway::end_connections(std::chrono::milliseconds deadline) {
  log::info("process {} has this one end its connections within {} s", successor_.load(), deadline.count() / 1000.0);
  for (auto& worker : workers_) worker->drain(deadline);
}

std::string RunningGateway::report() const {
  return fmt::format("{} connections, {} tunnels", sum_of(workers_, "connections_open"),
                     sum_of(workers_, "tunnels_open"));
}

void RunningGateway::orphaned() { end_connections(std::chrono::milliseconds(0)); }

// --- either

void RunningGateway::set_time(WallTime to) {
  if (driven_) driven_->set(to);
  for (auto& worker : workers_) worker->clock_changed();
  std::lock_guard lock(earlier_mutex_);
  for (const auto& each : earlier_) each->set_time(to);
}

// --- the new process

void RunningGateway::give_up(std::string_view why) {
  if (options_.take_over) options_.take_over->give_up(why);
}

Result<void> RunningGateway::become_successor() {
  CG_TRY(before, options_.take_over->ready());
  log::info("process {} ({}) has handed over", before->process(), options_.take_over->offer().version);
  // Of addresses that are not configured any more: clients are refused there, not left in a queue that nobody takes
  // from.
  options_.take_over->offer().sockets.clear();
  if (auto claimed = state_.claim("serve"); !claimed) log::warning("{}", claimed.error().context);
  {
    std::lock_guard lock(earlier_mutex_);
    for (auto& each : options_.take_over->offer().earlier) earlier_.push_back(std::move(each));
    earlier_.push_back(std::move(before));
  }
  // The files may have changed since the old process read them, and commands may have been given here meanwhile.
  const bool same = options_.take_over->offer().in_force == versions_of(services_->in_force());
  static_cast<void>(order_earlier_to_adopt(same ? News::Acts : News::Files));
  return {};
}

std::string RunningGateway::order_earlier_to_adopt(News news) {
  std::string out;
  std::lock_guard lock(earlier_mutex_);
  std::erase_if(earlier_, [](const auto& each) { return !each->runs(); });
  for (const auto& each : earlier_) {
    const auto why = each->adopt(news, services_->names(), services_->acts());
    if (why.empty()) continue;
    log::warning("process {}, which was finishing its connections, closes them, since it cannot follow: {}",
                 each->process(), why);
    out += fmt::format("\nprocess {} could not follow and closes its connections: {}", each->process(), why);
  }
  return out;
}

void RunningGateway::order_earlier_to_sign_out(std::span<const IpAddress> addresses) {
  std::lock_guard lock(earlier_mutex_);
  for (const auto& each : earlier_)
    if (each->runs()) each->sign_out(addresses);
}

void RunningGateway::order_earlier_to_stop() {
  std::lock_guard lock(earlier_mutex_);
  for (const auto& each : earlier_)
    if (each->runs()) each->stop(drain_timeout());
}

void RunningGateway::wait_for_earlier() {
  const auto deadline = std::chrono::steady_clock::now() + drain_timeout() + kLastRecords;
  std::lock_guard lock(earlier_mutex_);
  for (const auto& each : earlier_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (!each->ended(std::max(left, std::chrono::milliseconds(0))))
      log::warning("process {} still runs; its records are taken at the next start", each->process());
  }
}

}  // namespace citygate::app
