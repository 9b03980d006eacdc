#include "policy/people/people_act.h"

#include <fmt/format.h>

#include <array>

#include "base/local_time.h"
#include "policy/act_checks.h"
#include "policy/people/people_check.h"

namespace citygate::policy {
namespace {

using Kind = Error::Kind;

constexpr std::array<std::string_view, 2> kDepartmentFields{"title", "head"};
constexpr std::array<std::string_view, 13> kAddFields{"kind",       "title",     "departments", "units",  "roles",
                                                      "supervisor", "addresses", "password",    "secret", "sponsor",
                                                      "purpose",    "start",     "end"};
constexpr std::array<std::string_view, 13> kChangeFields{"title",   "departments", "department", "from",   "units",
                                                         "roles",   "supervisor",  "password",   "secret", "sponsor",
                                                         "purpose", "start",       "end"};
constexpr std::array<std::string_view, 3> kAssignFields{"address", "from", "until"};
constexpr std::array<std::string_view, 2> kReleaseFields{"address", "until"};

std::optional<WallTime> parse_utc(std::string_view text) {
  return text.ends_with('Z') ? parse_time(text, Zone()) : std::nullopt;
}

std::unexpected<Error> wrong(std::string_view field, std::string_view text, std::string_view right) {
  return fail(Kind::Malformed, fmt::format("the field '{}' cannot be read at '{}'; it is like {}", field, text, right));
}

Result<std::vector<StayValue>> read_departments(std::string_view text, FactSource source) {
  std::vector<StayValue> out;
  for (const auto& word : split_list(text, ' ')) {
    const auto at = word.find('@');
    StayValue stay{word.substr(0, at), WallTime::min(), source};
    if (at != std::string::npos) {
      const auto from = parse_utc(std::string_view(word).substr(at + 1));
      if (!from) return wrong("departments", word, "clerk police@2026-03-01T06:00:00Z");
      stay.from = *from;
    }
    out.push_back(std::move(stay));
  }
  if (out.empty()) return fail(Kind::Malformed, "the field 'departments' names none; everybody is in a department");
  return out;
}

bool read_term(std::string_view text, AddressValue& out) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) return false;
  const auto from = text.substr(0, dots), until = text.substr(dots + 2);
  const auto begin = from.empty() ? std::optional(WallTime::min()) : parse_utc(from);
  const auto end = until.empty() ? std::optional(WallTime::max()) : parse_utc(until);
  if (!begin || !end) return false;
  out.from = *begin;
  out.until = *end;
  return true;
}

Result<std::vector<AddressValue>> read_addresses(std::string_view text, FactSource source) {
  constexpr std::string_view kRight = "10.1.2.3 10.1.3.0/24@2026-03-01T06:00:00Z..2026-04-01T05:00:00Z";
  std::vector<AddressValue> out;
  for (const auto& word : split_list(text, ' ')) {
    const auto at = word.find('@');
    const auto range = Cidr::parse(word.substr(0, at));
    if (!range) return fail(Kind::Malformed, wrong_range(word.substr(0, at)));
    AddressValue term{.range = *range, .source = source};
    if (at != std::string::npos && !read_term(std::string_view(word).substr(at + 1), term))
      return wrong("addresses", word, kRight);
    out.push_back(term);
  }
  return out;
}

Result<std::optional<std::string>> read_secret(const Act& act) {
  const auto found = act.fields.find("password");
  if (found == act.fields.end()) {
    if (act.fields.contains("secret")) return fail(Kind::Malformed, "'secret' goes with password = set");
    return std::nullopt;
  }
  if (found->second == "none") return std::optional<std::string>("");
  if (found->second != "set" || act.field("secret").empty())
    return fail(Kind::Malformed,
                "an act never holds a password: it says 'set', with the name of the hash in 'secret', or 'none'");
  return std::optional<std::string>(act.field("secret"));
}

Result<std::optional<WallTime>> read_end(const Act& act, std::string_view field, WallTime cleared) {
  const auto found = act.fields.find(field);
  if (found == act.fields.end()) return std::nullopt;
  if (found->second.empty()) return std::optional(cleared);
  return utc_field(act, field);
}

void read_text(const Act& act, std::string_view field, std::optional<std::string>& out) {
  if (const auto found = act.fields.find(field); found != act.fields.end()) out = found->second;
}

std::span<const std::string_view> fields_of(ActKind kind) {
  return kind == ActKind::PersonAdd ? std::span<const std::string_view>(kAddFields) : kChangeFields;
}

}  // namespace

