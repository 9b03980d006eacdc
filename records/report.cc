#include "records/report.h"

#include <map>
#include <set>

namespace citygate::records {
namespace {

void add(UsageTotals& totals, const Rollup& row) {
  totals.requests += row.requests;
  totals.from_client_bytes += row.from_client_bytes;
  totals.to_client_bytes += row.to_client_bytes;
  totals.streaming_bytes += row.streaming_bytes;
  totals.attempts += row.attempts;
  totals.attended += row.attended_navigation + row.attended_document + row.attended_estimated;
  totals.attended_estimated += row.attended_estimated;
}

// The attended time of each person on each day.
using PersonDays = std::map<std::pair<PersonId, std::int32_t>, std::chrono::milliseconds>;

void count_above(const PersonDays& days, DepartmentReport& report) {
  std::set<PersonId> people;
  for (const auto& [who, attended] : days) {
    if (attended <= report.threshold) continue;
    ++report.days_above;
    people.insert(who.first);
  }
  report.people_above = people.size();
}

}  // namespace

Result<DepartmentReport> build_report(const Store& store, DepartmentId department, std::int32_t from_day,
                                      std::int32_t to_day, std::chrono::milliseconds threshold) {
  DepartmentReport report;
  report.department = department;
  report.from_day = from_day;
  report.to_day = to_day;
  report.threshold = threshold;
  std::set<PersonId> everybody;
  PersonDays days;
  // Roll-ups come by day, category and person, each person once per day and category.
  CG_TRY_VOID(store.rollups(department, from_day, to_day, [&](const Rollup& row) {
    if (report.rows.empty() || report.rows.back().day != row.day || report.rows.back().category != row.category)
      report.rows.push_back({.day = row.day, .category = row.category, .totals = {}});
    add(report.rows.back().totals, row);
    add(report.total, row);
    if (!row.person) return;  // requests before anybody had a name
    ++report.rows.back().totals.people;
    everybody.insert(row.person);
    if (threshold.count() > 0)
      days[{row.person, row.day}] += row.attended_navigation + row.attended_document + row.attended_estimated;
  }));
  count_above(days, report);
  report.total.people = everybody.size();
  CG_TRY(sealed, store.sealed_count(department, from_day, to_day));
  report.sealed_exchanges = sealed;
  return report;
}

}  // namespace citygate::records
