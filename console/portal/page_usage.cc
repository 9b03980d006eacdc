// Today's use, and what is left of it. Nothing sealed adds to it: records of that stream are in no total.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "console/portal/pages.h"

namespace citygate::console {
namespace {

std::string minutes(std::chrono::milliseconds time) {
  return fmt::format("{:.1f}", static_cast<double>(std::max(time, std::chrono::milliseconds(0)).count()) / 60'000);
}
std::string megabytes(std::uint64_t bytes) { return fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6); }

void add_quotas(const Visit& visit, std::int32_t day, Html& html) {
  auto& meter = visit.needs.op.board().person(visit.person->id);
  std::vector<Html::Row> rows;
  for (const auto& quota : visit.in_force.rules->quotas(visit.person->department_at(visit.now))) {
    const Usage used = meter.used(quota.id, day, visit.now);
    const std::string name = quota.title.empty() ? quota.name : quota.title;
    if (quota.minutes_per_day.count() > 0)
      rows.push_back({name, fmt::format("{} minutes", minutes(used.attended)),
                      fmt::format("{} minutes", minutes(quota.minutes_per_day)),
                      fmt::format("{} minutes", minutes(quota.minutes_per_day - used.attended))});
    if (quota.bytes_per_day > 0)
      rows.push_back(
          {name, fmt::format("{} MB", megabytes(used.streaming_bytes)),
           fmt::format("{} MB", megabytes(quota.bytes_per_day)),
           fmt::format("{} MB", megabytes(quota.bytes_per_day - std::min(quota.bytes_per_day, used.streaming_bytes)))});
  }
  html.heading("What is left today");
  if (rows.empty()) {
    html.paragraph("No quota of time or volume applies to you.");
    return;
  }
  html.table("Quotas of today", {"Quota", "Used", "Of", "Left"}, rows);
  html.paragraph(fmt::format("All quotas are full again at {}.", visit.time(visit.zone().start_of(day + 1))));
}

struct Total {
  std::uint64_t requests = 0, bytes = 0, attempts = 0;
  std::chrono::milliseconds attended{0};
};

void add_categories(const Visit& visit, std::int32_t day, Html& html) {
  std::map<CategoryId, Total> totals;
  const auto read = visit.needs.op.store().rollups(
      visit.person->department_at(visit.now), day, day, [&](const records::Rollup& rollup) {
        if (rollup.person != visit.person->id) return;
        Total& total = totals[rollup.category];
        total.requests += rollup.requests;
        total.bytes += rollup.to_client_bytes + rollup.from_client_bytes;
        total.attempts += rollup.attempts;
        total.attended += rollup.attended_navigation + rollup.attended_document + rollup.attended_estimated;
      });
  html.heading("By kind of site, today");
  if (!read) {
    html.wrong("The records cannot be read at the moment.");
    return;
  }
  if (totals.empty()) {
    html.paragraph("Nothing has been recorded for you today.");
    return;
  }
  std::vector<Html::Row> rows;
  for (const auto& [id, total] : totals) {
    const auto* category = visit.in_force.taxonomy->find(id);
    rows.push_back({category ? category->title : "Not in any list", minutes(total.attended),
                    fmt::format("{}", total.requests), megabytes(total.bytes), fmt::format("{}", total.attempts)});
  }
  html.table("Your use of today", {"Kind of site", "Minutes of visits", "Requests", "MB", "Refused tries"}, rows);
  html.paragraph(
      "Minutes are counted for personal use alone: the time between one thing that you did and the next, where they "
      "are "
      "close together. The figures are at most some seconds old.");
}

}  // namespace

HttpAnswer show_usage(const Visit& visit) {
  const std::int32_t day = visit.zone().at(visit.now).day;
  Html html;
  add_quotas(visit, day, html);
  add_categories(visit, day, html);
  return visit.page(200, "Your use today", html);
}

}  // namespace citygate::console
