#include "console/report_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/local_time.h"

namespace citygate::console {
namespace {

using records::UsageTotals;

std::string minutes(std::chrono::milliseconds time) {
  return fmt::format("{:.1f}", static_cast<double>(time.count()) / 60'000.0);
}

std::vector<std::string> cells(std::string day, std::string category, const UsageTotals& totals, Format format) {
  const auto number = [format](std::uint64_t value) {
    return format == Format::Table ? with_commas(value) : std::to_string(value);
  };
  return {std::move(day),
          std::move(category),
          number(totals.people),
          number(totals.requests),
          number(totals.from_client_bytes),
          number(totals.to_client_bytes),
          minutes(totals.attended),
          minutes(totals.attended_estimated),
          number(totals.streaming_bytes),
          number(totals.attempts)};
}

std::string category_name(const ReportNames& names, CategoryId id) {
  const std::string name = id ? names.category(id) : std::string();
  return name.empty() ? "uncategorised" : name;
}

std::vector<std::string> table(const records::DepartmentReport& report, const ReportNames& names) {
  using enum TextTable::Align;
  TextTable table({{"day", Left},
                   {"category", Left},
                   {"people", Right},
                   {"requests", Right},
                   {"bytes sent", Right},
                   {"bytes received", Right},
                   {"attended min", Right},
                   {"(estimated)", Right},
                   {"streaming bytes", Right},
                   {"blocked attempts", Right}});
  for (const auto& row : report.rows)
    table.add(cells(format_day(row.day), category_name(names, row.category), row.totals, Format::Table));
  table.add(cells("total", "", report.total, Format::Table));
  std::vector<std::string> out{
      fmt::format("Department        {} ({})", names.title.empty() ? names.department : names.title, names.department),
      fmt::format("Days              {} to {}, {}", format_day(report.from_day), format_day(report.to_day),
                  names.time_zone),
      fmt::format("Sealed exchanges  {}", report.sealed_exchanges)};
  if (report.threshold.count() > 0)
    out.push_back(fmt::format("Excessive use     more than {} attended minutes a day{}: {} {}, on {} {} in all",
                              minutes(report.threshold),
                              names.excessive_clause.empty() ? "" : fmt::format(" ({})", names.excessive_clause),
                              report.people_above, report.people_above == 1 ? "person" : "people", report.days_above,
                              report.days_above == 1 ? "day" : "days"));
  out.emplace_back();
  for (auto& line : table.lines()) out.push_back(std::move(line));
  return out;
}

std::vector<std::string> csv(const records::DepartmentReport& report, const ReportNames& names) {
  TextTable table({{"department"},
                   {"day"},
                   {"category"},
                   {"people"},
                   {"requests"},
                   {"from_client_bytes"},
                   {"to_client_bytes"},
                   {"attended_minutes"},
                   {"attended_estimated_minutes"},
                   {"streaming_bytes"},
                   {"blocked_attempts"},
                   {"sealed_exchanges"}});
  const auto add = [&](std::vector<std::string> row, std::string sealed) {
    row.insert(row.begin(), names.department);
    row.push_back(std::move(sealed));
    table.add(std::move(row));
  };
  for (const auto& row : report.rows)
    add(cells(format_day(row.day), category_name(names, row.category), row.totals, Format::Csv), "");
  add(cells("total", "", report.total, Format::Csv), std::to_string(report.sealed_exchanges));
  return table.csv_lines();
}

nlohmann::ordered_json json_of(const UsageTotals& totals) {
  return {{"people", totals.people},
          {"requests", totals.requests},
          {"from_client_bytes", totals.from_client_bytes},
          {"to_client_bytes", totals.to_client_bytes},
          {"attended_ms", totals.attended.count()},
          {"attended_estimated_ms", totals.attended_estimated.count()},
          {"streaming_bytes", totals.streaming_bytes},
          {"blocked_attempts", totals.attempts}};
}

std::vector<std::string> json(const records::DepartmentReport& report, const ReportNames& names) {
  nlohmann::ordered_json root{{"department", names.department},
                              {"title", names.title},
                              {"from", format_day(report.from_day)},
                              {"to", format_day(report.to_day)},
                              {"time_zone", names.time_zone},
                              {"total", json_of(report.total)},
                              {"sealed_exchanges", report.sealed_exchanges},
                              {"rows", nlohmann::ordered_json::array()}};
  if (report.threshold.count() > 0)
    root["excessive"] = {{"minutes_per_day", std::chrono::floor<std::chrono::minutes>(report.threshold).count()},
                         {"clause", names.excessive_clause},
                         {"people", report.people_above},
                         {"days", report.days_above}};
  for (const auto& row : report.rows) {
    nlohmann::ordered_json line{{"day", format_day(row.day)}, {"category", category_name(names, row.category)}};
    line.update(json_of(row.totals));
    root["rows"].push_back(std::move(line));
  }
  return {root.dump(2, ' ', false, nlohmann::json::error_handler_t::replace)};
}

}  // namespace

std::vector<std::string> report_lines(const records::DepartmentReport& report, const ReportNames& names,
                                      Format format) {
  switch (format) {
    case Format::Table: break;
    case Format::Csv: return csv(report, names);
    case Format::Json: return json(report, names);
  }
  return table(report, names);
}

}  // namespace citygate::console
