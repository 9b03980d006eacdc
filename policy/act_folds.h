// act_folds.h - what all acts add up to, and how that is laid upon the files: the inside of the registrar.
//
//   acts ─▶ Folds ──upon── people file, policy file ─▶ Registrar::State
//
// Each fold is a class of its own with the same shape: prepare(act, context) const, apply(act, names), and what it yields.
// Copyable, so that several acts can be tried before one of them is kept.
// Owner     ActRegistrar. Thread: one at a time; what show() gives out is any thread's.
#pragma once

#include <memory>

#include "policy/act_context.h"
#include "policy/grants/grant_fold.h"
#include "policy/people/dispute_fold.h"
#include "policy/people/people_fold.h"
#include "policy/people/standing_fold.h"
#include "policy/registrar.h"

namespace citygate::policy {

// What the files say, read for the people that they and the acts make.
struct FilesRead {
  std::shared_ptr<const Directory> people;  // of the people file alone
  std::shared_ptr<const Rulebook> rules;
  std::shared_ptr<const GrantBook> grants;  // of the policy file alone
};

// Which fold takes an act. None: it is kept for its own sake.
enum class Part : std::uint8_t { None, People, Standing, Grants, Disputes };
inline constexpr std::size_t kParts = static_cast<std::size_t>(Part::Disputes) + 1;
[[nodiscard]] Part part_of(ActKind kind);
[[nodiscard]] Registrar::Effect effect_of(ActKind kind);

class Folds {
 public:
  // Both are borrowed: hashes of passwords, and the numbers of names that acts have brought.
  Folds(const SecretStore& secrets, NameSource& names) : secrets_(&secrets), names_(&names) {}

  // Acts that no fold takes are fine as they are.
  [[nodiscard]] Result<void> prepare(Act& act, const ActContext& context) const;
  [[nodiscard]] Result<void> apply(const Act& act, NameSource& names);

  // The people file with what acts have made of it. Malformed: they contradict each other, in words for the operator.
  // `warnings`: acts that name whom the file has dropped, and matter at `now`.
  [[nodiscard]] Result<std::shared_ptr<const Directory>> people_upon(std::shared_ptr<const Directory> file,
                                                                     WallTime now, Problems& warnings) const;
  // Brings `state` up to date with one part; People includes the ends of guests' terms, which Standing holds.
  [[nodiscard]] Result<void> show(Part part, const FilesRead& files, Registrar::State& state);
  // All of it, where people_upon(files.people) has given `people`.
  [[nodiscard]] Registrar::State show_all(const FilesRead& files, std::shared_ptr<const Directory> people);

  void grants(const std::function<bool(const GrantCase&)>& visit) const;
  [[nodiscard]] std::optional<GrantCase> grant(std::string_view name) const;
  [[nodiscard]] const DisputeFold& disputes() const { return disputes_; }

 private:
  void show_people(std::shared_ptr<const Directory> people, Registrar::State& state);

  const SecretStore* secrets_;
  NameSource* names_;
  PeopleFold people_;
  StandingFold standing_;
  GrantFold grants_;
  DisputeFold disputes_;
  std::uint64_t shown_guests_ = 0;  // GrantFold::guests_version() of what was shown last
};

}  // namespace citygate::policy
