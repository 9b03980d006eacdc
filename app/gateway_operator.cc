#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "app/backup.h"
#include "app/check.h"
#include "app/gateway_metrics.h"
#include "app/listed_categories.h"
#include "app/running_gateway.h"
#include "base/log.h"
#include "console/act_log.h"

namespace citygate::app {
namespace {

std::string hex(std::uint64_t value) { return fmt::format("{:016x}", value); }

}  // namespace

std::vector<IpAddress> RunningGateway::listed_addresses(std::string_view host) const {
  std::lock_guard lock(config_mutex_);
  return config_.listed_addresses(host);
}

console::HeldStore::Bounds RunningGateway::held_bounds() const {
  std::lock_guard lock(config_mutex_);
  return config_.held_bounds();
}

bool RunningGateway::listed_host(std::string_view host) const {
  std::lock_guard lock(config_mutex_);
  return config_.lists_host(host);
}

Result<void> RunningGateway::adopt_lists() {
  CG_TRY(pass, gate_.enter());
  static_cast<void>(pass);
  const auto before = services_->in_force().lists;
  CG_TRY_VOID(services_->adopt_lists());
  if (services_->in_force().lists != before) CG_TRY_VOID(put_in_force());
  // An override may have another end, and a source may be held no longer.
  list_updates_->look_again();
  return {};
}

Result<std::string> RunningGateway::reload() {
  CG_TRY(pass, gate_.enter());
  static_cast<void>(pass);
  const ReloadNotice notice(options_.service_manager, serving());
  Problems problems;
  auto settings = read_settings(config_.file, problems);
  if (!settings) {
    Problems all;  // of people and policy too: who mends one file wants to hear of the others
    static_cast<void>(read_everything(config_.file, all));
    return std::unexpected((all.empty() ? problems : all).to_error());
  }
  Config& next = *settings;
  std::optional<Certificates::Read> certificate;
  if (certificate_files(next)) {
    Config now = config_;  // with the listeners that are open
    now.take_live_fields(next);
    CG_TRY(read, certificates_.read(now));
    certificate = std::move(read);
  }
  const auto had = services_->in_force();
  CG_TRY_VOID(services_->reload(next));
  warn_of_idle_rules(next);
  // Every part was read whole and agreed with the others: from here on the new ones are in force.
  if (certificate) certificates_.take(*std::move(certificate));
  Config before = config_;
  {
    std::lock_guard lock(config_mutex_);
    config_.take_live_fields(next);
  }
  log::set_level(config_.log_level());
  authenticator_->set_cache_for(config_.proxy.credential_cache);
  authenticator_->set_rule(config_.proxy.limits.password_rule());
  memory_->set_limit(static_cast<std::uint64_t>(config_.gateway.memory_bytes));
  CG_TRY(said, put_in_force());
  // Compiling a list takes its time; what could be taken up at once is not kept waiting for it.
  const GenerationId lists = services_->in_force().lists->id();
  if (auto taken = services_->take_starter(config_); !taken)
    return fail(taken.error().kind,
                fmt::format("all else is in force, lists.starter is not: {}", taken.error().context));
  if (services_->in_force().lists->id() != lists) {
    CG_TRY(more, put_in_force());
    said += more;
  }
  list_updates_->look_again();
  const auto has = services_->in_force();
  if (const auto loss = describe_loss(had, has); !loss.empty()) log::warning("reload: was a file cut short? {}", loss);
  return describe_reload(before, next, had, has) + said;
}

void RunningGateway::warn_of_idle_rules(const Config& config) const {
  const auto in_force = services_->in_force();
  for (const auto& idle : rules_without_entries(config, *in_force.taxonomy, *in_force.rules))
    log::warning("{}", idle.to_string());
}

void RunningGateway::reload_by_signal() {
  // A signal is not to be lost in an upgrade, on whichever side it comes to be.
  while (gate_.closed() && !handed_over() && !stopping_) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  if (const int successor = successor_; successor != 0) {
    ::kill(successor, SIGHUP);
    return;
  }
  if (stopping_) return;
  if (const auto changed = reload())
    log::info("reload: {}", *changed);
  else
    log::error("reload: {}", changed.error().context);
  note_policy("signal");
}

void RunningGateway::note_policy(std::string_view via) {
  const auto noted = console::note_policy(*this, "gateway", via, "");
  if (!noted) log::error("the policy is in force, but the journal has no act of it: {}", noted.error().context);
}

bool RunningGateway::take_up_certificate() {
  if (handed_over()) return true;  // who is new here is the successor's
  const auto pass = gate_.enter();
  if (!pass) return false;
  if (const auto said = put_in_force(); !said) log::error("{}", said.error().context);
  return true;
}

Result<std::string> RunningGateway::put_in_force() {
  const std::string behind = tell_workers_all();
  std::string said = order_earlier_to_adopt(News::Files);
  portal_.people_changed();
  if (!behind.empty())
    return fail(Error::Kind::Bug, fmt::format("not every worker has taken up what is in force:{}{}", behind, said));
  return said;
}

std::string RunningGateway::tell_workers_all() {
  std::lock_guard one(putting_);
  const auto snapshots = services_->in_force();
  if (snapshots.rules->zone().name() != zones_.back().name()) {
    zones_.push_back(snapshots.rules->zone());  // the recorder may still read the one before
    recorder_->set_zone(zones_.back());
  }
  const auto generation = next_generation();
  std::uint64_t oldest = generation.number;
  // What is refused here was let pass by every check before it, which is a bug. Even then nobody is left behind for
  // it: the others follow, here and in earlier processes, and the operator hears who does not.
  std::string behind;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    oldest = std::min(oldest, workers_[i]->running());
    if (auto adopted = workers_[i]->adopt(generation); !adopted)
      behind += fmt::format("\nworker {} goes on with what it had: {}", i, adopted.error().context);
  }
  generations_.forget_before(oldest);
  return behind;
}

