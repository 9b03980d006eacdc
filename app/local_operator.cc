#include "app/local_operator.h"

#include "app/backup.h"
#include "app/services.h"
#include "records/recorder.h"

namespace citygate::app {
namespace {

std::unexpected<Error> needs_gateway() {
  return fail(Error::Kind::Refused, "no gateway runs on this state directory; start one with `citygate serve`");
}

class LocalOperator final : public console::Operator {
 public:
  LocalOperator(Config config, StateDirectory state, std::string version)
      : config_(std::move(config)),
        state_(std::move(state)),
        version_(std::move(version)),
        board_(meter::VisitRules{.pause = config_.records.visit_pause, .tail = config_.records.visit_tail}) {}

  Result<void> open(Services::Lists lists) {
    CG_TRY(services, Services::open(config_, state_, lists, clock_, Services::Warnings::Kept));
    services_ = std::move(services);
    return {};
  }

  proxy::Snapshots in_force() const override { return services_->in_force(); }
  records::Store& store() override { return services_->store(); }
  ActJournal& acts() override { return services_->acts(); }
  policy::Registrar& registrar() override { return services_->registrar(); }
  Result<std::string> acknowledged_text(std::string_view sha256) const override {
    return services_->acknowledged_text(sha256);
  }
  categories::Updater& updater() override { return services_->updater(); }
  categories::ListStore& list_store() override { return services_->list_store(); }
  NameSource& names() override { return services_->names(); }
  const Clock& clock() const override { return clock_; }
  bool listed_host(std::string_view host) const override { return config_.lists_host(host); }
  std::vector<IpAddress> listed_addresses(std::string_view host) const override {
    return config_.listed_addresses(host);
  }
  console::HeldStore& held_files() override { return services_->held_files(); }
  console::HeldStore::Bounds held_bounds() const override { return config_.held_bounds(); }
  meter::UsageBoard& board() override { return board_; }
  bool running() const override { return false; }
  Result<void> adopt_lists() override { return services_->adopt_lists(); }

  Result<void> flush() override {
    if (folded_) return {};
    const auto rules = in_force().rules;
    CG_TRY(recorder, records::Recorder::open(state_.spool(), config_.records, 0, services_->store(), board_,
                                             rules->zone(), clock_));
    CG_TRY_VOID(recorder->stop());
    folded_ = true;
    return {};
  }

  Result<BackupStage> stage_backup() override {
    CG_TRY_VOID(flush());
    CG_TRY(records, app::stage_backup(state_, services_->store()));
    return BackupStage{.path = app::backup_stage(state_.path()), .records = records};
  }

  Facts status() const override {
    const auto snapshots = services_->in_force();
    return {{"version", version_},
            {"state", state_.path().string()},
            {"gateway", "not running"},
            {"city", snapshots.rules->city()},
            {"policy", snapshots.rules->sha256()},
            {"people", std::to_string(snapshots.people->people().size())},
            {"lists", std::to_string(snapshots.lists->status().entries) + " entries"}};
  }

  Result<console::Metrics> metrics() const override { return needs_gateway(); }
  Result<void> set_clock(WallTime) override { return needs_gateway(); }
  Result<std::string> reload() override { return needs_gateway(); }
  Result<std::string> upgrade(const std::string&) override { return needs_gateway(); }
  Result<void> stop() override { return needs_gateway(); }

 private:
  Config config_;
  const StateDirectory state_;
  std::string version_;
  SystemClock clock_;
  meter::UsageBoard board_;
  std::unique_ptr<Services> services_;
  bool folded_ = false;
};

}  // namespace

Result<std::unique_ptr<console::Operator>> open_locally(Config config, StateDirectory state, std::string version,
                                                        std::string_view command) {
  auto op = std::make_unique<LocalOperator>(std::move(config), std::move(state), std::move(version));
  CG_TRY_VOID(op->open(command == "lists import" ? Services::Lists::Later : Services::Lists::Load));
  return op;
}

}  // namespace citygate::app
