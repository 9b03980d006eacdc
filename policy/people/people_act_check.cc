#include "policy/people/people_act_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/act_checks.h"
#include "policy/people/people_act.h"
#include "policy/people/people_check.h"
#include "policy/people/people_file.h"
#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

using Kind = Error::Kind;

bool one_line(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) >= ' ' && c != '\x7f'; });
}

Result<void> check_line(std::string_view field, std::string_view text) {
  if (text.size() <= 256 && one_line(text)) return {};
  return fail(Kind::Malformed, fmt::format("'{}' is one line of text, of at most 256 bytes", field));
}

// What entries of one kind have, and others have not.
Result<void> check_kind(const PersonFields& fields, PersonKind kind) {
  const auto no = [kind](std::string_view field, std::string_view whose) {
    return fail(Kind::Malformed, fmt::format("a {} has no '{}'; {} has", to_string(kind), field, whose));
  };
  const bool person = kind == PersonKind::Person, guest = kind == PersonKind::Guest;
  if (!person && fields.units && !fields.units->empty()) return no("units", "a person");
  if (!person && fields.roles && !fields.roles->empty()) return no("roles", "a person");
  if (!person && fields.supervisor && !fields.supervisor->empty()) return no("supervisor", "a person");
  if (kind == PersonKind::Device && fields.secret) return no("password", "a person or a guest");
  if (!guest && fields.sponsor && !fields.sponsor->empty()) return no("sponsor", "a guest");
  if (!guest && fields.purpose && !fields.purpose->empty()) return no("purpose", "a guest");
  if (!guest && ((fields.start && *fields.start != WallTime::min()) || (fields.end && *fields.end != WallTime::max())))
    return fail(Kind::Malformed, fmt::format("a {} has no term; end somebody's access with a separation, and an "
                                             "address with a release",
                                             to_string(kind)));
  return {};
}

}  // namespace

Result<void> PeopleFold::prepare(Act& act, const ActContext& context) const {
  PeopleActCheck check(*this, act, context);
  switch (act.kind) {
    case ActKind::DepartmentAdd:
    case ActKind::DepartmentChange: return check.department();
    case ActKind::PersonAdd: return check.add();
    case ActKind::PersonChange: return check.change();
    case ActKind::AddressAssign:
    case ActKind::AddressRelease: return check.address();
    default: return {};
  }
}

std::optional<PersonValue> PeopleActCheck::find(std::string_view name) const {
  std::optional<PersonValue> out;
  if (const Person* person = context_.people.by_name(name)) out = context_.people.value_of(*person);
  const auto edits = fold_.people_.find(std::string(name));
  if (edits == fold_.people_.end() || (!out && !edits->second.added)) return out;
  if (!out) out.emplace();
  PeopleFold::lay(edits->second, context_.people.last_act(), *out);
  return out;
}

Result<PersonValue> PeopleActCheck::need(std::string_view name) const {
  if (auto found = find(name)) return *std::move(found);
  CG_TRY(known, find_person(name, context_.people));
  return context_.people.value_of(*known);
}

bool PeopleActCheck::knows_department(std::string_view name) const {
  if (context_.people.department(name)) return true;
  const auto edits = fold_.departments_.find(std::string(name));
  return edits != fold_.departments_.end() && edits->second.added;
}

bool PeopleActCheck::separated(std::string_view name) const {
  const auto number = context_.names.find(NameKind::Person, name);
  const Standing* standing = number ? context_.standing.of(PersonId{*number}) : nullptr;
  return standing && standing->ended_by && standing->ended_at(context_.now);
}

Result<void> PeopleActCheck::need_department(std::string_view name) const {
  if (knows_department(name)) return {};
  std::vector<std::string_view> known;
  for (const auto& each : context_.people.departments()) known.push_back(each.name);
  return fail(Kind::NotFound, fmt::format("there is no department '{}'{}", name, suggestion(name, known)));
}

