#include "console/selectors.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "base/document.h"
#include "base/hex.h"
#include "console/commands.h"

namespace citygate::console {
namespace {

std::unexpected<Error> no_such(std::string_view what, std::string_view name, std::vector<std::string_view> known) {
  const auto near = nearest(name, known);
  return fail(Error::Kind::NotFound,
              fmt::format("no {} '{}'{}", what, name,
                          near.empty() ? std::string() : fmt::format("; did you mean '{}'?", near)));
}

}  // namespace

Result<PersonId> find_person(Operator& op, std::string_view name) {
  if (const auto number = op.names().find(NameKind::Person, name)) return PersonId{*number};
  const proxy::Snapshots in_force = op.in_force();
  std::vector<std::string_view> known;
  for (const auto& person : in_force.people->people()) known.push_back(person.name);
  return no_such("person", name, std::move(known));
}

Result<DepartmentId> find_department(Operator& op, std::string_view name) {
  if (const auto number = op.names().find(NameKind::Department, name)) return DepartmentId{*number};
  const proxy::Snapshots in_force = op.in_force();
  std::vector<std::string_view> known;
  for (const auto& department : in_force.people->departments()) known.push_back(department.name);
  return no_such("department", name, std::move(known));
}

Result<CategoryId> find_category(Operator& op, std::string_view name) {
  if (const auto number = op.names().find(NameKind::Category, name))
    return CategoryId{static_cast<std::uint16_t>(*number)};
  const proxy::Snapshots in_force = op.in_force();
  std::vector<std::string_view> known;
  for (const auto& category : in_force.taxonomy->all()) known.push_back(category.name);
  return no_such("category", name, std::move(known));
}

Result<Outcome> find_outcome(std::string_view word) {
  std::string known;
  for (auto value = static_cast<int>(Outcome::Completed); value <= static_cast<int>(Outcome::Failed); ++value) {
    const auto outcome = static_cast<Outcome>(value);
    if (to_string(outcome) == word) return outcome;
    known += (known.empty() ? "" : ", ") + std::string(to_string(outcome));
  }
  return fail(Error::Kind::NotFound, fmt::format("no outcome '{}'; there are: {}", word, known));
}

Result<WallTime> find_time(const Zone& zone, std::string_view text, Edge edge) {
  if (edge == Edge::End)
    if (const auto day = parse_day(text)) return zone.start_of(*day + 1);
  if (const auto time = parse_time(text, zone)) return *time;
  return fail(Error::Kind::Malformed,
              fmt::format("'{}' is not a time; write 2026-11-21, 2026-11-21T13:30:00 ({}) or 2026-11-21T13:30:00Z",
                          text, zone.name()));
}

Result<std::int32_t> find_day(std::string_view text) {
  if (const auto day = parse_day(text)) return *day;
  return fail(Error::Kind::Malformed, fmt::format("'{}' is not a day; write 2026-11-21", text));
}

Result<std::chrono::milliseconds> find_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
  };
  // "min" and "ms" stand before "m..." could be mistaken: the longest name that fits is taken.
  constexpr Unit kUnits[] = {{"min", 60'000},  {"ms", 1},     {"d", 86'400'000},
                             {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}};
  const auto wrong = [text] {
    return fail(Error::Kind::Malformed, fmt::format("'{}' is not a duration; write 90s, 5min, 2h30min or 1d", text));
  };
  std::int64_t total = 0;
  std::string_view rest = text;
  if (rest.empty()) return wrong();
  while (!rest.empty()) {
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (error != std::errc() || count < 0) return wrong();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const Unit* found = nullptr;
    for (const Unit& unit : kUnits)
      if (!found && rest.starts_with(unit.name)) found = &unit;
    std::int64_t part = 0;
    if (!found || __builtin_mul_overflow(count, found->milliseconds, &part) ||
        __builtin_add_overflow(total, part, &total))
      return wrong();
    rest.remove_prefix(found->name.size());
  }
  // A clock of microseconds must be able to hold what comes of it.
  if (total > std::int64_t{100} * 366 * 86'400'000) return wrong();
  return std::chrono::milliseconds(total);
}

Result<Term> find_term(const Zone& zone, const Arguments& args) {
  Term out;
  if (const auto text = argument(args, "from"); !text.empty()) {
    CG_TRY(time, find_time(zone, text, Edge::Begin));
    out.from = time;
  }
  if (const auto text = argument(args, "to"); !text.empty()) {
    CG_TRY(time, find_time(zone, text, Edge::End));
    out.to = time;
  }
  if (out.from < out.to) return out;
  return fail(Error::Kind::Malformed, fmt::format("from ({}) is not before to ({}): no time lies between",
                                                  argument(args, "from"), argument(args, "to")));
}

Result<std::uint64_t> find_number(std::string_view text, std::string_view what) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size() && out > 0) return out;
  return fail(Error::Kind::Malformed, fmt::format("{} must be a whole number above 0, not '{}'", what, text));
}

Result<GenerationId> find_generation(Operator& op, std::string_view text) {
  if (text.empty() || text.size() > 16 || text.find_first_not_of(kHexDigits) != std::string_view::npos)
    return fail(Error::Kind::Malformed,
                fmt::format("'{}' is no generation: it has 16 hex digits, as `lists history` shows them", text));
  CG_TRY(entries, op.list_store().history());
  GenerationId found;
  for (const auto& entry : entries) {
    if (!fmt::format("{:016x}", entry.generation.value).starts_with(text)) continue;
    if (found && found != entry.generation)
      return fail(Error::Kind::Malformed, fmt::format("more than one generation begins with '{}'", text));
    found = entry.generation;
  }
  if (!found) return fail(Error::Kind::NotFound, fmt::format("no generation '{}' is in the history", text));
  return found;
}

Result<Target> find_target(std::string_view text) {
  Target out;
  const bool bare_ipv6 = text.contains(':') && IpAddress::parse(text);
  const std::string url = text.contains("://") ? std::string(text)
                          : bare_ipv6          ? fmt::format("http://[{}]", text)
                                               : fmt::format("http://{}", text);
  if (const auto parsed = parse_url(url, out); !parsed)
    return fail(Error::Kind::Malformed,
                fmt::format("'{}' is neither a host nor a URL: {}", text, parsed.error().context));
  return out;
}

bool given(const Arguments& args, std::string_view name) {
  const auto at = args.find(name);
  return at != args.end() && !at->second.empty() && at->second != "false";
}

}  // namespace citygate::console
