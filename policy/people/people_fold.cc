#include "policy/people/people_fold.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policy/digest.h"
#include "policy/people/people_act.h"

namespace citygate::policy {
namespace {

std::uint32_t bit(Fact fact) { return 1U << static_cast<unsigned>(fact); }

// What is as it was keeps the place that it came from.
void replace_departments(std::vector<StayValue>& into, std::vector<StayValue> by) {
  for (auto& stay : by)
    for (const auto& before : into)
      if (before.department == stay.department && before.from == stay.from) stay.source = before.source;
  into = std::move(by);
}

}  // namespace

bool PeopleFold::takes(ActKind kind) {
  switch (kind) {
    case ActKind::DepartmentAdd:
    case ActKind::DepartmentChange:
    case ActKind::PersonAdd:
    case ActKind::PersonChange:
    case ActKind::AddressAssign:
    case ActKind::AddressRelease: return true;
    default: return false;
  }
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

void PeopleFold::change_address(const std::string& person, AddressChange change) {
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

void PeopleFold::lay(const PersonEdits& edits, std::uint64_t since, PersonValue& upon) {
  if (edits.added) {
    upon = edits.value;
    return;
  }
  const PersonValue& by = edits.value;
  const auto take = [&](auto PersonValue::* member, Fact fact) {
    if ((edits.set & bit(fact)) == 0) return;
    upon.*member = by.*member;
    upon.sources.set(fact, by.sources[fact]);
  };
  take(&PersonValue::title, Fact::Title);
  take(&PersonValue::units, Fact::Units);
  take(&PersonValue::roles, Fact::Roles);
  take(&PersonValue::supervisor, Fact::Supervisor);
  take(&PersonValue::password_hash, Fact::Password);
  take(&PersonValue::sponsor, Fact::Sponsor);
  take(&PersonValue::purpose, Fact::Purpose);
  if ((edits.set & bit(Fact::Department)) != 0) {
    replace_departments(upon.departments, by.departments);
    upon.sources.set(Fact::Department, by.sources[Fact::Department]);
  }
  if (edits.start) upon.start = by.start;
  if (edits.end) {
    upon.end = by.end;
    upon.ended_at_once = by.ended_at_once;
  }
  if (edits.start || edits.end) upon.sources.set(Fact::Term, by.sources[Fact::Term]);
  for (const auto& each : edits.addresses)
    if (each.term.source.place > since) change(upon.addresses, each);
}

void PeopleFold::lay(const DepartmentEdits& edits, DepartmentValue& upon) {
  if (edits.added) {
    upon = edits.value;
    return;
  }
  if (edits.title) upon.title = edits.value.title;
  if (!edits.head) return;
  upon.head = edits.value.head;
  upon.head_source = edits.value.head_source;
}

Result<std::unordered_map<std::string, std::string>> PeopleFold::hashes(const SecretStore& secrets) const {
  std::unordered_map<std::string, std::string> out;
  const auto has_secret = [](const auto& each) { return !each.second.value.password_hash.empty(); };
  if (std::ranges::none_of(people_, has_secret)) return out;
  CG_TRY_VOID(secrets.scan([&out](std::string_view name, std::string_view secret) { out.emplace(name, secret); }));
  return out;
}

// Whom the file or an act has by that name stands before a guest; one of no department that there is cannot be known.
PeopleFold::Places PeopleFold::add_granted(const std::vector<PersonValue>& granted, const Directory& file,
                                           PeopleValues& values) const {
  Places out;
  const auto added = [](const auto& edits, std::string_view name) {
    const auto found = edits.find(std::string(name));
    return found != edits.end() && found->second.added;
  };
  for (const auto& guest : granted) {
    if (file.by_name(guest.name) || added(people_, guest.name)) continue;
    const auto& department = guest.departments.front().department;
    if (!file.department(department) && !added(departments_, department)) continue;
    out.emplace(guest.name, values.people.size());
    auto& value = values.people.emplace_back(guest);
    if (!file.by_name(guest.sponsor) && !added(people_, guest.sponsor)) value.sponsor.clear();
  }
  return out;
}

Result<std::shared_ptr<const Directory>> PeopleFold::upon(const std::shared_ptr<const Directory>& file,
                                                          const std::vector<PersonValue>& granted,
                                                          const SecretStore& secrets, NameSource& names) const {
  if (last_ == 0 && granted.empty()) return file;
  CG_TRY(hash_of, hashes(secrets));
  PeopleValues values = file->values();
  std::vector<const DepartmentEdits*> new_departments;
  for (const auto& [name, edits] : departments_) {
    if (const Department* known = file->department(name))
      lay(edits, values.departments[static_cast<std::size_t>(known - file->departments().data())]);
    else if (edits.added)
      new_departments.push_back(&edits);
  }
  // By the acts that brought them.
  std::ranges::sort(new_departments, {}, [](const auto* edits) { return std::uint64_t{edits->value.source.place}; });
  for (const auto* edits : new_departments) values.departments.push_back(edits->value);

  std::vector<const PersonEdits*> new_people;
  const auto lay_whole = [&](const PersonEdits& edits, PersonValue& person) {
    lay(edits, 0, person);
    if ((edits.set & bit(Fact::Password)) == 0) return;
    const auto hash = hash_of.find(edits.value.password_hash);
    person.password_hash = hash == hash_of.end() ? std::string() : hash->second;
  };
  const auto guests = add_granted(granted, *file, values);
  for (const auto& [name, edits] : people_) {
    if (const Person* known = file->by_name(name))
      lay_whole(edits, values.people[static_cast<std::size_t>(known - file->people().data())]);
    else if (const auto guest = guests.find(name); guest != guests.end())
      lay_whole(edits, values.people[guest->second]);
    else if (edits.added)
      new_people.push_back(&edits);
  }
  std::ranges::sort(new_people, {},
                    [](const auto* edits) { return std::uint64_t{edits->value.sources[Fact::Entry].place}; });
  values.people.reserve(values.people.size() + new_people.size());
  for (const auto* edits : new_people) lay_whole(*edits, values.people.emplace_back());

  values.last_act = last_;
  std::string version = fmt::format("{:016x} {}", file->version().value, last_);
  for (const auto& guest : granted) version += fmt::format(" {} {}", guest.name, guest.end.time_since_epoch().count());
  values.version = PeopleVersion{first_eight(sha256_of(version))};
  Problems problems;
  auto out = Directory::build(std::move(values), names, problems);
  if (!out) return std::unexpected(problems.to_error());
  return out;
}

std::string secret_name(std::string_view person, std::string_view hash) {
  return fmt::format("password/{}/{:016x}", person, first_eight(sha256_of(hash)));
}

}  // namespace citygate::policy