// Who is named for others: a supervisor, a head, a sponsor.
Result<void> PeopleActCheck::need_official(std::string_view name, std::string_view what) const {
  CG_TRY(person, need(name));
  if (person.kind != PersonKind::Person)
    return fail(Kind::Refused,
                fmt::format("'{}' is a {}; a {} is a person of the city", name, to_string(person.kind), what));
  if (separated(name)) return fail(Kind::Refused, fmt::format("'{}' was separated, and can be no {}", name, what));
  return {};
}

Result<void> PeopleActCheck::supervisor(const std::string& name) const {
  CG_TRY_VOID(need_official(name, "supervisor"));
  std::string circle = fmt::format("{} -> {}", act_.subject, name);
  std::string at = name;
  // Of those above nobody is in a circle yet; the count is for files that have changed meanwhile.
  for (std::size_t steps = 0; steps <= context_.people.people().size() + fold_.people_.size(); ++steps) {
    if (at == act_.subject) return fail(Kind::Refused, fmt::format("supervisors would go in a circle: {}", circle));
    const auto edits = fold_.people_.find(at);
    const bool edited =
        edits != fold_.people_.end() &&
        (edits->second.added || (edits->second.set >> static_cast<unsigned>(Fact::Supervisor) & 1) != 0);
    const Person* person = context_.people.by_name(at);
    const Person* above = person ? context_.people.by_id(person->supervisor) : nullptr;
    at = edited ? edits->second.value.supervisor : above ? above->name : std::string();
    if (at.empty()) return {};
    circle += " -> " + at;
  }
  return {};
}

Result<void> PeopleActCheck::department() {
  CG_TRY_VOID(check_department_fields(act_));
  if (act_.kind == ActKind::DepartmentAdd) {
    if (!is_name(act_.subject))
      return fail(Kind::Malformed, fmt::format("'{}' is no name of a department: lower-case letters, digits, '-', '_' "
                                               "and '.', at most 64",
                                               act_.subject));
    if (knows_department(act_.subject))
      return fail(Kind::Refused, fmt::format("there is a department '{}' already", act_.subject));
  } else {
    CG_TRY_VOID(need_department(act_.subject));
    if (act_.fields.empty()) return fail(Kind::Malformed, "nothing is to change: name a title or a head");
  }
  CG_TRY_VOID(check_line("title", act_.field("title")));
  const auto head = act_.field("head");
  if (head.empty()) return {};
  CG_TRY_VOID(not_oneself(head, fmt::format("the head of '{}'", act_.subject)));
  return need_official(head, "head");
}

// Heads and supervisors agree to what others ask for, and see what others did.
Result<void> PeopleActCheck::not_oneself(std::string_view name, std::string_view what) const {
  if (name != act_.author) return {};
  return fail(Kind::Refused, fmt::format("nobody makes himself or herself {}: somebody else than '{}' has to name '{}'",
                                         what, act_.author, name));
}

// As a person writes them, into UTC.
Result<void> PeopleActCheck::times() {
  for (const std::string_view field : {"from", "until", "start", "end"}) {
    CG_TRY(time, time_field(act_, field, context_.rules.zone()));
    if (time) set_time(act_, field, *time);
  }
  return {};
}

Result<void> PeopleActCheck::fields(const PersonFields& fields, const PersonValue& after) const {
  CG_TRY_VOID(check_kind(fields, after.kind));
  CG_TRY_VOID(check_line("title", after.title));
  CG_TRY_VOID(check_line("purpose", after.purpose));
  if (fields.departments) {
    for (std::size_t i = 0; i < after.departments.size(); ++i) {
      CG_TRY_VOID(need_department(after.departments[i].department));
      if (i > 0 && after.departments[i].from <= after.departments[i - 1].from)
        return fail(Kind::Malformed,
                    "departments stand in the order of time, each but the first with its '@' and time");
    }
  }
  if (fields.units)
    for (const auto& unit : *fields.units) CG_TRY_VOID(check_line("units", unit));
  if (fields.roles)
    for (const auto& role : *fields.roles)
      if (auto wrong = wrong_role(role); !wrong.empty()) return fail(Kind::Malformed, std::move(wrong));
  if (fields.secret && !fields.secret->empty() &&
      !fields.secret->starts_with(fmt::format("password/{}/", act_.subject)))
    return fail(Kind::Malformed, fmt::format("'{}' is no hash of '{}'", *fields.secret, act_.subject));
  if (fields.supervisor && !fields.supervisor->empty()) CG_TRY_VOID(supervisor(*fields.supervisor));
  if (fields.sponsor && !fields.sponsor->empty()) CG_TRY_VOID(need_official(*fields.sponsor, "sponsor"));
  return after.kind == PersonKind::Guest ? stay(after) : Result<void>();
}