Result<PersonFields> read_person_fields(const Act& act, FactSource source) {
  CG_TRY_VOID(only_fields(act, fields_of(act.kind)));
  PersonFields out;
  if (const auto word = act.field("kind"); !word.empty()) {
    out.kind = parse_person_kind(word);
    if (!out.kind) return fail(Kind::Malformed, fmt::format("'{}' is no kind: person, device or guest", word));
  }
  read_text(act, "title", out.title);
  read_text(act, "supervisor", out.supervisor);
  read_text(act, "sponsor", out.sponsor);
  read_text(act, "purpose", out.purpose);
  if (act.fields.contains("units")) out.units = split_list(act.field("units"), ',');
  if (act.fields.contains("roles")) out.roles = split_list(act.field("roles"), ' ');
  if (act.fields.contains("departments")) {
    CG_TRY(departments, read_departments(act.field("departments"), source));
    out.departments = std::move(departments);
  }
  if (act.fields.contains("addresses")) {
    CG_TRY(addresses, read_addresses(act.field("addresses"), source));
    out.addresses = std::move(addresses);
  }
  CG_TRY(secret, read_secret(act));
  out.secret = std::move(secret);
  CG_TRY(start, read_end(act, "start", WallTime::min()));
  CG_TRY(end, read_end(act, "end", WallTime::max()));
  out.start = start;
  out.end = end;
  return out;
}

Result<AddressValue> read_address_fields(const Act& act, FactSource source) {
  const bool assign = act.kind == ActKind::AddressAssign;
  CG_TRY_VOID(only_fields(act, assign ? std::span<const std::string_view>(kAssignFields) : kReleaseFields));
  const auto text = act.field("address");
  const auto range = Cidr::parse(text);
  if (!range) return fail(Kind::Malformed, wrong_range(text));
  CG_TRY(from, utc_field(act, "from"));
  CG_TRY(until, utc_field(act, "until"));
  return AddressValue{*range, from.value_or(WallTime::min()), until.value_or(WallTime::max()), source};
}

Result<void> check_department_fields(const Act& act) { return only_fields(act, kDepartmentFields); }

void write_fact(Act& act, const PersonValue& person, Fact fact) {
  const auto put = [&act](std::string_view field, std::string value) {
    act.fields.insert_or_assign(std::string(field), std::move(value));
  };
  switch (fact) {
    case Fact::Entry: return put("kind", std::string(to_string(person.kind)));
    case Fact::Title: return put("title", person.title);
    case Fact::Department: return put("departments", departments_text(person.departments));
    case Fact::Units: return put("units", units_text(person.units));
    case Fact::Roles: return put("roles", roles_text(person.roles));
    case Fact::Supervisor: return put("supervisor", person.supervisor);
    case Fact::Password: break;  // whoever keeps the hash names it
    case Fact::Sponsor: return put("sponsor", person.sponsor);
    case Fact::Purpose: return put("purpose", person.purpose);
    case Fact::Term:
      put("start", person.start == WallTime::min() ? "" : format_utc(person.start));
      put("end", person.end == WallTime::max() ? "" : format_utc(person.end));
  }
}

std::string departments_text(std::span<const StayValue> departments) {
  std::string out;
  for (const auto& stay : departments) {
    if (!out.empty()) out += ' ';
    out += stay.department;
    if (stay.from != WallTime::min()) out += "@" + format_utc(stay.from);
  }
  return out;
}

std::string addresses_text(std::span<const AddressValue> addresses) {
  std::string out;
  for (const auto& term : addresses) {
    if (!out.empty()) out += ' ';
    out += range_text(term.range);
    if (term.from == WallTime::min() && term.until == WallTime::max()) continue;
    out += fmt::format("@{}..{}", term.from == WallTime::min() ? "" : format_utc(term.from),
                       term.until == WallTime::max() ? "" : format_utc(term.until));
  }
  return out;
}

std::string units_text(std::span<const std::string> units) { return fmt::format("{}", fmt::join(units, ", ")); }
std::string roles_text(std::span<const std::string> roles) { return fmt::format("{}", fmt::join(roles, " ")); }

std::vector<std::string> split_list(std::string_view text, char separator) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    auto part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) out.emplace_back(part);
  }
  return out;
}

std::optional<PersonKind> parse_person_kind(std::string_view word) {
  for (const auto kind : {PersonKind::Person, PersonKind::Device, PersonKind::Guest})
    if (word == to_string(kind)) return kind;
  return std::nullopt;
}

std::string range_text(const Cidr& range) {
  return range.prefix_bits() == 128 ? range.base().to_string() : range.to_string();
}

}  // namespace citygate::policy
