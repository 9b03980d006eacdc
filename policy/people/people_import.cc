#include "policy/people/people_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "policy/act_checks.h"
#include "policy/people/people_act.h"
#include "policy/people/people_check.h"
#include "policy/people/people_fold.h"

namespace citygate::policy {
namespace {

constexpr Fact kTexts[] = {Fact::Title, Fact::Units, Fact::Roles, Fact::Supervisor, Fact::Sponsor, Fact::Purpose};

bool same(const PersonValue& a, const PersonValue& b, Fact fact) {
  switch (fact) {
    case Fact::Title: return a.title == b.title;
    case Fact::Units: return a.units == b.units;
    case Fact::Roles: return a.roles == b.roles;
    case Fact::Supervisor: return a.supervisor == b.supervisor;
    case Fact::Password: return a.password_hash == b.password_hash;
    case Fact::Sponsor: return a.sponsor == b.sponsor;
    case Fact::Purpose: return a.purpose == b.purpose;
    case Fact::Term: return a.start == b.start && a.end == b.end;
    case Fact::Department:
      return std::ranges::equal(a.departments, b.departments, [](const StayValue& x, const StayValue& y) {
        return x.department == y.department && x.from == y.from;
      });
    case Fact::Entry: return a.kind == b.kind;
  }
  return true;
}

void copy(const PersonValue& from, PersonValue& to, Fact fact) {
  switch (fact) {
    case Fact::Title: to.title = from.title; break;
    case Fact::Units: to.units = from.units; break;
    case Fact::Roles: to.roles = from.roles; break;
    case Fact::Supervisor: to.supervisor = from.supervisor; break;
    case Fact::Password: to.password_hash = from.password_hash; break;
    case Fact::Sponsor: to.sponsor = from.sponsor; break;
    case Fact::Purpose: to.purpose = from.purpose; break;
    case Fact::Term: to.start = from.start, to.end = from.end; break;
    case Fact::Department: to.departments = from.departments; break;
    case Fact::Entry: break;
  }
  to.sources.set(fact, from.sources[fact]);
}

std::string_view department_at(const std::vector<StayValue>& stays, WallTime now) {
  std::string_view out;
  for (const auto& stay : stays) {
    if (!out.empty() && now < stay.from) break;
    out = stay.department;
  }
  return out;
}

class Planner {
 public:
  Planner(const PeopleWanted& wanted, const Directory& people, WallTime now, Problems& problems)
      : wanted_(wanted), people_(people), now_(now), problems_(problems), next_(people.values()) {
    file_ = static_cast<std::uint16_t>(next_.sources.size());
    next_.sources.push_back(wanted.file);
  }

  PeopleImport plan() {
    const auto before = problems_.list().size();
    lay_departments();
    for (const auto& person : wanted_.people) lay_person(person);
    check_people(next_, problems_);
    if (problems_.list().size() != before) return {};
    find_ranks();
    add_departments();
    add_people();
    change_people();
    change_addresses(ActKind::AddressAssign);
    change_heads();
    find_missing();
    return std::move(out_);
  }

 private:
  struct Changed {
    std::size_t index = 0;  // into next_.people
    const Person* before = nullptr;
    std::uint32_t facts = 0;
    std::uint32_t rank = 0;  // how many stand above
    std::vector<Act> addresses{};
  };

  [[nodiscard]] FactSource here(FactSource source) const { return {source.place, file_}; }

  void lay_departments() {
    std::unordered_map<std::string_view, int> lines;
    for (const auto& each : wanted_.departments) {
      if (!first(lines, "department ", each.value.name, each.value.source)) continue;
      if (const Department* known = people_.department(each.value.name)) {
        auto& into = next_.departments[static_cast<std::size_t>(known - people_.departments().data())];
        if (each.title) into.title = each.value.title == each.value.name ? "" : each.value.title;
        if (each.head && into.head != each.value.head) {
          into.head = each.value.head;
          into.head_source = here(each.value.head_source);
        }
      } else {
        auto& into = next_.departments.emplace_back(each.value);
        if (into.title == into.name) into.title.clear();
        into.source = here(into.source);
        into.head_source = here(into.head_source);
      }
    }
  }

  bool first(std::unordered_map<std::string_view, int>& lines, std::string_view what, const std::string& name,
             FactSource source) {
    const int line = static_cast<int>(source.place);
    const auto [known, fresh] = lines.emplace(name, line);
    if (!fresh)
      problems_.add(wanted_.file, line, fmt::format("{}'{}' stands already in line {}", what, name, known->second));
    return fresh;
  }

