#include "policy/people/people_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "policy/grants/approval.h"
#include "policy/people/people_file.h"
#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

// Looking for the nearest name takes a while among many; whoever made a hundred mistakes made the same one often.
constexpr int kMostSuggestions = 100;

using ByName = std::unordered_map<std::string_view, std::uint32_t>;

class Checker {
 public:
  Checker(const PeopleValues& values, Problems& problems) : values_(values), problems_(problems) {}

  void check() {
    index();
    for (const auto& department : values_.departments)
      if (!department.head.empty()) know(department.head, "head", department.head_source);
    for (const auto& person : values_.people) check_person(person);
    check_owners();
    check_circles();
  }

 private:
  void problem(FactSource source, std::string text) {
    if (source.is_act()) return problems_.add(describe(values_.sources, source), 0, std::move(text));
    const std::string file = source.source < values_.sources.size() ? values_.sources[source.source] : "the people";
    problems_.add(file, static_cast<int>(source.place), std::move(text));
  }

  // "in line 4", or with the source's name where that is another one.
  [[nodiscard]] std::string place(FactSource first, FactSource here) const {
    if (!first.is_act() && first.source == here.source) return fmt::format("in line {}", std::uint64_t{first.place});
    return "in " + describe(values_.sources, first);
  }

  void index() {
    departments_.reserve(values_.departments.size());
    people_.reserve(values_.people.size());
    for (std::uint32_t i = 0; i < values_.departments.size(); ++i) {
      const auto& each = values_.departments[i];
      if (const auto [first, fresh] = departments_.emplace(each.name, i); !fresh)
        problem(each.source, fmt::format("department '{}' stands already {}", each.name,
                                         place(values_.departments[first->second].source, each.source)));
    }
    for (std::uint32_t i = 0; i < values_.people.size(); ++i) {
      const auto& each = values_.people[i];
      if (const auto [first, fresh] = people_.emplace(each.name, i); !fresh)
        problem(each.sources[Fact::Entry],
                fmt::format("'{}' stands already {}", each.name,
                            place(values_.people[first->second].sources[Fact::Entry], each.sources[Fact::Entry])));
    }
  }

  void check_person(const PersonValue& person) {
    if (person.departments.empty())
      problem(person.sources[Fact::Entry], fmt::format("'{}' has no 'department'", person.name));
    for (std::size_t i = 0; i < person.departments.size(); ++i) {
      const auto& stay = person.departments[i];
      if (!departments_.contains(stay.department)) unknown_department(stay);
      if (i > 0 && stay.from <= person.departments[i - 1].from)
        problem(stay.source,
                fmt::format("'{}' is in '{}' from before, or since, what stands before it; the departments "
                            "of a person stand in the order of time, each but the first with its 'from'",
                            person.name, stay.department));
    }
    for (const auto& term : person.addresses)
      if (term.until <= term.from)
        problem(term.source,
                fmt::format("address {} of '{}' ends before it starts", term.range.to_string(), person.name));
    if (!person.supervisor.empty()) know(person.supervisor, "supervisor", person.sources[Fact::Supervisor]);
    if (person.kind == PersonKind::Guest) check_stay(person);
  }

  void check_stay(const PersonValue& person) {
    const auto no = [&](std::string_view key, std::string_view why) {
      problem(person.sources[Fact::Entry], fmt::format("guest '{}' has no '{}': {}", person.name, key, why));
    };
    // An act was looked at when it was made; the sponsor whom one names may have left the city since.
    if (person.sponsor.empty() && !person.sources[Fact::Sponsor].is_act())
      no("sponsor", "a person who answers for the stay");
    if (person.purpose.empty()) no("purpose", "what the stay is for");
    if (person.end == WallTime::max()) no("end", "the first day that is no part of the stay, like 2026-12-31");
    if (!person.sponsor.empty()) know(person.sponsor, "sponsor", person.sources[Fact::Sponsor]);
    if (person.end <= person.start)
      problem(person.sources[Fact::Term], fmt::format("the stay of '{}' ends before it starts", person.name));
  }

  void unknown_department(const StayValue& stay) {
    std::vector<std::string_view> known;
    for (const auto& each : values_.departments) known.push_back(each.name);
    problem(stay.source, fmt::format("unknown department '{}'{}", stay.department, near(stay.department, known)));
  }

