// act_registrar.h - the Registrar as it is: all acts of a journal, folded, upon the files that were read last.
//
//   open()            replays the journal; nothing is in force yet
//   draft(), take()   the files, read for the people that they and the acts make together; with the first take() all is
//   enact()           one act, or several of which all or none are kept
//   follow()          acts that another process has kept, for one that finishes its connections
//
// Owner     Services. Thread: any. Changes wait for each other, so on_change's callback must not make one; state() waits
//           for a copy of four pointers at most, grants() and grant() for one act to be folded.
// Errors    open: Malformed names the act that this version does not understand, and nothing is opened: what an unknown
//           act forbids is not to be forgotten. draft: Malformed: the files are wrong, or do not go together with the
//           acts; the state stays. enact: see registrar.h; Bug where an act was kept and could not be folded.
// Cost      open: one scan of the journal. An act: one block of standings, or a directory, or a book of grants.
//           bench/micro/registrar_bench.cc measures both.
#pragma once

#include <array>
#include <mutex>
#include <shared_mutex>

#include "base/act.h"
#include "policy/act_folds.h"
#include "policy/registrar.h"

namespace citygate::policy {

class ActRegistrar final : public Registrar {
 public:
  // All borrowed.
  struct Needs {
    ActJournal& journal;
    SecretStore& secrets;
    NameSource& names;
    const categories::Taxonomy& taxonomy;
    const Clock& clock;
    // What is to be kept beside an act that was prepared, before that is kept: the text that somebody acknowledges. May
    // be empty; an error keeps the act from being kept.
    std::function<Result<void>(const Act& act, const State& state)> keep_beside{};
  };
  [[nodiscard]] static Result<std::unique_ptr<ActRegistrar>> open(const Needs& needs);

  // The policy names departments and officers, so it is read for people that are known already.
  using ReadPolicy = std::function<Result<Rulebook::Loaded>(const Directory& people)>;
  struct Draft {
    FilesRead files;
    std::shared_ptr<const Directory> people;  // of file and acts
    std::uint64_t folded = 0;                 // the last act in it
    Problems warnings{};                      // acts that name whom the people file has dropped, and what became of it
  };
  [[nodiscard]] Result<Draft> draft(std::shared_ptr<const Directory> people_file, const ReadPolicy& read_policy);
  // Puts it in force, together with what was enacted since. The owner tells whoever has to know: no on_change.
  [[nodiscard]] Result<void> take(Draft draft);

  // In order; those that are folded already are passed over. What they mean for running exchanges.
  [[nodiscard]] Result<Effect> follow(const std::vector<Act>& acts);
  // The same with what another process has kept in the journal.
  [[nodiscard]] Result<Effect> catch_up();
  [[nodiscard]] std::uint64_t folded() const;

  State state() const override;
  Result<Act> enact(Act act) override;
  Result<std::vector<Act>> enact(std::vector<Act> acts) override;
  void on_change(std::function<void(Effect)> callback) override;
  void grants(const std::function<bool(const GrantCase&)>& visit) const override;
  std::optional<GrantCase> grant(std::string_view name) const override;
  void disputes(const std::function<bool(const Dispute&)>& visit) const override;
  std::optional<Dispute> dispute(std::uint64_t number) const override;

 private:
  explicit ActRegistrar(const Needs& needs) : needs_(needs), folds_(needs.secrets, needs.names) {}
  [[nodiscard]] Result<void> replay();
  [[nodiscard]] Result<void> prepare(Act& act, const Folds& folds, const State& state, std::uint64_t number) const;
  [[nodiscard]] Result<void> prepare_all(std::vector<Act>& acts, std::uint64_t number) const;
  [[nodiscard]] Result<std::vector<Act>> keep(const std::vector<Act>& acts) const;
  [[nodiscard]] Result<Effect> fold(const std::vector<Act>& acts);
  [[nodiscard]] Result<Effect> fold_up_to(const std::vector<Act>& kept);

  const Needs needs_;
  mutable std::mutex acting_;             // held through a change
  mutable std::shared_mutex folding_;     // held alone while folds_ is written; by writers inside acting_
  Folds folds_;                           // guarded by folding_
  std::uint64_t folded_ = 0;              // guarded by folding_
  std::array<bool, kParts> unshown_{};    // parts that folds_ has and state_ has not, by Part; guarded by acting_
  Effect unshown_effect_ = Effect::None;  // likewise
  FilesRead files_;                       // guarded by acting_
  std::vector<std::function<void(Effect)>> on_change_;  // guarded by acting_
  mutable std::mutex state_mutex_;
  State state_;  // guarded by state_mutex_; written inside acting_
};

}  // namespace citygate::policy