  void lay_person(const PersonWanted& wanted) {
    if (!first(person_lines_, "", wanted.value.name, wanted.value.sources[Fact::Entry])) return;
    const Person* known = people_.by_name(wanted.value.name);
    Changed changed{.before = known};
    for (const auto& unit : wanted.value.units)
      if (unit.find(',') != std::string::npos)
        problems_.add(wanted_.file, static_cast<int>(wanted.value.sources[Fact::Units].place),
                      fmt::format("a unit has no comma: '{}'", unit));
    if (!known && wanted.value.kind == PersonKind::Guest && wanted.value.end <= now_)
      problems_.add(wanted_.file, static_cast<int>(wanted.value.sources[Fact::Term].place),
                    fmt::format("the stay of '{}' has ended already", wanted.value.name));
    if (known) {
      changed.index = static_cast<std::size_t>(known - people_.people().data());
      if (known->kind != wanted.value.kind) return wrong_kind(wanted, *known);
    } else {
      changed.index = next_.people.size();
      next_.people.emplace_back().name = wanted.value.name;
      next_.people.back().kind = wanted.value.kind;
      next_.people.back().sources.set_all(here(wanted.value.sources[Fact::Entry]));
    }
    PersonValue value = wanted.value;
    if (value.title == value.name) value.title.clear();
    for (auto& source : value.sources.of) source = here(source);
    PersonValue& into = next_.people[changed.index];
    for (std::size_t i = 1; i < kFacts; ++i) {
      const auto fact = static_cast<Fact>(i);
      if (!wanted.says(fact)) continue;
      if (fact == Fact::Department) value.departments = departments(into, value.departments, known != nullptr);
      if (same(value, into, fact)) continue;
      copy(value, into, fact);
      changed.facts |= 1U << i;
    }
    if (wanted.addresses) lay_addresses(value, into, changed);
    if (known && changed.facts == 0 && changed.addresses.empty())
      ++out_.unchanged;
    else
      changed_.push_back(std::move(changed));
  }

  void wrong_kind(const PersonWanted& wanted, const Person& known) {
    problems_.add(wanted_.file, static_cast<int>(wanted.value.sources[Fact::Entry].place),
                  fmt::format("'{}' is a {} in force, and a {} here; a name is kept for ever: take another one",
                              known.name, to_string(known.kind), to_string(wanted.value.kind)));
  }

  // One department is where somebody is now, or moves to; several are the whole list.
  std::vector<StayValue> departments(const PersonValue& into, std::vector<StayValue> wanted, bool known) const {
    for (auto& stay : wanted) stay.source = here(stay.source);
    if (!known || wanted.size() != 1) return wanted;
    StayValue& stay = wanted.front();
    const bool dated = stay.from != WallTime::min();
    if (!dated && department_at(into.departments, now_) == stay.department) return into.departments;
    if (dated)
      for (const auto& each : into.departments)
        if (each.department == stay.department && each.from == stay.from) return into.departments;
    if (!dated) stay.from = now_;
    std::vector<StayValue> out;
    for (const auto& each : into.departments)
      if (each.from < stay.from) out.push_back(each);
    if (out.empty() || out.back().department != stay.department) out.push_back(stay);
    return out;
  }

  void lay_addresses(const PersonValue& wanted, PersonValue& into, Changed& changed) {
    std::vector<bool> kept(into.addresses.size());
    std::vector<AddressValue> fresh;
    for (AddressValue term : wanted.addresses) {
      term.source = here(term.source);
      const bool begun = term.from <= now_;
      bool found = false;
      for (std::size_t i = 0; i < into.addresses.size(); ++i) {
        const auto& each = into.addresses[i];
        if (each.range != term.range || each.until != term.until) continue;
        if (each.from == term.from || (begun && each.from <= now_)) found = kept[i] = true;
      }
      if (found) continue;
      // The past of who is known stays as it was.
      if (changed.before && term.until <= now_) continue;
      const bool undated = term.from == WallTime::min();
      if (begun && (changed.before || (undated && !people_.owners_of(term.range).empty()))) term.from = now_;
      if (changed.before) {
        Act act = act_for(ActKind::AddressAssign, into.name);
        act.fields.emplace("address", range_text(term.range));
        set_time(act, "from", term.from);
        if (term.until != WallTime::max()) set_time(act, "until", term.until);
        changed.addresses.push_back(std::move(act));
      }
      fresh.push_back(term);
    }
    release(kept, into, changed);
    into.addresses.insert(into.addresses.end(), fresh.begin(), fresh.end());
  }

  // What the file does not name ends now; what is over stays.
  void release(const std::vector<bool>& kept, PersonValue& into, Changed& changed) {
    for (std::size_t i = 0; i < kept.size(); ++i) {
      AddressValue& term = into.addresses[i];
      if (kept[i] || term.until <= now_) continue;
      Act act = act_for(ActKind::AddressRelease, into.name);
      act.fields.emplace("address", range_text(term.range));
      set_time(act, "until", std::max(now_, term.from));
      changed.addresses.push_back(std::move(act));
      term.until = std::max(now_, term.from);
    }
    std::erase_if(into.addresses, [](const AddressValue& term) { return term.until <= term.from; });
  }

