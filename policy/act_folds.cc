#include "policy/act_folds.h"

#include <algorithm>
#include <vector>

namespace citygate::policy {

Part part_of(ActKind kind) {
  switch (kind) {
    case ActKind::DepartmentAdd:
    case ActKind::DepartmentChange:
    case ActKind::PersonAdd:
    case ActKind::PersonChange:
    case ActKind::AddressAssign:
    case ActKind::AddressRelease: return Part::People;
    case ActKind::Suspend:
    case ActKind::Reinstate:
    case ActKind::Separate:
    case ActKind::Acknowledge:
    case ActKind::AcknowledgeAccess: return Part::Standing;
    case ActKind::GrantRequest:
    case ActKind::GrantApprove:
    case ActKind::GrantRefuse:
    case ActKind::GrantWithdraw: return Part::Grants;
    case ActKind::DisputeOpen:
    case ActKind::DisputeDecide: return Part::Disputes;
    case ActKind::DownloadHeld:
    case ActKind::DownloadRelease:
    case ActKind::PolicyLoad:
    case ActKind::ListPublish:
    case ActKind::ListRollback:
    case ActKind::ListOverride:
    case ActKind::ListOverrideEnd:
    case ActKind::ListRemove:
    case ActKind::View:
    case ActKind::Hold:
    case ActKind::HoldEnd: return Part::None;
  }
  return Part::None;
}

Registrar::Effect effect_of(ActKind kind) {
  using Effect = Registrar::Effect;
  switch (kind) {
    case ActKind::Reinstate:
    case ActKind::Acknowledge:
    case ActKind::DepartmentAdd:
    case ActKind::PersonAdd:
    case ActKind::GrantRequest:
    case ActKind::GrantApprove: return Effect::Loosens;
    case ActKind::AcknowledgeAccess:
    case ActKind::GrantRefuse:
    case ActKind::DisputeOpen:
    case ActKind::DisputeDecide: return Effect::None;
    // A move to another department may do either.
    default: return part_of(kind) == Part::None ? Effect::None : Effect::Tightens;
  }
}

Result<void> Folds::prepare(Act& act, const ActContext& context) const {
  switch (part_of(act.kind)) {
    case Part::People: return people_.prepare(act, context);
    case Part::Standing: return standing_.prepare(act, context);
    case Part::Grants: return grants_.prepare(act, context);
    case Part::Disputes: return disputes_.prepare(act, context);
    case Part::None: break;
  }
  return {};
}

Result<void> Folds::apply(const Act& act, NameSource& names) {
  switch (part_of(act.kind)) {
    case Part::People: return people_.apply(act, names);
    case Part::Standing: return standing_.apply(act, names);
    case Part::Grants: return grants_.apply(act, names);
    case Part::Disputes: return disputes_.apply(act, names);
    case Part::None: break;
  }
  return {};
}

Result<std::shared_ptr<const Directory>> Folds::people_upon(std::shared_ptr<const Directory> file, WallTime now,
                                                            Problems& warnings) const {
  return people_.upon(file, grants_.guests(), *secrets_, *names_, now, warnings);
}

Result<void> Folds::show(Part part, const FilesRead& files, Registrar::State& state) {
  switch (part) {
    case Part::None:
    case Part::Disputes: break;
    case Part::People: {
      Problems told_already;  // when the file was read
      CG_TRY(people, people_upon(files.people, WallTime::max(), told_already));
      show_people(std::move(people), state);
      break;
    }
    case Part::Standing: state.standing = standing_.table(); break;
    case Part::Grants: {
      // A guest's account is a person of the directory for a term.
      const bool guests = shown_guests_ != grants_.guests_version();
      if (guests) CG_TRY_VOID(show(Part::People, files, state));
      state.grants = grants_.book_upon(*files.grants);
      break;
    }
  }
  return {};
}

void Folds::show_people(std::shared_ptr<const Directory> people, Registrar::State& state) {
  std::vector<StandingFold::Term> terms;
  for (const auto& person : people->people())
    if (person.is_guest()) terms.push_back({person.id, person.end, person.ended_at_once});
  standing_.set_terms(std::move(terms));
  state.people = std::move(people);
  state.standing = standing_.table();
  shown_guests_ = grants_.guests_version();
}

Registrar::State Folds::show_all(const FilesRead& files, std::shared_ptr<const Directory> people) {
  Registrar::State state;
  state.rules = files.rules;
  show_people(std::move(people), state);
  state.grants = grants_.book_upon(*files.grants);
  return state;
}

void Folds::grants(const std::function<bool(const GrantCase&)>& visit) const { grants_.cases(visit); }

std::optional<GrantCase> Folds::grant(std::string_view name) const { return grants_.find(name); }

}  // namespace citygate::policy
