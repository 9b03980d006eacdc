// services.h - what both a gateway and a command without one open on a state directory: names, lists, policy, people.
//
//   StateDirectory ─▶ Store (names, acts) ─▶ Taxonomy ─▶ ListStore, Registrar ◀─ people file, policy file
//                                                                 └──────────┴──▶ Snapshots
//
// Owner     Gateway, or LocalOperator.
// Thread    in_force() and what it gives, registrar(): any. reload(), take_starter(), adopt_lists(): one at a time, the
//           owner sees to that.
// Closed    lists that exist and cannot be read are an error, not an empty list: nothing would be refused.
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "app/config.h"
#include "app/relay_names.h"
#include "app/relay_secrets.h"
#include "app/state_directory.h"
#include "base/act.h"
#include "categories/list_store.h"
#include "categories/updater.h"
#include "policy/act_registrar.h"
#include "policy/digest.h"
#include "proxy/snapshots.h"
#include "records/store.h"

namespace citygate::app {

class Services {
 public:
  // Later: no list is in force until adopt_lists(); for mending lists of which no image can be read.
  enum class Lists : std::uint8_t { Load, Later };
  // What is unwise in the sources file, and acts that name whom the people file has dropped, are logged by who serves, when
  // it starts and reloads; a command that only looks something up is not answered with it.
  enum class Warnings : std::uint8_t { Logged, Kept };
  // Borrows `state`. Malformed: the taxonomy, people or policy file is wrong; the text is every error, a line each.
  [[nodiscard]] static Result<std::unique_ptr<Services>> open(const Config& config, const StateDirectory& state,
                                                              Lists lists, const Clock& clock,
                                                              Warnings warnings = Warnings::Logged);

  [[nodiscard]] records::Store& store() { return *store_; }
  [[nodiscard]] ActJournal& acts() { return store_->acts(); }
  [[nodiscard]] policy::ActRegistrar& registrar() { return *registrar_; }
  [[nodiscard]] console::HeldStore& held_files() { return held_files_; }
  [[nodiscard]] RelayNames& names() { return names_; }
  [[nodiscard]] categories::ListStore& list_store() { return *list_store_; }
  [[nodiscard]] categories::Updater& updater() { return *updater_; }
  [[nodiscard]] proxy::Snapshots in_force() const;
  // Of a text that somebody has acknowledged. NotFound.
  [[nodiscard]] Result<std::string> acknowledged_text(std::string_view sha256) const {
    return state_.kept_text(sha256);
  }

  // Reads people, policy and lists again and puts them in force together; on errors everything stays as it was. The
  // policy's text is kept in the state directory from now on.
  [[nodiscard]] Result<void> reload(const Config& config);
  // Imports the starter list if it has changed, and puts the result in force. When it cannot be imported, the lists in
  // force stay and the log says so; it is an error where there are none.
  [[nodiscard]] Result<void> take_starter(const Config& config);
  // Puts in force what the list store calls current; where that is so already, nothing changes.
  [[nodiscard]] Result<void> adopt_lists();

 private:
  [[nodiscard]] Result<policy::ActRegistrar::Draft> read_policy(const Config& config);
  // The people file as it was read before, where neither it nor what its dates mean has changed: of a large city it is
  // most of a reload.
  [[nodiscard]] Result<std::shared_ptr<const policy::Directory>> read_people(const std::filesystem::path& file,
                                                                             const Zone& zone);
  // The text that an act says was acknowledged.
  [[nodiscard]] Result<void> keep_text(const Act& act, const policy::Registrar::State& state) const;
  [[nodiscard]] Result<void> read_lists(proxy::Snapshots& into);
  // Null where lists.sources names none.
  [[nodiscard]] Result<std::shared_ptr<const categories::SourcesFile>> read_sources(const Config& config) const;
  void put_in_force(proxy::Snapshots snapshots);
  [[nodiscard]] Result<void> import_starter(const Config& config);
  Services(const StateDirectory& state, std::unique_ptr<records::Store> store, const Clock& clock, Warnings warnings)
      : state_(state),
        clock_(clock),
        warnings_(warnings),
        store_(std::move(store)),
        secrets_(store_->secrets()),
        names_(store_->names()),
        held_files_(state.held()) {}

  const StateDirectory& state_;
  const Clock& clock_;
  const Warnings warnings_;
  std::unique_ptr<records::Store> store_;
  RelaySecrets secrets_;  // of store_
  RelayNames names_;      // of store_
  console::HeldStore held_files_;
  std::unique_ptr<categories::ListStore> list_store_;
  std::unique_ptr<categories::Updater> updater_;     // of list_store_
  std::unique_ptr<policy::ActRegistrar> registrar_;  // people, standing, grants, rules
  struct PeopleFile {
    std::filesystem::path path;
    policy::Digest sha256{};
    std::string zone;
    std::shared_ptr<const policy::Directory> people;
  };
  PeopleFile people_file_;
  mutable std::mutex mutex_;
  proxy::Snapshots snapshots_;  // taxonomy and lists; guarded by mutex_
};

}  // namespace citygate::app