Result<void> PeopleActCheck::stay(const PersonValue& after) const {
  if (after.sponsor.empty()) return fail(Kind::Malformed, "a guest needs a sponsor: a person who answers for the stay");
  if (after.purpose.empty()) return fail(Kind::Malformed, "a guest needs a purpose");
  if (after.end == WallTime::max()) return fail(Kind::Malformed, "a guest's stay needs an end");
  if (after.end > after.start) return {};
  return fail(Kind::Malformed,
              fmt::format("the stay of '{}' would end at {}, before it starts at {}", after.name,
                          context_.rules.zone().format(after.end), context_.rules.zone().format(after.start)));
}

Result<void> PeopleActCheck::add() {
  if (const auto wrong = wrong_person_name(act_.subject); !wrong.empty())
    return fail(Kind::Malformed, fmt::format("'{}' is no name: {}", act_.subject, wrong));
  if (const auto known = find(act_.subject))
    return fail(Kind::Refused, fmt::format("there is a {} '{}' already", to_string(known->kind), act_.subject));
  if (separated(act_.subject))
    return fail(Kind::Refused, fmt::format("a '{0}' was separated; for the same person reinstate '{0}' first, for "
                                           "another take another name: records hold this one",
                                           act_.subject));
  CG_TRY_VOID(times());
  act_.fields.try_emplace("kind", "person");
  CG_TRY(said, read_person_fields(act_, source()));
  PeopleFold after;
  Act numbered = act_;
  numbered.number = context_.next_number;
  CG_TRY_VOID(after.apply(numbered, context_.names));
  const PersonValue& value = after.people_.at(act_.subject).value;
  if (value.departments.empty()) return fail(Kind::Malformed, fmt::format("'{}' needs a department", act_.subject));
  CG_TRY_VOID(fields(said, value));
  if (value.kind == PersonKind::Guest && value.end <= context_.now)
    return fail(Kind::Refused, fmt::format("the stay of '{}' would have ended already, at {}", act_.subject,
                                           context_.rules.zone().format(value.end)));
  for (std::size_t i = 0; i < value.addresses.size(); ++i) {
    CG_TRY_VOID(free(value.addresses[i], act_.subject));
    for (std::size_t j = 0; j < i; ++j)
      if (value.addresses[i].range == value.addresses[j].range && value.addresses[i].from < value.addresses[j].until &&
          value.addresses[j].from < value.addresses[i].until)
        return fail(Kind::Malformed, fmt::format("address {} stands twice", range_text(value.addresses[i].range)));
  }
  return {};
}

Result<void> PeopleActCheck::change() {
  CG_TRY(before, need(act_.subject));
  const bool password_alone = std::ranges::all_of(
      act_.fields, [](const auto& field) { return field.first == "password" || field.first == "secret"; });
  if (act_.fields.empty()) return fail(Kind::Malformed, "nothing is to change: name a field");
  if (act_.author == act_.subject && !password_alone)
    return fail(Kind::Refused, fmt::format("nobody changes the own entry, but for the password: somebody else has to "
                                           "change '{}'",
                                           act_.subject));
  if (separated(act_.subject))
    return fail(Kind::Refused, fmt::format("'{}' was separated; reinstate first", act_.subject));
  CG_TRY_VOID(times());
  CG_TRY_VOID(move(before));
  CG_TRY(said, read_person_fields(act_, source()));
  if (said.supervisor && *said.supervisor != before.supervisor)
    CG_TRY_VOID(not_oneself(*said.supervisor, fmt::format("the supervisor of '{}'", act_.subject)));
  PeopleFold::PersonEdits edits{.value = before, .added = true};
  PeopleFold after;
  after.people_.emplace(act_.subject, std::move(edits));
  Act numbered = act_;
  numbered.number = context_.next_number;
  CG_TRY_VOID(after.apply(numbered, context_.names));
  return fields(said, after.people_.at(act_.subject).value);
}

