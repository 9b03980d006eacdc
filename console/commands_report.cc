#include <fmt/format.h>

#include "console/commands.h"
#include "console/report_text.h"
#include "console/selectors.h"
#include "records/report.h"

namespace citygate::console {
namespace {

Result<void> print_report(Operator& op, const Arguments& args, Output& output) {
  const proxy::Snapshots in_force = op.in_force();
  const Zone& zone = in_force.rules->zone();
  const auto format = parse_format(argument(args, "format"));
  if (!format) return fail(Error::Kind::Malformed, "format must be table, csv or json");
  CG_TRY(department, find_department(op, argument(args, "department")));

  // Without days: today. With one of them: that day alone, or up to today.
  const std::int32_t today = zone.at(op.clock().now()).day;
  std::int32_t from = today, to = today;
  if (const auto text = argument(args, "to"); !text.empty()) {
    CG_TRY(day, find_day(text));
    from = to = day;
  }
  if (const auto text = argument(args, "from"); !text.empty()) {
    CG_TRY(day, find_day(text));
    from = day;
  }
  if (from > to)
    return fail(Error::Kind::Malformed,
                fmt::format("the report would end on {}, before it begins on {}", format_day(to), format_day(from)));

  CG_TRY_VOID(op.flush());
  const policy::Excessive* excessive = in_force.rules->excessive(department);
  CG_TRY(report, records::build_report(op.store(), department, from, to,
                                       excessive ? excessive->per_day : std::chrono::minutes(0)));
  const auto* known = in_force.people->department(department);
  const ReportNames names{.department = op.names().name(NameKind::Department, department.value),
                          .title = known ? known->title : std::string(),
                          .time_zone = zone.name(),
                          .excessive_clause = excessive ? excessive->clause : std::string(),
                          .category = [&op](CategoryId id) { return op.names().name(NameKind::Category, id.value); }};
  for (const auto& line : report_lines(report, names, *format)) output.out(line);
  return {};
}

int report(Operator& op, const Arguments& args, Output& output) {
  return answer(print_report(op, args, output), output);
}

constexpr Option kReportOptions[] = {Option::needed("department", "NAME", "As the people file names it"),
                                     Option::value("from", "DAY", "First day, as 2026-11-21; default: the last day"),
                                     Option::value("to", "DAY", "Last day; default: today"),
                                     Option::value("format", "FORMAT", "table, csv or json")};

constexpr Command kCommands[] = {
    {"report",
     "What a department used: people, requests, bytes, attended minutes, streaming bytes and blocked\n"
     "attempts, by day and category. Sealed exchanges are a bare number.",
     kReportOptions, report},
};

}  // namespace

std::span<const Command> report_commands() { return kCommands; }

}  // namespace citygate::console
