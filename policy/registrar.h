// registrar.h - the one way by which people change what is in force: a proposed act is checked, kept, folded, shown.
//
//   enact(act) ─▶ check against what is in force ─▶ ActJournal::append ─▶ fold ─▶ new snapshots ─▶ on_change
//
// What is in force is a fold over all acts, upon the people file and the policy file: the same acts and files give the
// same state. A fold never looks at the policy: what an act needed to know of it (the steps of a grant, a text's version)
// was written into the act when it was made, so a new policy changes nothing that was agreed to under the old one.
// Owner     app (Services). Thread: any; acts are taken one after the other, readers wait for none.
// Errors    enact: Malformed (a field is missing or wrong), NotFound (no such person, grant ...), Refused (not this author,
//           not now), each in words for who asked; Storage when the act cannot be kept. Nothing has changed then.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/act.h"
#include "base/name_source.h"
#include "categories/taxonomy.h"
#include "policy/grants/grant_book.h"
#include "policy/people/directory.h"
#include "policy/people/dispute.h"
#include "policy/people/standing.h"
#include "policy/rulebook.h"

namespace citygate::policy {

// A grant from the asking to the end, as people see it.
struct GrantCase {
  enum class State : std::uint8_t { Asked, Agreed, Refused, Withdrawn };
  struct Step {
    std::string role;
    std::vector<std::string> approvers;  // any one of them, by name
    std::string approved_by;             // "" while open
    WallTime approved_at{};
  };
  Grant grant;  // grant.start: not before the last approval
  State state = State::Asked;
  std::string requester, purpose, title, clause;  // title and clause: of the chain
  std::vector<std::string> subjects, categories;  // names
  std::string department;                         // of the subjects, of `about`, or where a guest works
  std::string about;                              // whose records
  std::string url, sha256, file_name;             // of a download
  std::string sponsor, full_name;                 // of a guest's account
  std::string device;                             // "10.1.2.3, Android phone"
  std::vector<Step> steps;
  bool ordered = false;
  WallTime asked_at{};
  WallTime ended_at = WallTime::max();  // refused or withdrawn
  std::string ended_by, ended_why;
};

class Registrar {
 public:
  struct State {
    std::shared_ptr<const Directory> people;
    std::shared_ptr<const StandingTable> standing;
    std::shared_ptr<const GrantBook> grants;
    std::shared_ptr<const Rulebook> rules;
  };
  // What a change means for exchanges that run: Tightens has them all decided again.
  enum class Effect : std::uint8_t { None, Loosens, Tightens };

  virtual ~Registrar() = default;

  [[nodiscard]] virtual State state() const = 0;
  // `act`: all but number and time. The act as it was kept.
  [[nodiscard]] virtual Result<Act> enact(Act act) = 0;
  // All or none, for an import.
  [[nodiscard]] virtual Result<std::vector<Act>> enact(std::vector<Act> acts) = 0;
  // Called after each change with what it means, in order; the change is in force when it returns. One more callback,
  // beside those that were given before.
  virtual void on_change(std::function<void(Effect)> callback) = 0;

  // Grants asked for, agreed to and past; the newest first, until `visit` returns false.
  virtual void grants(const std::function<bool(const GrantCase&)>& visit) const = 0;
  [[nodiscard]] virtual std::optional<GrantCase> grant(std::string_view name) const = 0;

  // Disputes of verdicts, decided ones too; the newest first, until `visit` returns false.
  virtual void disputes(const std::function<bool(const Dispute&)>& visit) const = 0;
  [[nodiscard]] virtual std::optional<Dispute> dispute(std::uint64_t number) const = 0;
};

}  // namespace citygate::policy