Result<void> PeopleActCheck::move(const PersonValue& before) {
  const std::string name(act_.field("department"));
  if (name.empty()) {
    if (act_.fields.contains("from"))
      return fail(Kind::Malformed, "'from' goes with 'department': where somebody moves then");
    return {};
  }
  if (act_.fields.contains("departments"))
    return fail(Kind::Malformed, "'department' is a move, 'departments' the whole list: one of them");
  CG_TRY_VOID(need_department(name));
  CG_TRY(from, utc_field(act_, "from"));
  const WallTime when = from.value_or(context_.now);
  std::vector<StayValue> list;
  for (const auto& stay : before.departments) {
    if (stay.from > when)
      return fail(Kind::Refused,
                  fmt::format("'{}' is to be in '{}' from {} on already; give the whole list of departments",
                              act_.subject, stay.department, context_.rules.zone().format(stay.from)));
    if (list.empty() || stay.from != when) list.push_back(stay);
  }
  if (!list.empty() && list.back().department == name)
    return fail(Kind::Refused, fmt::format("'{}' is in department '{}' already", act_.subject, name));
  list.push_back({name, when, source()});
  set_time(act_, "from", when);
  act_.fields.insert_or_assign("departments", departments_text(list));
  return {};
}

Result<void> PeopleActCheck::address() {
  CG_TRY(owner, need(act_.subject));
  if (act_.author == act_.subject)
    return fail(Kind::Refused, fmt::format("nobody changes the own addresses: somebody else has to change those of "
                                           "'{}'",
                                           act_.subject));
  CG_TRY_VOID(times());
  const bool assign = act_.kind == ActKind::AddressAssign;
  if (const std::string_view field = assign ? "from" : "until"; !act_.fields.contains(field))
    set_time(act_, field, context_.now);
  CG_TRY(term, read_address_fields(act_, source()));
  if (!assign) return release(owner, term);
  if (separated(act_.subject))
    return fail(Kind::Refused, fmt::format("'{}' was separated; reinstate first", act_.subject));
  if (term.until <= term.from)
    return fail(Kind::Malformed, fmt::format("address {} would end before it starts", range_text(term.range)));
  return free(term, "");
}

// Nobody else owns it then; nor `owner`, whose addresses are looked at elsewhere where it is not "".
Result<void> PeopleActCheck::free(const AddressValue& term, std::string_view owner) const {
  std::vector<std::string> names;
  for (const Person* person : context_.people.owners_of(term.range)) names.push_back(person->name);
  const auto [first, last] = fold_.changed_ranges_.equal_range(term.range.to_string());
  for (auto each = first; each != last; ++each) names.push_back(each->second);
  const Zone& zone = context_.rules.zone();
  for (const auto& name : names) {
    if (name == owner) continue;
    const auto person = find(name);
    if (!person) continue;
    for (const auto& other : person->addresses)
      if (other.range == term.range && other.from < term.until && term.from < other.until)
        return fail(Kind::Refused,
                    fmt::format("address {} belongs to '{}' {}{}: release it first", range_text(term.range), name,
                                other.from == WallTime::min() ? "" : "from " + zone.format(other.from) + " on",
                                other.until == WallTime::max() ? "" : " until " + zone.format(other.until)));
  }
  return {};
}

Result<void> PeopleActCheck::release(const PersonValue& owner, const AddressValue& term) const {
  std::vector<std::string> others;
  for (const auto& each : owner.addresses) {
    if (each.range == term.range && each.until > term.until) return {};
    if (each.until > context_.now) others.push_back(range_text(each.range));
  }
  return fail(Kind::NotFound,
              fmt::format("address {} does not belong to '{}' then{}", range_text(term.range), owner.name,
                          others.empty() ? std::string() : fmt::format("; {} do", fmt::join(others, ", "))));
}

}  // namespace citygate::policy
