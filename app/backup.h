// backup.h - a consistent copy of a state directory, made while a gateway serves from it, and the way back.
//
//   owner of the state (gateway, or a command without one)   stage_backup: everything up to now, in STATE/backup
//   command, as whoever may write there                      write_backup: STATE/backup ─▶ TARGET, then MANIFEST
//   command, on a machine where nothing runs yet             restore_backup: TARGET ─▶ an empty state directory
//
// The stage is made of hard links where the file system has them, so the gateway is not kept from its work, needs no
// right to write elsewhere, and a slow target costs it nothing.
// What      db/ (records, usage, names, acts and secrets), lists/, policies/, keys/, held/; conf/: configuration,
//           taxonomy, people, policy, sources. Not spools, whose records are in the store by then, and not what configuration files name
//           elsewhere.
// Errors    Refused: the target holds something, or what is to be restored is no whole backup.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "app/config.h"
#include "app/state_directory.h"
#include "base/result.h"
#include "records/store.h"

namespace citygate::app {

// Returns the store's cursor. What was committed before the call must have been flushed. One call at a time, which the
// owner of the state sees to. A stage that was left over is replaced. Refused while another backup is written from it:
// half of one moment and half of another would be no copy of either.
[[nodiscard]] Result<std::uint64_t> stage_backup(const StateDirectory& state, records::Store& store);
[[nodiscard]] std::filesystem::path backup_stage(const std::filesystem::path& state);

// Takes the stage away at the end, whatever came of it. `target` must be empty or not exist. Returns what to tell the
// operator. Refused, and the stage left alone, while another backup is written from it.
[[nodiscard]] Result<std::string> write_backup(const std::filesystem::path& stage, std::uint64_t records,
                                               const Config& config, const std::filesystem::path& target,
                                               std::string_view version);

// `state` must be empty or not exist, and so must `conf`, where the configuration goes if it is named. Each file is
// held against its checksum as it is copied; what makes a directory a state directory comes last, so that nothing
// starts on one that could not be restored whole.
[[nodiscard]] Result<std::string> restore_backup(const std::filesystem::path& backup,
                                                 const std::filesystem::path& state,
                                                 const std::optional<std::filesystem::path>& conf);

}  // namespace citygate::app
