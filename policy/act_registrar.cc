#include "policy/act_registrar.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/local_time.h"
#include "policy/act_checks.h"

namespace citygate::policy {
namespace {

using Kind = Error::Kind;

constexpr std::size_t kLongestReason = 4096, kLongestName = 256, kLongestField = 65536;

Result<void> check_sizes(const Act& act) {
  if (act.reason.size() > kLongestReason)
    return fail(Kind::TooLarge, fmt::format("a reason has at most {} bytes", kLongestReason));
  if (act.subject.size() > kLongestName || act.author.size() > kLongestName || act.via.size() > kLongestName)
    return fail(Kind::TooLarge, fmt::format("a name has at most {} bytes", kLongestName));
  for (const auto& [name, value] : act.fields)
    if (name.size() > kLongestName || value.size() > kLongestField)
      return fail(Kind::TooLarge,
                  fmt::format("the field '{}' has at most {} bytes", name.substr(0, kLongestName), kLongestField));
  return {};
}

// An act has an author who is somebody, and whose own access is in order: it may be all that such a person still does
// to read and sign the policy.
Result<void> check_author(const Act& act, const ActContext& context) {
  if (act.author.empty())
    return fail(Kind::Malformed, "an act needs its author: the name of a person of the directory");
  const auto author = find_person(act.author, context.people);
  if (!author) return fail(author.error().kind, "the author of an act is a person: " + author.error().context);
  if ((*author)->is_device())
    return fail(Kind::Refused, fmt::format("'{}' is a device, and no author of acts", act.author));
  if (act.kind == ActKind::Acknowledge && act.subject == act.author) return {};
  const Standing* standing = context.standing.of((*author)->id);
  if (standing && standing->closed_at(context.now))
    return fail(Kind::Refused,
                fmt::format("the access of '{}' was ended by an order: somebody else has to do this", act.author));
  return {};
}

std::unexpected<Error> name_act(const Act& act, const Error& error) {
  if (error.kind == Kind::Storage) return fail(error.kind, fmt::format("act {}: {}", act.number, error.context));
  return fail(error.kind,
              fmt::format("act {} ({}, by '{}', {}) is not understood: {}; if a newer version has written it, "
                          "use that version",
                          act.number, to_string(act.kind), act.author, format_utc(act.time), error.context));
}

}  // namespace

Result<std::unique_ptr<ActRegistrar>> ActRegistrar::open(const Needs& needs) {
  std::unique_ptr<ActRegistrar> registrar(new ActRegistrar(needs));
  CG_TRY_VOID(registrar->replay());
  return registrar;
}

Result<void> ActRegistrar::replay() {
  std::lock_guard one(acting_);
  std::lock_guard lock(folding_);
  Result<void> understood;
  CG_TRY_VOID(needs_.journal.scan(folded_ + 1, [&](const Act& act) {
    auto applied = folds_.apply(act, needs_.names);
    if (!applied) understood = name_act(act, applied.error());
    folded_ = act.number;
    return understood.has_value();
  }));
  return understood;
}

Result<ActRegistrar::Draft> ActRegistrar::draft(std::shared_ptr<const Directory> people_file,
                                                const ReadPolicy& read_policy) {
  std::lock_guard one(acting_);
  Draft draft;
  draft.files.people = std::move(people_file);
  CG_TRY(people, folds_.people_upon(draft.files.people, needs_.clock.now(), draft.warnings));
  CG_TRY(loaded, read_policy(*people));
  draft.people = std::move(people);
  draft.files.rules = std::move(loaded.rules);
  draft.files.grants = std::move(loaded.grants);
  draft.folded = folded_;
  return draft;
}

Result<void> ActRegistrar::take(Draft draft) {
  std::lock_guard one(acting_);
  State next;
  {
    std::lock_guard lock(folding_);
    if (draft.folded != folded_) {
      CG_TRY(people, folds_.people_upon(draft.files.people, needs_.clock.now(), draft.warnings));
      draft.people = std::move(people);
    }
    next = folds_.show_all(draft.files, std::move(draft.people));
    unshown_ = {};
  }
  files_ = std::move(draft.files);
  std::lock_guard lock(state_mutex_);
  state_ = std::move(next);
  return {};
}

Registrar::State ActRegistrar::state() const {
  std::lock_guard lock(state_mutex_);
  return state_;
}

std::uint64_t ActRegistrar::folded() const {
  std::shared_lock lock(folding_);
  return folded_;
}

void ActRegistrar::on_change(std::function<void(Effect)> callback) {
  std::lock_guard one(acting_);
  on_change_.push_back(std::move(callback));
}

Result<Act> ActRegistrar::enact(Act act) {
  std::vector<Act> acts;
  acts.push_back(std::move(act));
  CG_TRY(kept, enact(std::move(acts)));
  return std::move(kept.front());
}

Result<std::vector<Act>> ActRegistrar::enact(std::vector<Act> acts) {
  std::lock_guard one(acting_);
  if (acts.empty()) return acts;
  if (!files_.rules) return fail(Kind::Bug, "an act before anything was in force");
  CG_TRY(kept, keep(acts));
  auto effect = fold_up_to(kept);
  if (!effect)
    return fail(effect.error().kind,
                fmt::format("act {} was kept and is not in force yet, but will be with the next act, or "
                            "when the gateway starts: {}",
                            kept.front().number, effect.error().context));
  for (const auto& tell : on_change_) tell(*effect);
  return std::move(kept);
}

// Others keep acts too, and a grant is named by the number of the act that asks for it: where that number was taken
// meanwhile, all is prepared again for the next.
Result<std::vector<Act>> ActRegistrar::keep(const std::vector<Act>& acts) const {
  for (;;) {
    const std::uint64_t number = needs_.journal.last() + 1;
    auto prepared = acts;
    CG_TRY_VOID(prepare_all(prepared, number));
    if (needs_.keep_beside)
      for (const auto& act : prepared) CG_TRY_VOID(needs_.keep_beside(act, state_));
    auto kept = needs_.journal.append_as(number, std::move(prepared));
    if (kept || !kept.error().retryable) return kept;
  }
}

Result<void> ActRegistrar::prepare(Act& act, const Folds& folds, const State& state, std::uint64_t number) const {
  const ActContext context{.people = *state.people,
                           .rules = *state.rules,
                           .standing = *state.standing,
                           .taxonomy = needs_.taxonomy,
                           .names = needs_.names,
                           .now = needs_.clock.now(),
                           .next_number = number};
  CG_TRY_VOID(check_sizes(act));
  CG_TRY_VOID(check_author(act, context));
  return folds.prepare(act, context);
}

// Each after those before it, which are tried on a copy: nothing is kept unless all can be folded.
Result<void> ActRegistrar::prepare_all(std::vector<Act>& acts, std::uint64_t number) const {
  State state = this->state();
  // What acts make of the people file is looked at as a whole, so it is always tried; guests' accounts are part of it.
  const auto makes_people = [](const Act& act) {
    return part_of(act.kind) == Part::People || act.subject.starts_with(to_string(GrantKind::Guest));
  };
  if (acts.size() == 1 && !makes_people(acts.front())) return prepare(acts.front(), folds_, state, number);
  Folds trial = folds_;
  bool people_changed = false;
  const auto nth = [&acts](std::size_t i, const Error& error) {
    if (acts.size() == 1) return std::unexpected(error);
    return fail(error.kind, fmt::format("the {}. of {} acts ({} {}): {}", i + 1, acts.size(), to_string(acts[i].kind),
                                        acts[i].subject, error.context));
  };
  for (std::size_t i = 0; i < acts.size(); ++i, ++number) {
    const Part part = part_of(acts[i].kind);
    // A directory takes its time; the people's fold knows by itself what those before have made of it.
    if (people_changed && part != Part::People) {
      if (auto shown = trial.show(Part::People, files_, state); !shown) return nth(i, shown.error());
      people_changed = false;
    }
    if (auto prepared = prepare(acts[i], trial, state, number); !prepared) return nth(i, prepared.error());
    Act act = acts[i];
    act.number = number;
    act.time = needs_.clock.now();
    auto applied = trial.apply(act, needs_.names);
    if (applied && part != Part::People) applied = trial.show(part, files_, state);
    if (!applied) return nth(i, applied.error());
    people_changed = people_changed || part == Part::People;
  }
  if (!people_changed) return {};
  return trial.show(Part::People, files_, state);
}

// Others keep acts of their own that no fold takes: a list that was published, a look at somebody's records.
Result<Registrar::Effect> ActRegistrar::fold_up_to(const std::vector<Act>& kept) {
  const std::uint64_t next = kept.front().number;
  if (folded_ + 1 == next) return fold(kept);
  std::vector<Act> all;
  CG_TRY_VOID(needs_.journal.scan(folded_ + 1, [&](const Act& act) {
    if (act.number < next) all.push_back(act);
    return act.number + 1 < next;
  }));
  all.insert(all.end(), kept.begin(), kept.end());
  return fold(all);
}

Result<Registrar::Effect> ActRegistrar::fold(const std::vector<Act>& acts) {
  State next = state();
  {
    std::lock_guard lock(folding_);
    for (const auto& act : acts) {
      if (auto applied = folds_.apply(act, needs_.names); !applied) return name_act(act, applied.error());
      folded_ = act.number;
      unshown_effect_ = std::max(unshown_effect_, effect_of(act.kind));
      unshown_[static_cast<std::size_t>(part_of(act.kind))] = true;
    }
    for (const Part part : {Part::People, Part::Standing, Part::Grants})
      if (unshown_[static_cast<std::size_t>(part)]) CG_TRY_VOID(folds_.show(part, files_, next));
    unshown_ = {};
  }
  std::lock_guard lock(state_mutex_);
  state_ = std::move(next);
  return std::exchange(unshown_effect_, Effect::None);
}

Result<Registrar::Effect> ActRegistrar::follow(const std::vector<Act>& acts) {
  std::lock_guard one(acting_);
  std::vector<Act> missing;
  for (const auto& act : acts) {
    if (act.number <= folded_ + missing.size()) continue;
    if (act.number != folded_ + missing.size() + 1)
      return fail(Kind::Malformed, fmt::format("act {} is missing", folded_ + missing.size() + 1));
    missing.push_back(act);
  }
  return fold(missing);
}

Result<Registrar::Effect> ActRegistrar::catch_up() {
  std::vector<Act> acts;
  CG_TRY_VOID(needs_.journal.scan(folded() + 1, [&acts](const Act& act) {
    acts.push_back(act);
    return true;
  }));
  return follow(acts);
}

void ActRegistrar::grants(const std::function<bool(const GrantCase&)>& visit) const {
  std::shared_lock lock(folding_);
  folds_.grants(visit);
}

std::optional<GrantCase> ActRegistrar::grant(std::string_view name) const {
  std::shared_lock lock(folding_);
  return folds_.grant(name);
}

void ActRegistrar::disputes(const std::function<bool(const Dispute&)>& visit) const {
  std::shared_lock lock(folding_);
  folds_.disputes().disputes(visit);
}

std::optional<Dispute> ActRegistrar::dispute(std::uint64_t number) const {
  std::shared_lock lock(folding_);
  return folds_.disputes().find(number);
}

}  // namespace citygate::policy
