// running_gateway.h - the Gateway as it is; three files carry it out, by who asks:
//
//   gateway.cc            main: start, signals, the end
//   gateway_operator.cc   the administrator: what is in force, reload, status
//   gateway_upgrade.cc    the process of another version: hand over to it, take over from it
//
// Owner, threads, errors: see gateway.h.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/certificates.h"
#include "app/change_gate.h"
#include "app/gated_registrar.h"
#include "app/gateway.h"
#include "app/generations.h"
#include "app/hand_over_outcome.h"
#include "app/list_updates.h"
#include "app/listeners.h"
#include "app/portal_host.h"
#include "app/services.h"
#include "app/successor.h"
#include "app/watchdog.h"
#include "console/server.h"
#include "proxy/worker.h"
#include "records/recorder.h"

namespace citygate::app {

class RunningGateway final : public Gateway, private HandOver {
 public:
  RunningGateway(Config config, StateDirectory state, Options options)
      : config_(std::move(config)), state_(std::move(state)), options_(std::move(options)) {}
  ~RunningGateway() override;

  [[nodiscard]] Result<void> open();
  void give_up(std::string_view why);  // open() has failed
  Result<void> run() override;

  // Operator
  proxy::Snapshots in_force() const override { return services_->in_force(); }
  records::Store& store() override { return services_->store(); }
  ActJournal& acts() override { return services_->acts(); }
  policy::Registrar& registrar() override { return *registrar_; }
  Result<std::string> acknowledged_text(std::string_view sha256) const override {
    return services_->acknowledged_text(sha256);
  }
  categories::Updater& updater() override { return services_->updater(); }
  categories::ListStore& list_store() override { return services_->list_store(); }
  NameSource& names() override { return services_->names(); }
  const Clock& clock() const override { return *clock_; }
  meter::UsageBoard& board() override { return *board_; }
  bool listed_host(std::string_view host) const override;
  std::vector<IpAddress> listed_addresses(std::string_view host) const override;
  console::HeldStore& held_files() override { return services_->held_files(); }
  console::HeldStore::Bounds held_bounds() const override;
  bool running() const override { return true; }
  Result<void> flush() override { return recorder_->flush(); }
  Result<void> adopt_lists() override;
  Result<std::string> reload() override;
  Result<void> set_clock(WallTime to) override;
  Result<std::string> upgrade(const std::string& program) override;
  Result<void> stop() override;
  Result<BackupStage> stage_backup() override;
  Facts status() const override;
  Result<console::Metrics> metrics() const override;

 private:
  // gateway.cc
  [[nodiscard]] unsigned worker_count() const;
  [[nodiscard]] std::chrono::milliseconds drain_timeout() const;
  void start_memory_budget();
  [[nodiscard]] Result<void> make_clock();
  [[nodiscard]] Result<void> start_clock();
  void make_list_updates();
  [[nodiscard]] Result<void> make_workers();
  [[nodiscard]] Result<void> serve();
  [[nodiscard]] Result<void> start_portal();
  [[nodiscard]] Result<void> start_watchdog();
  [[nodiscard]] Result<void> announce();
  [[nodiscard]] std::string serving() const;  // for the service manager's status line
  [[nodiscard]] proxy::Generation next_generation();
  void wait_for_the_end();
  Result<void> shut_down();

  // gateway_operator.cc
  // Inside the change gate: what the services have in force becomes what workers and earlier processes run. Returns
  // what the operator should know of it, "" usually.
  [[nodiscard]] Result<std::string> put_in_force();
  // The same for what an act has changed, which leaves files and settings as they were.
  void put_acts_in_force(policy::Registrar::Effect effect);
  void tell_workers(policy::Registrar::Effect effect);
  [[nodiscard]] std::string tell_workers_all();  // who of them goes on with what it had, and why
  void reload_by_signal();
  void warn_of_idle_rules(const Config& config) const;  // of what is in force
  void note_policy(std::string_view via);               // an act of it, if it is another
  [[nodiscard]] bool take_up_certificate();             // false: not now

  // gateway_upgrade.cc
  Result<OwnHoldings> offer(int process) override;
  Result<void> release() override;
  Result<void> take_back() override;
  void keep(int process, const std::string& why) override;
  void commit(int successor_process) override;
  Result<void> adopt(News news, const AskName& ask_name, const AskAct& ask_act) override;
  void sign_out(std::span<const IpAddress> addresses) override;
  void set_time(WallTime to) override;
  void end_connections(std::chrono::milliseconds deadline) override;
  std::string report() const override;
  void orphaned() override;
  [[nodiscard]] Result<void> follow(const AskAct& ask);
  [[nodiscard]] Result<void> adopt_files();
  [[nodiscard]] bool handed_over() const { return successor_.load() != 0; }
  // The new side: the old process accepts no more, its orders come from here. Refused: it goes on instead.
  [[nodiscard]] Result<void> become_successor();
  [[nodiscard]] std::string order_earlier_to_adopt(News news);
  void order_earlier_to_sign_out(std::span<const IpAddress> addresses);
  void order_earlier_to_stop();
  void wait_for_earlier();
  [[nodiscard]] bool retired_for_too_long() const;

  // Constant once open() is through, but for what a reload takes up, which is inside the gate and holds the mutex.
  Config config_;
  mutable std::mutex config_mutex_;
  StateDirectory state_;
  Options options_;
  WallTime started_{};
  ChangeGate gate_;
  ChangeGate acts_gate_;  // an order about somebody's access does not wait for lists that compile
  std::mutex putting_;    // held while workers are told: the last they hear is the last there is
  Generations generations_;
  std::size_t warned_of_ = 0;  // so few connections per worker; not said again at each change of what is in force
  std::deque<Zone> zones_;     // the recorder's, the last one in force
  Listeners listeners_;
  Certificates certificates_;
  PortalHost portal_;

  // In the order of who needs whom; destroyed from below.
  std::unique_ptr<Services> services_;
  std::unique_ptr<GatedRegistrar> registrar_;  // of services_
  std::unique_ptr<Clock> clock_;
  DrivenClock* driven_ = nullptr;  // clock_, if it is one
  std::unique_ptr<meter::UsageBoard> board_;
  std::unique_ptr<proxy::Authenticator> authenticator_;
  proxy::WarnRegister warnings_;
  std::unique_ptr<proxy::ClientTables> clients_;
  std::unique_ptr<proxy::MemoryBudget> memory_;
  std::unique_ptr<records::Recorder> recorder_;
  std::vector<std::unique_ptr<proxy::Worker>> workers_;
  std::unique_ptr<Watchdog> watchdog_;
  std::unique_ptr<console::Server> server_;
  std::unique_ptr<SuccessorServer> successors_;
  std::unique_ptr<ListUpdates> list_updates_;
  bool serving_ = false, announced_ = false;

  // Upgrades
  mutable std::mutex earlier_mutex_;
  std::vector<std::shared_ptr<EarlierProcess>> earlier_;  // guarded by earlier_mutex_
  std::atomic<int> successor_ = 0;                        // the process that has taken over
  std::atomic<bool> stopping_ = false;
  std::optional<MonoTime> retire_until_;  // written before successor_ is
  std::mutex launching_;                  // one upgrade() at a time
  HandOverOutcome outcome_;
};

}  // namespace citygate::app
