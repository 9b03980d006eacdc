// `citygate people list|show|who|export`: the directory as it is in force, and where each fact of it comes from.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "console/commands.h"
#include "console/people_text.h"
#include "console/selectors.h"
#include "console/text_table.h"
#include "policy/act_checks.h"
#include "policy/people/people_act.h"
#include "policy/people/people_export.h"
#include "policy/table_reader.h"

namespace citygate::console {
namespace {

struct Chosen {
  const policy::Department* department = nullptr;
  std::string_view role;
  std::optional<policy::PersonKind> kind;

  [[nodiscard]] bool takes(const policy::Person& person, WallTime now) const {
    return (!department || person.department_at(now) == department->id) && (role.empty() || person.has_role(role)) &&
           (!kind || person.kind == *kind);
  }
};

Result<Chosen> chosen(const policy::Directory& people, const Arguments& args) {
  Chosen out;
  if (const auto name = argument(args, "department"); !name.empty()) {
    out.department = people.department(name);
    if (!out.department) {
      std::vector<std::string_view> known;
      for (const auto& each : people.departments()) known.push_back(each.name);
      return fail(Error::Kind::NotFound,
                  fmt::format("there is no department '{}'{}", name, policy::suggestion(name, known)));
    }
  }
  out.role = argument(args, "role");
  if (!out.role.empty() && people.holders(out.role).empty())
    return fail(Error::Kind::NotFound,
                fmt::format("nobody has the role '{}'{}", out.role, policy::suggestion(out.role, people.roles())));
  if (const auto word = argument(args, "kind"); !word.empty()) {
    out.kind = policy::parse_person_kind(word);
    if (!out.kind) return fail(Error::Kind::Malformed, fmt::format("'{}' is no kind: person, device or guest", word));
  }
  return out;
}

Result<void> list(Operator& op, const Arguments& args, Output& output) {
  const auto state = op.registrar().state();
  const policy::Directory& people = *state.people;
  const WallTime now = op.clock().now();
  CG_TRY(wanted, chosen(people, args));
  TextTable table({{"name"}, {"kind"}, {"department"}, {"title"}, {"roles"}});
  for (const auto& person : people.people()) {
    if (!wanted.takes(person, now)) continue;
    if (given(args, "json")) {
      output.out(person_json({person, people, state.rules->zone(), now}));
      continue;
    }
    const auto* department = people.department(person.department_at(now));
    table.add({person.name, std::string(to_string(person.kind)), department ? department->name : "", person.title,
               policy::roles_text(person.roles)});
  }
  if (!given(args, "json"))
    for (const auto& line : table.lines()) output.out(line);
  return {};
}

Result<void> show(Operator& op, const Arguments& args, Output& output) {
  const auto state = op.registrar().state();
  CG_TRY(person, policy::find_person(argument(args, "name"), *state.people));
  const PersonShown shown{*person, *state.people, state.rules->zone(), op.clock().now()};
  if (given(args, "json")) {
    output.out(person_json(shown));
    return {};
  }
  for (const auto& line : person_lines(shown)) output.out(line);
  return {};
}

Result<void> who(Operator& op, const Arguments& args, Output& output) {
  const auto text = argument(args, "address");
  const auto address = IpAddress::parse(text);
  if (!address) return fail(Error::Kind::Malformed, fmt::format("'{}' is no address like 10.1.2.3", text));
  const auto state = op.registrar().state();
  const Zone& zone = state.rules->zone();
  WallTime at = op.clock().now();
  if (const auto when = argument(args, "at"); !when.empty()) {
    CG_TRY(time, find_time(zone, when, Edge::Begin));
    at = time;
  }
  const policy::Person* person = state.people->by_address(*address, at);
  if (!person)
    return fail(Error::Kind::NotFound, fmt::format("nobody has the address {} at {}", text, zone.format(at)));
  const PersonShown shown{*person, *state.people, zone, at};
  if (given(args, "json")) {
    output.out(person_json(shown));
    return {};
  }
  const policy::AddressTerm* by = nullptr;
  for (const auto& term : person->addresses)
    if (term.holds(at) && term.range.contains(*address) && (!by || by->range.prefix_bits() < term.range.prefix_bits()))
      by = &term;
  const auto* department = state.people->department(person->department_at(at));
  output.out(fmt::format("{}, {}, department {}: by {} ({}), at {}", person->name, to_string(person->kind),
                         department ? department->name : "?", by ? address_words(*by, zone) : "?",
                         by ? state.people->describe(by->source) : "?", zone.format(at)));
  return {};
}

int people_list(Operator& op, const Arguments& args, Output& output) { return answer(list(op, args, output), output); }
int people_show(Operator& op, const Arguments& args, Output& output) { return answer(show(op, args, output), output); }
int people_who(Operator& op, const Arguments& args, Output& output) { return answer(who(op, args, output), output); }

int people_export(Operator& op, const Arguments&, Output& output) {
  const auto state = op.registrar().state();
  std::string text = policy::export_people(state.people->values(), state.rules->zone());
  while (text.ends_with('\n')) text.pop_back();
  output.out(text);
  return kDone;
}

constexpr Option kListOptions[] = {Option::value("department", "NAME", "Only those who are in it now"),
                                   Option::value("role", "NAME", "Only those who have it"),
                                   Option::value("kind", "KIND", "Only these: person, device or guest"), kJsonLines};
constexpr Option kShowOptions[] = {Option::place("name", "NAME", "As the directory names them"), kJsonLines};
constexpr Option kWhoOptions[] = {Option::place("address", "ADDRESS", "Of a client"),
                                  Option::value("at", "TIME", "When, by the city's clock. Default: now"), kJsonLines};

constexpr Command kCommands[] = {
    {"people list", "Everybody whom the directory knows.", kListOptions, people_list},
    {"people show", "One of them, and for each fact the line of the people file or the act that it comes from.",
     kShowOptions, people_show},
    {"people who", "Whose address it is, or was.", kWhoOptions, people_who},
    {"people export",
     "The directory as a people file, acts included and passwords left out; importing it makes no acts.",
     {},
     people_export},
};

}  // namespace

std::span<const Command> people_commands() { return kCommands; }

}  // namespace citygate::console
