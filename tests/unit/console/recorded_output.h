// recorded_output.h - an Output that a test reads, and an Operator for commands that touch nothing of it.
#pragma once

#include <string>
#include <vector>

#include "console/operator.h"
#include "console/output.h"

namespace citygate::console {

class RecordedOutput final : public Output {
 public:
  void out(std::string_view line) override { lines.emplace_back(line); }
  void err(std::string_view line) override { errors.emplace_back(line); }
  bool ended() override { return false; }
  bool ended_after(std::chrono::milliseconds) override { return true; }

  std::vector<std::string> lines, errors;
};

// Answers `status` and counts calls; whoever asks for more has found a mistake in the test.
class FakeOperator : public Operator {
 public:
  proxy::Snapshots in_force() const override { return snapshots; }
  records::Store& store() override { return *static_cast<records::Store*>(missing("store")); }
  ActJournal& acts() override { return memory_acts; }
  policy::Registrar& registrar() override { return *static_cast<policy::Registrar*>(missing("registrar")); }
  Result<std::string> acknowledged_text(std::string_view) const override { return fail(Error::Kind::NotFound, "no"); }
  categories::ListStore& list_store() override { return *static_cast<categories::ListStore*>(missing("list_store")); }
  categories::Updater& updater() override { return *static_cast<categories::Updater*>(missing("updater")); }
  NameSource& names() override { return memory_names; }
  const Clock& clock() const override { return driven; }
  bool listed_host(std::string_view) const override { return false; }
  std::vector<IpAddress> listed_addresses(std::string_view) const override { return {}; }
  HeldStore& held_files() override { return *static_cast<HeldStore*>(missing("held_files")); }
  HeldStore::Bounds held_bounds() const override { return {}; }
  meter::UsageBoard& board() override { return *static_cast<meter::UsageBoard*>(missing("board")); }
  Result<void> flush() override {
    ++flushes;
    return {};
  }
  Result<void> adopt_lists() override { return {}; }
  Result<BackupStage> stage_backup() override { return BackupStage{.path = "/state/backup", .records = 7}; }
  Facts status() const override { return facts; }
  bool running() const override { return true; }
  Result<Metrics> metrics() const override {
    MetricFamily family{.name = "citygate_fakes", .type = MetricFamily::Type::Gauge, .help = "Fakes.", .metrics = {}};
    family.add(1);
    return Metrics{family};
  }
  Result<void> set_clock(WallTime to) override {
    driven.set(to);
    return {};
  }
  Result<std::string> upgrade(const std::string&) override { return fail(Error::Kind::Refused, "no"); }
  Result<std::string> reload() override { return fail(Error::Kind::Malformed, "policy.toml:3: no"); }
  Result<void> stop() override {
    ++stops;
    return {};
  }

  proxy::Snapshots snapshots;
  MemoryNames memory_names;
  DrivenClock driven{WallTime{}};
  MemoryActs memory_acts{driven};
  Facts facts{{"version", "1"}, {"listening", "127.0.0.1:3128"}};
  int flushes = 0, stops = 0;

 private:
  static void* missing(const char* what) { check_failed(what, std::source_location::current()); }
};

}  // namespace citygate::console
