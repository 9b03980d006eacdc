#include "console/people_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "policy/people/people_act.h"
#include "policy/people/people_export.h"

namespace citygate::console {
namespace {

using Json = nlohmann::ordered_json;
using policy::Fact;

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json moment(WallTime time) {
  if (time == WallTime::min() || time == WallTime::max()) return nullptr;
  return format_utc(time);
}

std::string_view name_of(const policy::Person* person) { return person ? std::string_view(person->name) : ""; }

std::string_view department_name(const policy::Directory& people, DepartmentId id) {
  const policy::Department* found = people.department(id);
  return found ? std::string_view(found->name) : "?";
}

class Lines {
 public:
  explicit Lines(const PersonShown& shown) : shown_(shown) {}

  void add(std::string_view what, std::string_view value, policy::FactSource source) {
    if (!value.empty()) out_.push_back(fmt::format("  {:<12}{}   ({})", what, value, shown_.people.describe(source)));
  }
  void add(std::string_view what, std::string_view value, Fact fact) { add(what, value, shown_.person.sources[fact]); }

  std::vector<std::string> take() { return std::move(out_); }
  std::vector<std::string> out_;

 private:
  const PersonShown& shown_;
};

std::string stay_words(const PersonShown& shown, const policy::DepartmentStay& stay) {
  std::string out(department_name(shown.people, stay.department));
  if (stay.from != WallTime::min()) out += ", from " + policy::date_text(stay.from, shown.zone);
  if (stay.department == shown.person.department_at(shown.now)) out += " (now)";
  return out;
}

std::string term_words(const policy::Person& person, const Zone& zone) {
  if (person.start == WallTime::min()) return "until " + zone.format(person.end);
  return fmt::format("{} until {}", zone.format(person.start), zone.format(person.end));
}

std::string act_words(const Act& act) {
  std::string out = act.number == 0 ? fmt::format("{} '{}'", to_string(act.kind), act.subject)
                                    : fmt::format("act {}: {} '{}'", act.number, to_string(act.kind), act.subject);
  for (const auto& [field, value] : act.fields)
    if (field != "secret") out += fmt::format(", {} {}", field, value.empty() ? "none" : value);
  return out;
}

}  // namespace

std::string address_words(const policy::AddressTerm& term, const Zone& zone) {
  std::string out = policy::range_text(term.range);
  if (term.from != WallTime::min()) out += ", from " + policy::date_text(term.from, zone);
  if (term.until != WallTime::max()) out += ", until " + policy::date_text(term.until, zone);
  return out;
}

std::vector<std::string> person_lines(const PersonShown& shown) {
  const policy::Person& person = shown.person;
  const policy::Directory& people = shown.people;
  Lines lines(shown);
  lines.out_.push_back(fmt::format("{}, {}", person.name, to_string(person.kind)));
  lines.add("title", person.title, Fact::Title);
  for (const auto& stay : person.departments) lines.add("department", stay_words(shown, stay), stay.source);
  lines.add("units", policy::units_text(person.units), Fact::Units);
  lines.add("roles", policy::units_text(person.roles), Fact::Roles);
  lines.add("supervisor", name_of(people.by_id(person.supervisor)), Fact::Supervisor);
  for (const auto& department : people.departments())
    if (department.head == person.id) lines.add("head of", department.name, department.head_source);
  for (const auto& term : person.addresses) lines.add("address", address_words(term, shown.zone), term.source);
  if (!person.password_hash.empty()) lines.add("password", "set", Fact::Password);
  lines.add("sponsor", name_of(people.by_id(person.sponsor)), Fact::Sponsor);
  lines.add("purpose", person.purpose, Fact::Purpose);
  if (person.is_guest()) lines.add("stay", term_words(person, shown.zone), Fact::Term);
  return lines.take();
}

std::string person_json(const PersonShown& shown) {
  const policy::Person& person = shown.person;
  const policy::Directory& people = shown.people;
  const auto source = [&](Fact fact) { return people.describe(person.sources[fact]); };
  Json departments = Json::array(), addresses = Json::array(), sources = Json::object();
  for (const auto& stay : person.departments)
    departments.push_back({{"name", department_name(people, stay.department)},
                           {"from", moment(stay.from)},
                           {"source", people.describe(stay.source)}});
  for (const auto& term : person.addresses)
    addresses.push_back({{"address", policy::range_text(term.range)},
                         {"from", moment(term.from)},
                         {"until", moment(term.until)},
                         {"source", people.describe(term.source)}});
  sources["entry"] = source(Fact::Entry);
  sources["title"] = source(Fact::Title);
  Json out{{"name", person.name},
           {"kind", to_string(person.kind)},
           {"title", person.title},
           {"department", department_name(people, person.department_at(shown.now))},
           {"departments", std::move(departments)},
           {"addresses", std::move(addresses)},
           {"password", !person.password_hash.empty()}};
  if (!person.password_hash.empty()) sources["password"] = source(Fact::Password);
  if (person.kind == policy::PersonKind::Person) {
    out["units"] = person.units;
    out["roles"] = person.roles;
    out["supervisor"] = name_of(people.by_id(person.supervisor));
    sources["units"] = source(Fact::Units);
    sources["roles"] = source(Fact::Roles);
    sources["supervisor"] = source(Fact::Supervisor);
  }
  if (person.is_guest()) {
    out["sponsor"] = name_of(people.by_id(person.sponsor));
    out["purpose"] = person.purpose;
    out["start"] = moment(person.start);
    out["end"] = moment(person.end);
    sources["term"] = source(Fact::Term);
  }
  out["sources"] = std::move(sources);
  return dump(out);
}

std::vector<std::string> import_lines(const ImportShown& shown) {
  std::vector<std::string> out;
  for (const auto& act : shown.acts) out.push_back(act_words(act));
  if (shown.complete)
    for (const auto& name : shown.plan.missing) out.push_back(fmt::format("not in the file: '{}'", name));
  out.push_back(fmt::format("{} {}, {} people as they are", shown.acts.size(),
                            shown.done ? (shown.acts.size() == 1 ? "act was kept" : "acts were kept")
                                       : (shown.acts.size() == 1 ? "act would be kept" : "acts would be kept"),
                            shown.plan.unchanged));
  return out;
}

std::string import_json(const ImportShown& shown) {
  Json acts = Json::array();
  for (const auto& act : shown.acts) {
    Json fields = Json::object();
    for (const auto& [field, value] : act.fields)
      if (field != "secret") fields[field] = value;
    acts.push_back({{"number", act.number == 0 ? Json() : Json(act.number)},
                    {"kind", to_string(act.kind)},
                    {"subject", act.subject},
                    {"fields", std::move(fields)}});
  }
  Json out{{"done", shown.done}, {"acts", std::move(acts)}, {"unchanged", shown.plan.unchanged}};
  if (shown.complete) out["missing"] = shown.plan.missing;
  return dump(out);
}

}  // namespace citygate::console