  static Act act_for(ActKind kind, std::string_view subject) {
    Act act;
    act.kind = kind;
    act.subject = subject;
    return act;
  }

  // From the top down. Nobody is in a circle: that has been looked at.
  void find_ranks() {
    std::unordered_map<std::string_view, const PersonValue*> all;
    all.reserve(next_.people.size());
    for (const auto& each : next_.people) all.emplace(each.name, &each);
    for (auto& each : changed_) {
      const auto above = [&](const PersonValue* person) {
        const auto found = person->supervisor.empty() ? all.end() : all.find(person->supervisor);
        return found == all.end() ? nullptr : found->second;
      };
      for (const auto* at = above(&next_.people[each.index]); at; at = above(at)) ++each.rank;
      if (next_.people[each.index].kind != PersonKind::Person) each.rank = ~0U;  // after those who sponsor them
    }
    std::ranges::stable_sort(changed_, {}, &Changed::rank);
  }

  void add_departments() {
    for (std::size_t i = people_.departments().size(); i < next_.departments.size(); ++i) {
      Act act = act_for(ActKind::DepartmentAdd, next_.departments[i].name);
      if (!next_.departments[i].title.empty()) act.fields.emplace("title", next_.departments[i].title);
      out_.acts.push_back(std::move(act));
    }
    change_addresses(ActKind::AddressRelease);
  }

  void write_password(Act& act, const PersonValue& person) {
    if (person.password_hash.empty()) return;
    std::string name = secret_name(person.name, person.password_hash);
    act.fields.emplace("password", "set");
    act.fields.emplace("secret", name);
    out_.secrets.emplace_back(std::move(name), person.password_hash);
  }

  void add_people() {
    for (const auto& each : changed_) {
      if (each.before) continue;
      const PersonValue& person = next_.people[each.index];
      Act act = act_for(ActKind::PersonAdd, person.name);
      write_fact(act, person, Fact::Entry);
      write_fact(act, person, Fact::Department);
      for (const Fact fact : kTexts)
        if (!same(person, PersonValue(), fact)) write_fact(act, person, fact);
      if (person.kind == PersonKind::Guest) write_fact(act, person, Fact::Term);
      if (!person.addresses.empty()) act.fields.emplace("addresses", addresses_text(person.addresses));
      write_password(act, person);
      out_.acts.push_back(std::move(act));
    }
  }

  void change_people() {
    for (const auto& each : changed_) {
      if (!each.before || each.facts == 0) continue;
      const PersonValue& person = next_.people[each.index];
      Act act = act_for(ActKind::PersonChange, person.name);
      for (std::size_t i = 1; i < kFacts; ++i)
        if ((each.facts >> i & 1) != 0) write_fact(act, person, static_cast<Fact>(i));
      if ((each.facts >> static_cast<unsigned>(Fact::Password) & 1) != 0) write_password(act, person);
      out_.acts.push_back(std::move(act));
    }
  }

  void change_addresses(ActKind kind) {
    for (const auto& each : changed_)
      for (const auto& act : each.addresses)
        if (act.kind == kind) out_.acts.push_back(act);
  }

  void change_heads() {
    for (std::size_t i = 0; i < next_.departments.size(); ++i) {
      const auto& each = next_.departments[i];
      const bool fresh = i >= people_.departments().size();
      const DepartmentValue before =
          fresh ? DepartmentValue{.title = each.title} : people_.value_of(people_.departments()[i]);
      Act act = act_for(ActKind::DepartmentChange, each.name);
      if (each.title != before.title) act.fields.emplace("title", each.title);
      if (each.head != before.head) act.fields.emplace("head", each.head);
      if (!act.fields.empty()) out_.acts.push_back(std::move(act));
    }
  }

  void find_missing() {
    for (const auto& person : people_.people())
      if (!person_lines_.contains(person.name)) out_.missing.push_back(person.name);
    std::ranges::sort(out_.missing);
  }

  const PeopleWanted& wanted_;
  const Directory& people_;
  const WallTime now_;
  Problems& problems_;
  PeopleValues next_;  // what would come of it
  std::uint16_t file_ = 0;
  std::unordered_map<std::string_view, int> person_lines_;
  std::vector<Changed> changed_;
  PeopleImport out_;
};

}  // namespace

PeopleImport plan_import(const PeopleWanted& wanted, const Directory& people, WallTime now, Problems& problems) {
  return Planner(wanted, people, now, problems).plan();
}

}  // namespace citygate::policy
