// operator.h - what the commands stand on: a running gateway, or a state directory that a process opened by itself.
//
// One implementation of every command serves both; app/ has the two Operators. What only a running gateway can do
// (follow, clock, reload, stop) is Refused by the other, with the reason. Thread    any; commands of several clients
// run at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/act.h"
#include "base/clock.h"
#include "base/name_source.h"
#include "base/result.h"
#include "categories/list_store.h"
#include "categories/updater.h"
#include "console/downloads/held_store.h"
#include "console/metrics.h"
#include "meter/usage_board.h"
#include "policy/registrar.h"
#include "proxy/snapshots.h"
#include "records/store.h"

namespace citygate::console {

class Operator {
 public:
  using Facts = std::vector<std::pair<std::string, std::string>>;  // name, value: for `status`

  virtual ~Operator() = default;

  [[nodiscard]] virtual proxy::Snapshots in_force() const = 0;
  [[nodiscard]] virtual records::Store& store() = 0;
  [[nodiscard]] virtual ActJournal& acts() = 0;
  // Refused while an upgrade is under way, and after it in the process before.
  [[nodiscard]] virtual policy::Registrar& registrar() = 0;
  // Of a text that somebody has acknowledged; NotFound.
  [[nodiscard]] virtual Result<std::string> acknowledged_text(std::string_view sha256) const = 0;
  [[nodiscard]] virtual categories::ListStore& list_store() = 0;
  [[nodiscard]] virtual categories::Updater& updater() = 0;
  [[nodiscard]] virtual NameSource& names() = 0;
  [[nodiscard]] virtual const Clock& clock() const = 0;
  [[nodiscard]] virtual meter::UsageBoard& board() = 0;

  // Whether the [hosts] table of the configuration answers this canonical name.
  [[nodiscard]] virtual bool listed_host(std::string_view host) const = 0;

  // The addresses that it gives for this name; none: DNS is to be asked.
  [[nodiscard]] virtual std::vector<IpAddress> listed_addresses(std::string_view host) const = 0;
  // Programs that wait for somebody's approval, and how much of them may wait.
  [[nodiscard]] virtual HeldStore& held_files() = 0;
  [[nodiscard]] virtual HeldStore::Bounds held_bounds() const = 0;

  // Returns when everything that ended before the call is in the store.
  [[nodiscard]] virtual Result<void> flush() = 0;
  // Puts the image that the list store calls current in force, in every worker.
  [[nodiscard]] virtual Result<void> adopt_lists() = 0;

  // Everything up to now, as a copy that a backup is written from; refused while one is.
  struct BackupStage {
    std::filesystem::path path;
    std::uint64_t records = 0;  // the store's cursor
  };
  [[nodiscard]] virtual Result<BackupStage> stage_backup() = 0;

  [[nodiscard]] virtual Facts status() const = 0;

  // Of a running gateway alone.
  [[nodiscard]] virtual Result<Metrics> metrics() const = 0;
  [[nodiscard]] virtual bool running() const = 0;
  [[nodiscard]] virtual Result<void> set_clock(WallTime to) = 0;  // Refused without --test-clock
  [[nodiscard]] virtual Result<std::string> reload() = 0;         // what changed, a line each
  // Starts `program` ("" = its own file, as it is now) to take over, and waits until it has, or has failed.
  [[nodiscard]] virtual Result<std::string> upgrade(const std::string& program) = 0;
  virtual Result<void> stop() = 0;  // asks; returns at once
};

}  // namespace citygate::console
