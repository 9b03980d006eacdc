#include "policy/readers.h"

#include <fmt/format.h>

#include <algorithm>

namespace citygate::policy {
namespace {

constexpr std::int64_t kMostMinutes = 24 * 60;
constexpr std::int64_t kMostMegabytes = 1'000'000'000;
constexpr std::int64_t kBytesPerMegabyte = 1'000'000;

struct Limits {
  std::optional<std::chrono::milliseconds> minutes;
  std::optional<std::uint64_t> bytes;
};

Limits read_limits(TableReader& table, std::string_view where) {
  Limits out;
  if (const auto minutes = table.whole("minutes_per_day", 1, kMostMinutes))
    out.minutes = std::chrono::minutes(*minutes);
  if (const auto megabytes = table.whole("megabytes_per_day", 1, kMostMegabytes))
    out.bytes = static_cast<std::uint64_t>(*megabytes * kBytesPerMegabyte);
  if (!table.has("minutes_per_day") && !table.has("megabytes_per_day"))
    table.problem(table.line(),
                  fmt::format("{} limits nothing: give minutes_per_day, megabytes_per_day or both", where));
  return out;
}

}  // namespace

void read_quota(const Node& node, PolicyFile& out, Problems& problems) {
  TableReader table(node, "[[quota]]", problems);
  QuotaDraft draft{{}, node.line()};
  draft.quota.name = table.name("name");
  draft.quota.title = table.text("title");
  const Limits limits = read_limits(table, "[[quota]]");
  table.finish();
  if (draft.quota.name.empty()) return;
  if (draft.quota.title.empty()) draft.quota.title = draft.quota.name;
  draft.quota.minutes_per_day = limits.minutes.value_or(std::chrono::milliseconds(0));
  draft.quota.bytes_per_day = limits.bytes.value_or(0);
  const auto same = std::ranges::find(out.quotas, draft.quota.name, [](const QuotaDraft& q) { return q.quota.name; });
  if (same != out.quotas.end())
    return table.problem(node.line(),
                         fmt::format("quota '{}' stands already in line {}", draft.quota.name, same->line));
  out.quotas.push_back(std::move(draft));
}

void read_overrides(const Node* node, const PolicyFile& policy, SupplementDraft& out, Problems& problems) {
  if (!node) return;
  for (const auto& [name, value] : node->members()) {
    const auto where = fmt::format("[department.quota.{}]", name);
    if (!value.is_table()) {
      problems.add(policy.file, value.line(), where + " must be a table");
      continue;
    }
    TableReader table(value, where, problems);
    const Limits limits = read_limits(table, where);
    table.finish();
    const auto found = std::ranges::find(policy.quotas, name, [](const QuotaDraft& q) { return q.quota.name; });
    if (found == policy.quotas.end()) {
      std::vector<std::string_view> known;
      for (const auto& each : policy.quotas) known.push_back(each.quota.name);
      table.problem(value.line(), fmt::format("unknown quota '{}'{}", name, suggestion(name, known)));
      continue;
    }
    out.overrides.push_back(
        {static_cast<std::size_t>(found - policy.quotas.begin()), value.line(), limits.minutes, limits.bytes});
  }
}

}  // namespace citygate::policy
