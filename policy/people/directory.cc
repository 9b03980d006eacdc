#include "policy/people/directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

#include "base/file.h"
#include "base/keyed_hash.h"
#include "policy/people/address_table.h"
#include "policy/people/people_check.h"
#include "policy/people/people_file.h"

namespace citygate::policy {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

// Name to index, open addressing; the names stay where they are.
class NameIndex {
 public:
  template <class Entries>
  explicit NameIndex(const Entries& entries) : slots_(std::bit_ceil(entries.size() + entries.size() / 2 + 2), kNone) {
    for (std::uint32_t i = 0; i < entries.size(); ++i) {
      std::size_t at = start_of(entries[i].name);
      while (slots_[at] != kNone) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = i;
    }
  }
  template <class Entries>
  [[nodiscard]] std::uint32_t find(const Entries& entries, std::string_view name) const noexcept {
    std::size_t at = start_of(name);
    for (; slots_[at] != kNone; at = (at + 1) & (slots_.size() - 1))
      if (entries[slots_[at]].name == name) return slots_[at];
    return kNone;
  }

 private:
  [[nodiscard]] std::size_t start_of(std::string_view name) const noexcept { return hash_(name) & (slots_.size() - 1); }

  KeyedHash hash_;
  std::vector<std::uint32_t> slots_;
};

template <class Entries>
std::vector<std::uint32_t> index_by_id(const Entries& entries) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    if (out.size() <= entries[i].id.value) out.resize(entries[i].id.value + 1, kNone);
    out[entries[i].id.value] = i;
  }
  return out;
}

template <class Entries>
const typename Entries::value_type* entry(const Entries& entries, const std::vector<std::uint32_t>& index,
                                          std::uint32_t id) noexcept {
  return id < index.size() && index[id] != kNone ? &entries[index[id]] : nullptr;
}

}  // namespace

DepartmentId Person::department_at(WallTime now) const noexcept {
  DepartmentId out;
  for (const auto& stay : departments) {
    if (out && now < stay.from) break;
    out = stay.department;
  }
  return out;
}

WallTime Person::department_until(WallTime now) const noexcept {
  for (std::size_t i = 1; i < departments.size(); ++i)
    if (now < departments[i].from) return departments[i].from;
  return WallTime::max();
}

bool Person::has_role(std::string_view role) const noexcept { return std::ranges::find(roles, role) != roles.end(); }

struct Directory::Impl {
  Impl(std::vector<Person> persons, std::vector<Department> all)
      : people(std::move(persons)),
        departments(std::move(all)),
        by_name(people),
        department_by_name(departments),
        by_id(index_by_id(people)),
        department_by_id(index_by_id(departments)) {
    std::vector<AddressTable::Entry> entries;
    for (std::uint32_t i = 0; i < people.size(); ++i) {
      const Person& person = people[i];
      anyone_signs_in |= !person.password_hash.empty();
      for (const auto& role : person.roles) holders[role].push_back(&person);
      for (const auto& term : person.addresses)
        if (const WallTime from = std::max(term.from, person.start); from < term.until)
          entries.push_back({term.range, from, term.until, i});
    }
    addresses = AddressTable(std::move(entries));
    for (auto& [role, persons_of] : holders) std::ranges::sort(persons_of, {}, &Person::name);
  }

  const std::vector<Person> people;
  const std::vector<Department> departments;
  const NameIndex by_name, department_by_name;
  const std::vector<std::uint32_t> by_id, department_by_id;
  AddressTable addresses;
  std::map<std::string, std::vector<const Person*>, std::less<>> holders;
  std::vector<std::string> sources;
  std::uint64_t last_act = 0;
  PeopleVersion version;
  bool anyone_signs_in = false;
};

