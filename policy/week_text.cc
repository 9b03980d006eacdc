#include <fmt/format.h>

#include <algorithm>

#include "policy/policy_file.h"

namespace citygate::policy {

std::string describe_spans(std::vector<WeekSpan> spans) {
  static constexpr std::string_view kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  const auto clock = [](std::int64_t second) { return fmt::format("{:02}:{:02}", second / 3600, second / 60 % 60); };
  // Days with the same hours are told together, in the order of the week.
  std::ranges::sort(spans);
  std::vector<std::pair<std::string, std::string>> parts;  // hours, days
  for (const auto& span : spans) {
    const std::int64_t from = span.from % kDaySeconds, to = from + (span.to - span.from);
    const std::string hours = clock(from) + "-" + clock(to > kDaySeconds ? to - kDaySeconds : to);
    auto part = std::ranges::find(parts, hours, &std::pair<std::string, std::string>::first);
    if (part == parts.end()) part = parts.insert(part, {hours, ""});
    if (!part->second.empty()) part->second += ' ';
    part->second += kDays[span.from / kDaySeconds];
  }
  std::string out;
  for (const auto& [hours, days] : parts) {
    if (!out.empty()) out += ", ";
    out += days == "Mon Tue Wed Thu Fri" ? "Mon-Fri" : days == "Mon Tue Wed Thu Fri Sat Sun" ? "daily" : days;
    out += ' ';
    out += hours;
  }
  return out;
}

}  // namespace citygate::policy
