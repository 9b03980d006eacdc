// What acts have made of people, laid upon the people file; and what of it leads nowhere, since the file has changed.
#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "policy/digest.h"
#include "policy/people/people_fold.h"

namespace citygate::policy {
namespace {

std::string act_words(FactSource source) { return fmt::format("act {}", std::uint64_t{source.place}); }

bool is_over(const PersonValue& person, WallTime now) { return person.kind == PersonKind::Guest && person.end <= now; }

// Of an entry that the file has made another kind of since, an act says no more than goes with that.
bool goes_with(PersonKind kind, Fact fact) {
  switch (fact) {
    case Fact::Units:
    case Fact::Roles:
    case Fact::Supervisor: return kind == PersonKind::Person;
    case Fact::Sponsor:
    case Fact::Purpose:
    case Fact::Term: return kind == PersonKind::Guest;
    case Fact::Password: return kind != PersonKind::Device;
    case Fact::Entry:
    case Fact::Title:
    case Fact::Department: return true;
  }
  return false;
}

}  // namespace

void PeopleFold::lay(const PersonEdits& edits, std::uint64_t since, PersonValue& upon) {
  if (edits.added) {
    upon = edits.value;
    return;
  }
  const PersonValue& by = edits.value;
  const auto take = [&](auto PersonValue::* member, Fact fact) {
    if ((edits.set & bit(fact)) == 0 || !goes_with(upon.kind, fact)) return;
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
  lay_term(edits, upon);
  for (const auto& each : edits.addresses)
    if (each.term.source.place > since) change(upon.addresses, each);
}

// What was said of a granted stay does not hold for one that was asked for later.
void PeopleFold::lay_term(const PersonEdits& edits, PersonValue& upon) {
  const FactSource said = edits.value.sources[Fact::Term], before = upon.sources[Fact::Term];
  if ((!edits.start && !edits.end) || !goes_with(upon.kind, Fact::Term)) return;
  if (before.is_act() && before.place > said.place) return;
  upon.sources.set(Fact::Term, said);
  if (edits.start) upon.start = edits.value.start;
  if (!edits.end) return;
  upon.end = edits.value.end;
  upon.ended_at_once = edits.value.ended_at_once;
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

// Whom the file or an act has by that name stands before a guest.
PeopleFold::Places PeopleFold::add_granted(const std::vector<PersonValue>& granted, const Directory& file,
                                           PeopleValues& values) const {
  Places out;
  for (const auto& guest : granted) {
    if (file.by_name(guest.name) || added(people_, guest.name)) continue;
    out.emplace(guest.name, values.people.size());
    values.people.push_back(guest);
  }
  return out;
}

void PeopleFold::lay_people(const std::vector<PersonValue>& granted, const Directory& file,
                            const std::unordered_map<std::string, std::string>& hash_of, PeopleValues& values) const {
  std::vector<const PersonEdits*> fresh;
  const auto lay_whole = [&](const PersonEdits& edits, PersonValue& person) {
    lay(edits, 0, person);
    if ((edits.set & bit(Fact::Password)) == 0 || !goes_with(person.kind, Fact::Password)) return;
    const auto hash = hash_of.find(edits.value.password_hash);
    person.password_hash = hash == hash_of.end() ? std::string() : hash->second;
  };
  const auto guests = add_granted(granted, file, values);
  for (const auto& [name, edits] : people_) {
    if (const Person* known = file.by_name(name))
      lay_whole(edits, values.people[static_cast<std::size_t>(known - file.people().data())]);
    else if (const auto guest = guests.find(name); guest != guests.end())
      lay_whole(edits, values.people[guest->second]);
    else if (edits.added)
      fresh.push_back(&edits);
  }
  // By the acts that brought them.
  std::ranges::sort(fresh, {},
                    [](const auto* edits) { return std::uint64_t{edits->value.sources[Fact::Entry].place}; });
  values.people.reserve(values.people.size() + fresh.size());
  for (const auto* edits : fresh) lay_whole(*edits, values.people.emplace_back());
}

void PeopleFold::lay_departments(const Directory& file, PeopleValues& values) const {
  std::vector<const DepartmentEdits*> fresh;
  for (const auto& [name, edits] : departments_) {
    if (const Department* known = file.department(name))
      lay(edits, values.departments[static_cast<std::size_t>(known - file.departments().data())]);
    else if (edits.added)
      fresh.push_back(&edits);
  }
  std::ranges::sort(fresh, {}, [](const auto* edits) { return std::uint64_t{edits->value.source.place}; });
  for (const auto* edits : fresh) values.departments.push_back(edits->value);
}

// Whoever an act has put there stays under what the policy says of that department: no file that forgets it loosens that.
void PeopleFold::keep_departments(const Directory& file, WallTime now, PeopleValues& values, Problems& warnings) const {
  std::unordered_set<std::string> kept, told;
  for (const auto& person : values.people)
    for (const auto& stay : person.departments) {
      const auto& name = stay.department;
      if (!stay.source.is_act() || file.department(name) || added(departments_, name)) continue;
      if (kept.insert(name).second) {
        DepartmentValue value{.name = name, .source = stay.source, .head_source = stay.source};
        if (const auto edits = departments_.find(name); edits != departments_.end()) lay(edits->second, value);
        values.departments.push_back(std::move(value));
      }
      if (!is_over(person, now) && told.insert(name).second)
        warnings.add(act_words(stay.source), 0,
                     fmt::format("has put '{}' into department '{}', which the people file does not name any more: the "
                                 "department stands on; name it there again, or move who is in it",
                                 person.name, name));
    }
}

bool PeopleFold::names_person(const Directory& file, const std::string& name) const {
  if (const auto edits = people_.find(name); edits != people_.end() && edits->second.added)
    return edits->second.value.kind == PersonKind::Person;
  const Person* known = file.by_name(name);
  return known && known->kind == PersonKind::Person;
}

// Who has left the file is nobody's supervisor, head or sponsor any more, whatever an act says; nothing is put in the place.
void PeopleFold::drop_officials(const Directory& file, WallTime now, PeopleValues& values, Problems& warnings) const {
  const auto gone = [&](const std::string& name, FactSource source) {
    return !name.empty() && source.is_act() && !names_person(file, name);
  };
  const auto warn = [&](const std::string& name, FactSource source, std::string_view what, std::string_view whose,
                        std::string_view left) {
    warnings.add(act_words(source), 0,
                 fmt::format("has made '{}' the {} of '{}', and the people file names no such person any more: {}",
                             name, what, whose, left));
  };
  for (auto& each : values.departments) {
    if (!gone(each.head, each.head_source)) continue;
    warn(each.head, each.head_source, "head", each.name,
         fmt::format("the department has none; name another with: citygate people department change {} --head NAME",
                     each.name));
    each.head.clear();
  }
  for (auto& each : values.people) {
    if (const auto source = each.sources[Fact::Supervisor]; gone(each.supervisor, source)) {
      warn(each.supervisor, source, "supervisor", each.name,
           fmt::format("nobody is; name another with: citygate people change {} --supervisor NAME", each.name));
      each.supervisor.clear();
    }
    if (const auto source = each.sources[Fact::Sponsor]; gone(each.sponsor, source)) {
      if (!is_over(each, now))
        warn(each.sponsor, source, "sponsor", each.name,
             fmt::format("nobody answers for the rest of the stay; name another with: citygate people change {} "
                         "--sponsor NAME",
                         each.name));
      each.sponsor.clear();
    }
  }
}

Result<std::shared_ptr<const Directory>> PeopleFold::upon(const std::shared_ptr<const Directory>& file,
                                                          const std::vector<PersonValue>& granted,
                                                          const SecretStore& secrets, NameSource& names, WallTime now,
                                                          Problems& warnings) const {
  if (last_ == 0 && granted.empty()) return file;
  CG_TRY(hash_of, hashes(secrets));
  PeopleValues values = file->values();
  lay_people(granted, *file, hash_of, values);
  lay_departments(*file, values);
  keep_departments(*file, now, values, warnings);
  drop_officials(*file, now, values, warnings);

  values.last_act = last_;
  std::string version = fmt::format("{:016x} {}", file->version().value, last_);
  for (const auto& guest : granted) version += fmt::format(" {} {}", guest.name, guest.end.time_since_epoch().count());
  values.version = PeopleVersion{first_eight(sha256_of(version))};
  Problems problems;
  auto out = Directory::build(std::move(values), names, problems);
  if (!out) return std::unexpected(problems.to_error());
  return out;
}

}  // namespace citygate::policy