Directory::Directory(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Directory::~Directory() = default;

namespace {

// Gives names their numbers and turns values into what is looked up. What is given is known to be well.
class Builder {
 public:
  Builder(PeopleValues& values, NameSource& names, Problems& problems)
      : values_(values),
        names_(names),
        problems_(problems),
        department_ids_(numbers(NameKind::Department, values.departments)),
        person_ids_(numbers(NameKind::Person, values.people)) {}

  std::vector<Department> departments() {
    std::vector<Department> out;
    out.reserve(department_ids_.size());
    for (std::size_t i = 0; i < department_ids_.size(); ++i) {
      DepartmentValue& value = values_.departments[i];
      Department& each = out.emplace_back();
      each.id.value = department_ids_[i];
      each.name = std::move(value.name);
      each.title = value.title.empty() ? each.name : std::move(value.title);
      each.head.value = value.head.empty() ? 0 : number(NameKind::Person, value.head);
      each.source = value.source;
      each.head_source = value.head_source;
    }
    return out;
  }

  std::vector<Person> people() {
    std::vector<Person> out;
    out.reserve(person_ids_.size());
    for (std::size_t i = 0; i < person_ids_.size(); ++i)
      out.push_back(person(PersonId{person_ids_[i]}, values_.people[i]));
    return out;
  }

  [[nodiscard]] bool failed() const { return failed_; }

 private:
  // All at once: each name that is new by itself would wait for the disk. Empty when that has failed.
  template <class Values>
  std::vector<std::uint32_t> numbers(NameKind kind, const Values& values) {
    std::vector<std::string_view> names;
    names.reserve(values.size());
    for (const auto& value : values) names.push_back(value.name);
    auto out = failed_ ? Result<std::vector<std::uint32_t>>() : names_.intern_all(kind, names);
    if (out) return *std::move(out);
    problems_.add("the people", 0, "their names cannot be kept: " + out.error().context);
    failed_ = true;
    return {};
  }

  // Of somebody who is named by another entry.
  std::uint32_t number(NameKind kind, const std::string& name) {
    if (failed_) return 0;
    const auto out = names_.intern(kind, name);
    if (out) return *out;
    problems_.add("the people", 0, fmt::format("the name '{}' cannot be kept: {}", name, out.error().context));
    failed_ = true;
    return 0;
  }

  Person person(PersonId id, PersonValue& value) {
    Person out;
    out.id = id;
    out.kind = value.kind;
    out.departments.reserve(value.departments.size());
    for (const auto& stay : value.departments)
      out.departments.push_back({{number(NameKind::Department, stay.department)}, stay.from, stay.source});
    out.supervisor.value = value.supervisor.empty() ? 0 : number(NameKind::Person, value.supervisor);
    out.sponsor.value = value.sponsor.empty() ? 0 : number(NameKind::Person, value.sponsor);
    out.addresses.reserve(value.addresses.size());
    for (const auto& term : value.addresses) out.addresses.push_back({term.range, term.from, term.until, term.source});
    out.name = std::move(value.name);
    out.title = value.title.empty() ? out.name : std::move(value.title);
    out.units = std::move(value.units);
    out.roles = std::move(value.roles);
    out.password_hash = std::move(value.password_hash);
    out.purpose = std::move(value.purpose);
    out.start = value.start;
    out.end = value.end;
    out.ended_at_once = value.ended_at_once;
    out.sources = value.sources;
    return out;
  }

  PeopleValues& values_;
  NameSource& names_;
  Problems& problems_;
  bool failed_ = false;
  const std::vector<std::uint32_t> department_ids_, person_ids_;  // of values_, in its order
};

}  // namespace

std::shared_ptr<const Directory> Directory::build(PeopleValues values, NameSource& names, Problems& problems) {
  const std::size_t before = problems.list().size();
  check_people(values, problems);
  if (problems.list().size() != before) return nullptr;
  Builder builder(values, names, problems);
  auto departments = builder.departments();
  auto people = builder.people();
  if (builder.failed()) return nullptr;
  auto impl = std::make_unique<Impl>(std::move(people), std::move(departments));
  impl->sources = std::move(values.sources);
  impl->last_act = values.last_act;
  impl->version = values.version;
  return std::shared_ptr<const Directory>(new Directory(std::move(impl)));
}

std::shared_ptr<const Directory> Directory::parse(std::string_view text, std::string file, NameSource& names,
                                                  Problems& problems, const Zone* zone) {
  const std::size_t before = problems.list().size();
  auto values = parse_people(text, std::move(file), zone, problems);
  if (!values) return nullptr;
  if (problems.list().size() == before) return build(*std::move(values), names, problems);
  check_people(*values, problems);
  return nullptr;
}

std::shared_ptr<const Directory> Directory::read(const std::filesystem::path& file, NameSource& names,
                                                 Problems& problems, const Zone* zone) {
  const auto text = read_file(file);
  if (!text) {
    problems.add(file.string(), 0, "cannot be read: " + text.error().context);
    return nullptr;
  }
  return parse(*text, file.string(), names, problems, zone);
}

const Person* Directory::by_address(const IpAddress& address, WallTime now) const noexcept {
  const std::uint32_t owner = impl_->addresses.find(address, now);
  return owner == AddressTable::kNobody ? nullptr : &impl_->people[owner];
}

const Person* Directory::by_name(std::string_view name) const noexcept {
  const std::uint32_t found = impl_->by_name.find(impl_->people, name);
  return found == kNone ? nullptr : &impl_->people[found];
}

const Person* Directory::by_id(PersonId id) const noexcept { return entry(impl_->people, impl_->by_id, id.value); }

const Department* Directory::department(DepartmentId id) const noexcept {
  return entry(impl_->departments, impl_->department_by_id, id.value);
}

const Department* Directory::department(std::string_view name) const noexcept {
  const std::uint32_t found = impl_->department_by_name.find(impl_->departments, name);
  return found == kNone ? nullptr : &impl_->departments[found];
}

const Department* Directory::department_of(PersonId person, WallTime now) const noexcept {
  const Person* found = by_id(person);
  return found ? department(found->department_at(now)) : nullptr;
}

std::span<const Person* const> Directory::holders(std::string_view role) const noexcept {
  const auto found = impl_->holders.find(role);
  if (found == impl_->holders.end()) return {};
  return found->second;
}

std::vector<std::string_view> Directory::roles() const {
  std::vector<std::string_view> out;
  for (const auto& [role, people] : impl_->holders) out.push_back(role);
  return out;
}

const Person* Directory::supervisor_of(PersonId person) const noexcept {
  const Person* found = by_id(person);
  return found ? by_id(found->supervisor) : nullptr;
}

const Person* Directory::head_of(DepartmentId id) const noexcept {
  const Department* found = department(id);
  return found ? by_id(found->head) : nullptr;
}

std::vector<const Person*> Directory::owners_of(const Cidr& range) const {
  std::vector<const Person*> out;
  for (const std::uint32_t owner : impl_->addresses.owners_of(range)) out.push_back(&impl_->people[owner]);
  return out;
}

PersonValue Directory::value_of(const Person& person) const {
  const auto name_of = [this](PersonId id) {
    const Person* found = by_id(id);
    return found ? found->name : std::string();
  };
  PersonValue out;
  out.name = person.name;
  if (person.title != person.name) out.title = person.title;
  out.kind = person.kind;
  out.departments.reserve(person.departments.size());
  for (const auto& stay : person.departments) {
    const Department* found = department(stay.department);
    out.departments.push_back({found ? found->name : std::string(), stay.from, stay.source});
  }
  out.units = person.units;
  out.roles = person.roles;
  out.supervisor = name_of(person.supervisor);
  out.addresses.reserve(person.addresses.size());
  for (const auto& term : person.addresses) out.addresses.push_back({term.range, term.from, term.until, term.source});
  out.password_hash = person.password_hash;
  out.sponsor = name_of(person.sponsor);
  out.purpose = person.purpose;
  out.start = person.start;
  out.end = person.end;
  out.ended_at_once = person.ended_at_once;
  out.sources = person.sources;
  return out;
}

DepartmentValue Directory::value_of(const Department& department) const {
  DepartmentValue out{.name = department.name, .source = department.source, .head_source = department.head_source};
  if (department.title != department.name) out.title = department.title;
  if (const Person* head = by_id(department.head)) out.head = head->name;
  return out;
}

PeopleValues Directory::values() const {
  PeopleValues out;
  out.sources = impl_->sources;
  out.last_act = impl_->last_act;
  out.version = impl_->version;
  out.departments.reserve(impl_->departments.size());
  for (const auto& each : impl_->departments) out.departments.push_back(value_of(each));
  out.people.reserve(impl_->people.size());
  for (const auto& each : impl_->people) out.people.push_back(value_of(each));
  return out;
}

std::uint64_t Directory::last_act() const noexcept { return impl_->last_act; }
const std::vector<Person>& Directory::people() const noexcept { return impl_->people; }
const std::vector<Department>& Directory::departments() const noexcept { return impl_->departments; }
std::string Directory::describe(FactSource source) const { return policy::describe(impl_->sources, source); }
bool Directory::anyone_signs_in() const noexcept { return impl_->anyone_signs_in; }
PeopleVersion Directory::version() const noexcept { return impl_->version; }

}  // namespace citygate::policy
