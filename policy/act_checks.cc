#include "policy/act_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "policy/table_reader.h"

namespace citygate::policy {

using Kind = Error::Kind;

Result<const Person*> find_person(std::string_view name, const Directory& people) {
  if (name.empty()) return fail(Kind::Malformed, "no person is named");
  if (const Person* person = people.by_name(name)) return person;
  std::vector<std::string_view> known;
  known.reserve(people.people().size());
  for (const auto& each : people.people()) known.push_back(each.name);
  return fail(Kind::NotFound,
              fmt::format("the directory knows nobody by the name '{}'{}", name, suggestion(name, known)));
}

Result<const Person*> find_subject(const Act& act, const ActContext& context) {
  return find_person(act.subject, context.people);
}

Result<void> only_fields(const Act& act, std::span<const std::string_view> known) {
  const bool kept = act.number != 0;
  for (const auto& [field, value] : act.fields)
    if (std::ranges::find(known, field) == known.end() && !(kept && field == "clock"))
      return fail(Kind::Malformed,
                  fmt::format("'{}' has no field '{}'{}", to_string(act.kind), field, suggestion(field, known)));
  return {};
}

Result<std::optional<WallTime>> time_field(const Act& act, std::string_view field, const Zone& zone) {
  const auto text = act.field(field);
  if (text.empty()) return std::nullopt;
  const auto time = parse_time(text, zone);
  if (!time)
    return fail(Kind::Malformed,
                fmt::format("'{}' is no time for '{}'; write 2026-11-21T12:00:00 (by the city's clock) or "
                            "2026-11-21T18:00:00Z",
                            text, field));
  // By the city's clock the last hours of the year 9999 are of the year after in UTC, whose five digits nobody reads back:
  // an act that holds such a time could be kept, and never be folded.
  if (!parse_time(format_utc(*time), Zone()))
    return fail(Kind::Malformed,
                fmt::format("'{}' for '{}' lies outside of the years that can be kept, 0000 to 9999 in UTC; name a "
                            "nearer day",
                            text, field));
  return time;
}

Result<std::optional<WallTime>> utc_field(const Act& act, std::string_view field) {
  const auto text = act.field(field);
  if (text.empty()) return std::nullopt;
  const auto time = text.ends_with('Z') ? parse_time(text, Zone()) : std::nullopt;
  if (!time) return fail(Kind::Malformed, fmt::format("the field '{}' is no time of UTC: '{}'", field, text));
  return time;
}

void set_time(Act& act, std::string_view field, WallTime time) {
  act.fields.insert_or_assign(std::string(field), format_utc(time));
}

}  // namespace citygate::policy
