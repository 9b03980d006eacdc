#include "policy/policy_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/category_words.h"
#include "policy/destinations_reader.h"
#include "policy/grants/approval_reader.h"
#include "policy/rule_reader.h"
#include "policy/table_reader.h"

namespace citygate::policy {
namespace {

constexpr std::string_view kDays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::int64_t kMostMinutes = 24 * 60;
constexpr std::int64_t kMostMegabytes = 1'000'000'000;
constexpr std::int64_t kBytesPerMegabyte = 1'000'000;

void read_city(const Node* node, PolicyFile& out, Problems& problems) {
  static constexpr std::string_view kUncategorised[] = {"work", "block"};
  if (!node) return problems.add(out.file, 0, "there is no [city] with 'name' and 'time_zone'");
  TableReader table(*node, "[city]", problems);
  out.city = table.text("name", Need::Required);
  out.contact = table.text("contact");
  const std::string zone_name = table.text("time_zone", Need::Required);
  out.refuse_uncategorised = table.choice("uncategorised", kUncategorised) == "block";
  table.finish();
  if (zone_name.empty()) return;
  auto zone = Zone::open(zone_name);
  if (zone)
    out.zone = std::move(*zone);
  else
    table.problem(table.line_of("time_zone"), zone.error().context);
}

void read_on_error(const Node* node, PolicyFile& out, Problems& problems) {
  static constexpr std::string_view kProhibited[] = {"block"}, kOther[] = {"block", "allow"};
  if (!node) return;
  TableReader table(*node, "[on_error]", problems);
  // "allow" is not among the choices: nothing but a sealed grant opens what is prohibited, an error least of all.
  static_cast<void>(table.choice("prohibited", kProhibited));
  out.allow_on_error = table.choice("other", kOther) == "allow";
  table.finish();
}

void read_tunnels(const Node* node, PolicyFile& out, Problems& problems) {
  static constexpr std::string_view kChoices[] = {"refuse", "allow"};
  if (!node) return;
  TableReader table(*node, "[tunnels]", problems);
  out.tunnels.refuse_not_tls = table.choice("not_tls", kChoices) == "refuse";
  out.tunnels.refuse_no_server_name = table.choice("no_server_name", kChoices) == "refuse";
  table.finish();
}

SafeSearch read_safe_search(const Node* node, std::string where, Problems& problems) {
  SafeSearch out;
  if (!node) return out;
  TableReader table(*node, std::move(where), problems);
  const auto words = table.words("engines", Need::Required);
  table.finish();
  for (const auto& word : words) {
    const auto engine = parse_engine(word.text);
    if (!engine) {
      table.problem(word.line, fmt::format("unknown engine '{}'{}; engines are {}", word.text,
                                           suggestion(word.text, engine_words()), fmt::join(engine_words(), ", ")));
      continue;
    }
    out.add(*engine);
    if (out.has(Engine::YoutubeModerate) && out.has(Engine::YoutubeStrict))
      table.problem(word.line, "youtube-moderate and youtube-strict are two measures of one site: name one of them");
  }
  return out;
}

std::vector<WeekSpan> week_of(TableReader& table, const std::vector<Word>& days, std::int32_t from, std::int32_t to) {
  // A window that ends at or before its start goes on into the next day, to which it does not otherwise belong.
  const std::int64_t length = to > from ? to - from : to + kDaySeconds - from;
  std::vector<WeekSpan> out;
  for (const auto& word : days) {
    const auto found = std::ranges::find(kDays, word.text);
    if (found == std::end(kDays)) {
      table.problem(word.line, fmt::format("'{}' is no day; days are {}", word.text, fmt::join(kDays, ", ")));
      continue;
    }
    const std::int64_t start = (found - std::begin(kDays)) * kDaySeconds + from;
    out.push_back({start, start + length});
  }
  return out;
}

void read_window(const Node& node, PolicyFile& out, Problems& problems) {
  TableReader table(node, "[[window]]", problems);
  const std::string name = table.name("name");
  const auto days = table.words("days", Need::Required);
  const auto time = [&](std::string_view key) -> std::optional<std::int32_t> {
    const std::string text = table.text(key, Need::Required);
    const auto second = parse_time_of_day(text);
    if (!second && !text.empty())
      table.problem(table.line_of(key), fmt::format("'{}' is no time of day like 12:30", text));
    return second;
  };
  const auto from = time("from"), to = time("to");
  table.finish();
  if (name.empty() || !from || !to) return;
  if (*from == *to || *from == kDaySeconds)
    return table.problem(table.line_of("to"), "the window is empty; a whole day is from 00:00 to 24:00");

  auto window = std::ranges::find(out.windows, name, &WindowDraft::name);
  if (window == out.windows.end()) window = out.windows.insert(window, WindowDraft{name, node.line(), {}});
  for (const auto& span : week_of(table, days, *from, *to)) {
    if (std::ranges::any_of(window->spans, [&](const WeekSpan& other) { return overlap(span, other); }))
      table.problem(node.line(), fmt::format("window '{}' overlaps itself on {} (it begins in line {})", name,
                                             kDays[span.from / kDaySeconds], window->line));
    window->spans.push_back(span);
  }
}

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

void read_supplement(const Node& node, const categories::Taxonomy& taxonomy, const Directory& people,
                     PolicyFile& policy, Problems& problems) {
  TableReader table(node, "[[department]]", problems);
  SupplementDraft out;
  out.line = node.line();
  const std::string name = table.name("name");
  const auto rules = table.tables("rule");
  const Node* quotas = table.table("quota");
  const Node* safe_search = table.table("safe_search");
  const auto approvals = table.tables("approval");
  table.finish();
  out.safe_search = read_safe_search(safe_search, "[department.safe_search]", problems);
  if (safe_search) out.safe_search_line = safe_search->line();
  out.department = people.department(name);
  if (!out.department && !name.empty()) {
    table.problem(table.line_of("name"),
                  fmt::format("unknown department '{}'{}", name, suggestion(name, department_names(people))));
  }
  const auto same = std::ranges::find(policy.supplements, out.department, &SupplementDraft::department);
  if (out.department && same != policy.supplements.end())
    table.problem(node.line(), fmt::format("department '{}' stands already in line {}", name, same->line));
  read_rules(rules, out.department, taxonomy, policy, out.layer, problems);
  read_overrides(quotas, policy, out, problems);
  read_approvals(approvals, out.department, policy.approvals, problems);
  if (out.department) policy.supplements.push_back(std::move(out));
}

}  // namespace

PolicyFile read_policy(const Node& root, const categories::Taxonomy& taxonomy, const Directory& people,
                       Problems& problems) {
  PolicyFile out;
  out.file = root.file();
  TableReader top(root, "the policy file", problems);
  read_city(top.table("city"), out, problems);
  for (const Node* node : top.tables("window")) read_window(*node, out, problems);
  for (const Node* node : top.tables("quota")) read_quota(*node, out, problems);
  read_rules(top.tables("rule"), nullptr, taxonomy, out, out.layer, problems);
  read_approvals(top.tables("approval"), out.approvals, problems);
  for (const Node* node : top.tables("department")) read_supplement(*node, taxonomy, people, out, problems);
  out.destinations = read_destinations(top.table("destinations"), problems);
  read_tunnels(top.table("tunnels"), out, problems);
  out.safe_search = read_safe_search(top.table("safe_search"), "[safe_search]", problems);
  read_on_error(top.table("on_error"), out, problems);
  const auto grants = top.tables("grant");
  if (out.zone) out.grants = read_grants(grants, taxonomy, people, *out.zone, problems);
  top.finish();
  return out;
}

}  // namespace citygate::policy