  void know(const std::string& name, std::string_view what, FactSource source) {
    const auto found = people_.find(name);
    if (found == people_.end()) {
      std::vector<std::string_view> known;
      for (const auto& each : values_.people)
        if (each.kind == PersonKind::Person) known.push_back(each.name);
      return problem(source, fmt::format("unknown {} '{}'{}", what, name, near(name, known)));
    }
    const PersonKind kind = values_.people[found->second].kind;
    if (kind == PersonKind::Person) return;
    problem(source, fmt::format("'{}' is a {}; a {} is a person of the city", name, to_string(kind), what));
  }

  std::string near(std::string_view name, const std::vector<std::string_view>& known) {
    return ++suggestions_ <= kMostSuggestions ? suggestion(name, known) : std::string();
  }

  struct Owned {
    const AddressValue* term;
    std::uint32_t owner;
  };

  void check_owners() {
    std::vector<Owned> all;
    for (std::uint32_t i = 0; i < values_.people.size(); ++i)
      for (const auto& term : values_.people[i].addresses) all.push_back({&term, i});
    std::ranges::stable_sort(all, [](const Owned& a, const Owned& b) {
      if (a.term->range != b.term->range) return a.term->range < b.term->range;
      return a.term->from < b.term->from;
    });
    const Owned* last = nullptr;  // of the range, the one that lasts longest so far
    for (const auto& each : all) {
      if (last && last->term->range == each.term->range) {
        if (each.term->from < last->term->until) overlap(*last, each);
        if (each.term->until <= last->term->until) continue;
      }
      last = &each;
    }
  }

  void overlap(Owned first, Owned second) {
    if (first.owner > second.owner) std::swap(first, second);
    const auto& range = first.term->range;
    const bool dated = first.term->from != WallTime::min() || first.term->until != WallTime::max() ||
                       second.term->from != WallTime::min() || second.term->until != WallTime::max();
    problem(second.term->source,
            fmt::format("range {} belongs already to '{}' {}{}", range.to_string(), values_.people[first.owner].name,
                        place(first.term->source, second.term->source), dated ? ", at the same time" : ""));
  }

  // Everybody has one supervisor at most, so a circle is met by walking up; nobody is walked twice.
  void check_circles() {
    std::vector<std::uint32_t> walk_of(values_.people.size(), 0);
    for (std::uint32_t start = 0; start < values_.people.size(); ++start) {
      std::uint32_t at = start;
      while (walk_of[at] == 0) {
        walk_of[at] = start + 1;
        const auto up = people_.find(values_.people[at].supervisor);
        if (up == people_.end()) break;
        at = up->second;
        if (walk_of[at] == start + 1) tell_circle(at);
      }
    }
  }

  void tell_circle(std::uint32_t from) {
    std::string names = values_.people[from].name;
    std::uint32_t at = from;
    do {
      at = people_.find(values_.people[at].supervisor)->second;
      names += " -> " + values_.people[at].name;
    } while (at != from);
    problem(values_.people[from].sources[Fact::Supervisor], fmt::format("supervisors go in a circle: {}", names));
  }

  const PeopleValues& values_;
  Problems& problems_;
  ByName departments_, people_;
  int suggestions_ = 0;
};

}  // namespace

void check_people(const PeopleValues& values, Problems& problems) { Checker(values, problems).check(); }

std::string describe(const std::vector<std::string>& sources, FactSource source) {
  if (source.is_act()) return fmt::format("act {}", std::uint64_t{source.place});
  const std::string_view name =
      source.source < sources.size() ? std::string_view(sources[source.source]) : std::string_view("the people");
  return source.place == 0 ? std::string(name) : fmt::format("{}:{}", name, std::uint64_t{source.place});
}

std::string wrong_role(std::string_view role) {
  if (!is_name(role))
    return fmt::format("'{}' is no role: lower-case letters, digits, '-', '_' and '.', at most 64", role);
  if (role == kSupervisor || role == kDepartmentHead)
    return fmt::format("'{}' is no role to be given: it is found from the person, by {}", role,
                       role == kSupervisor ? "'supervisor'" : "the 'head' of the department");
  return {};
}

std::string wrong_range(std::string_view text) {
  return fmt::format(
      "'{}' is neither an address nor a range like 10.1.0.0/16 or 2001:db8::/32 (bits beyond the prefix must be zero)",
      text);
}

std::string_view to_string(PersonKind kind) {
  switch (kind) {
    case PersonKind::Person: return "person";
    case PersonKind::Device: return "device";
    case PersonKind::Guest: return "guest";
  }
  return "?";
}

}  // namespace citygate::policy