// Workers here do not wait for a process that is slow to follow.
void RunningGateway::put_acts_in_force(policy::Registrar::Effect effect) {
  if (effect == policy::Registrar::Effect::None) return;
  tell_workers(effect);
  static_cast<void>(order_earlier_to_adopt(News::Acts));
  // Last: what runs by a session has been cut by the order then, and names it, and not for want of a session.
  portal_.people_changed();
}

void RunningGateway::tell_workers(policy::Registrar::Effect effect) {
  std::lock_guard one(putting_);
  using Running = proxy::Worker::Running;
  const auto snapshots = services_->in_force();
  const bool tightens = effect == policy::Registrar::Effect::Tightens;
  for (auto& worker : workers_) worker->take_up(snapshots, tightens ? Running::DecidedAgain : Running::GoesOn);
}

Result<void> RunningGateway::set_clock(WallTime to) {
  if (!driven_)
    return fail(Error::Kind::Refused, "the clock can only be set where the gateway was started with --test-clock");
  set_time(to);
  return {};
}

Result<void> RunningGateway::stop() {
  if (::kill(::getpid(), SIGTERM) != 0) return fail_errno("signal");
  return {};
}

// Inside the gate: nobody reloads, imports or takes over meanwhile. What else goes on, goes on.
Result<RunningGateway::BackupStage> RunningGateway::stage_backup() {
  CG_TRY(pass, gate_.enter());
  static_cast<void>(pass);
  CG_TRY_VOID(flush());
  CG_TRY(records, app::stage_backup(state_, services_->store()));
  return BackupStage{.path = app::backup_stage(state_.path()), .records = records};
}

RunningGateway::Facts RunningGateway::status() const {
  const auto snapshots = services_->in_force();
  const auto recorder = recorder_->status();
  Facts facts{
      {"version", options_.version},
      {"process", fmt::format("{}", ::getpid())},
      {"state", state_.path().string()},
      {"configuration", config_.file.string()},
      {"listening", fmt::format("{}", fmt::join(listeners_.addresses(), " "))},
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
      {"memory_bytes", fmt::format("{} of {}", memory_->used(), memory_->limit())},
      {"recorder", recorder.trouble ? recorder.trouble_text : "well"}};
  {
    std::lock_guard lock(earlier_mutex_);
    for (const auto& each : earlier_)
      if (each->runs()) facts.emplace_back(fmt::format("earlier_{}", each->process()), each->report());
  }
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
  if (portal_.place()) facts.emplace_back("portal", portal_.place()->url());
  for (const auto& [name, value] : portal_.counts()) facts.emplace_back(name, fmt::format("{}", value));
  return facts;
}

Result<console::Metrics> RunningGateway::metrics() const {
  const auto in_force = services_->in_force();
  // Where what waits cannot be read, all else is told.
  return gateway_metrics({.workers = workers_,
                          .in_force = in_force,
                          .list_sources = services_->updater().standing(in_force.rules->zone()),
                          .list_waiting = services_->list_store().waiting().value_or(categories::Waiting()),
                          .recorder = recorder_->status(),
                          .stalls = watchdog_->stalls(),
                          .version = options_.version});
}

}  // namespace citygate::app
