#include "policy/people/people_fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policy/digest.h"
#include "policy/people/people_act.h"

namespace citygate::policy {

// What is as it was keeps the place that it came from.
void PeopleFold::replace_departments(std::vector<StayValue>& into, std::vector<StayValue> by) {
  for (auto& stay : by)
    for (const auto& before : into)
      if (before.department == stay.department && before.from == stay.from) stay.source = before.source;
  into = std::move(by);
}

Result<void> PeopleFold::apply(const Act& act, NameSource&) {
  const FactSource source = FactSource::act(act.number);
  switch (act.kind) {
    case ActKind::DepartmentAdd:
    case ActKind::DepartmentChange: CG_TRY_VOID(apply_department(act)); break;
    case ActKind::PersonAdd:
    case ActKind::PersonChange: {
      CG_TRY(fields, read_person_fields(act, source));
      apply_person(act, std::move(fields));
      break;
    }
    case ActKind::AddressAssign:
    case ActKind::AddressRelease: {
      CG_TRY(term, read_address_fields(act, source));
      using What = AddressChange::What;
      change_address(act.subject, {act.kind == ActKind::AddressAssign ? What::Assign : What::Release, term});
      break;
    }
    default: return {};
  }
  last_ = act.number;
  return {};
}

Result<void> PeopleFold::apply_department(const Act& act) {
  CG_TRY_VOID(check_department_fields(act));
  DepartmentEdits& edits = departments_[act.subject];
  const FactSource source = FactSource::act(act.number);
  if (act.kind == ActKind::DepartmentAdd) {
    edits = {.added = true, .title = true, .head = true};
    edits.value.source = edits.value.head_source = source;
  }
  edits.value.name = act.subject;
  if (act.fields.contains("title")) {
    edits.value.title = act.field("title");
    edits.title = true;
  }
  if (act.fields.contains("head")) {
    edits.value.head = act.field("head");
    edits.value.head_source = source;
    edits.head = true;
  }
  return {};
}

void PeopleFold::apply_person(const Act& act, PersonFields fields) {
  PersonEdits& edits = people_[act.subject];
  const FactSource source = FactSource::act(act.number);
  if (act.kind == ActKind::PersonAdd) {
    edits = {.added = true};
    edits.value.kind = fields.kind.value_or(PersonKind::Person);
    edits.value.sources.set_all(source);
  }
  PersonValue& value = edits.value;
  value.name = act.subject;
  const auto take = [&](auto& from, auto& into, Fact fact) {
    if (!from) return;
    into = *std::move(from);
    edits.set |= bit(fact);
    value.sources.set(fact, source);
  };
  take(fields.title, value.title, Fact::Title);
  take(fields.units, value.units, Fact::Units);
  take(fields.roles, value.roles, Fact::Roles);
  take(fields.supervisor, value.supervisor, Fact::Supervisor);
  take(fields.secret, value.password_hash, Fact::Password);
  take(fields.sponsor, value.sponsor, Fact::Sponsor);
  take(fields.purpose, value.purpose, Fact::Purpose);
  if (fields.departments) {
    replace_departments(value.departments, *std::move(fields.departments));
    edits.set |= bit(Fact::Department);
    value.sources.set(Fact::Department, source);
  }
  if (fields.start) edits.start = true, value.start = *fields.start;
  if (fields.end) {
    edits.end = true;
    value.end = *fields.end;
    value.ended_at_once = value.end <= act.time;
  }
  if (fields.start || fields.end) value.sources.set(Fact::Term, source);
  if (fields.addresses)
    for (const auto& term : *fields.addresses) change_address(act.subject, {AddressChange::What::Assign, term});
}

// Nobody who is known has it then, or the act would have been refused: it was somebody's who had left the file, and who
// comes back without it.
void PeopleFold::give_up_address(const std::string& person, const AddressValue& to) {
  PersonEdits& edits = people_[person];
  std::vector<AddressValue> terms = edits.value.addresses;
  for (const auto& each : edits.addresses) change(terms, each);
  const auto meets = [&to](const AddressValue& each) {
    return each.range == to.range && each.from < to.until && to.from < each.until;
  };
  if (std::ranges::none_of(terms, meets)) return;
  AddressValue end{.range = to.range, .until = to.from, .source = to.source};
  AddressChange release{AddressChange::What::Release, std::move(end)};
  if (edits.added)
    change(edits.value.addresses, release);
  else
    edits.addresses.push_back(std::move(release));
}

void PeopleFold::change_address(const std::string& person, AddressChange change) {
  if (change.what == AddressChange::What::Assign) {
    const auto [first, last] = changed_ranges_.equal_range(change.term.range.to_string());
    for (auto each = first; each != last; ++each)
      if (each->second != person) give_up_address(each->second, change.term);
  }
  PersonEdits& edits = people_[person];
  if (edits.value.name.empty()) edits.value.name = person;
  changed_ranges_.emplace(change.term.range.to_string(), person);
  if (edits.added)
    PeopleFold::change(edits.value.addresses, change);
  else
    edits.addresses.push_back(std::move(change));
}

void PeopleFold::change(std::vector<AddressValue>& addresses, const AddressChange& change) {
  if (change.what == AddressChange::What::Assign) {
    addresses.push_back(change.term);
    return;
  }
  // The term that holds then ends; where none does, the next one is taken away.
  const WallTime until = change.term.until;
  const auto none = addresses.end();
  auto next = none;
  for (auto term = addresses.begin(); term != none; ++term) {
    if (term->range != change.term.range || term->until <= until) continue;
    if (term->from < until) {
      term->until = until;
      term->source = change.term.source;
      return;
    }
    if (next == none || term->from < next->from) next = term;
  }
  if (next != none) addresses.erase(next);
}

std::string secret_name(std::string_view person, std::string_view hash) {
  return fmt::format("password/{}/{:016x}", person, first_eight(sha256_of(hash)));
}

}  // namespace citygate::policy
