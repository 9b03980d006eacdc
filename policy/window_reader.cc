#include "policy/readers.h"

#include <fmt/format.h>

#include <algorithm>

namespace citygate::policy {
namespace {

constexpr std::string_view kDays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

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

struct Hours {
  std::string name;
  std::vector<WeekSpan> spans;
  bool loosenable = false;
};

// Nothing where a part is missing or wrong.
std::optional<Hours> read_hours(const Node& node, LayerKind kind, Problems& problems) {
  TableReader table(node, kind == LayerKind::City ? "[[window]]" : "[[department.window]]", problems);
  Hours out;
  out.name = table.name("name");
  const auto days = table.words("days", Need::Required);
  const auto time = [&](std::string_view key) -> std::optional<std::int32_t> {
    const std::string text = table.text(key, Need::Required);
    const auto second = parse_time_of_day(text);
    if (!second && !text.empty())
      table.problem(table.line_of(key), fmt::format("'{}' is no time of day like 12:30", text));
    return second;
  };
  const auto from = time("from"), to = time("to");
  if (kind == LayerKind::City) out.loosenable = table.flag("loosenable", false);
  table.finish();
  if (out.name.empty() || !from || !to) return std::nullopt;
  if (*from == *to || *from == kDaySeconds) {
    table.problem(table.line_of("to"), "the window is empty; a whole day is from 00:00 to 24:00");
    return std::nullopt;
  }
  out.spans = week_of(table, days, *from, *to);
  return out;
}

void add_spans(const std::vector<WeekSpan>& spans, const Node& node, WindowDraft& window, Problems& problems) {
  for (const auto& span : spans) {
    if (std::ranges::any_of(window.spans, [&](const WeekSpan& other) { return overlap(span, other); }))
      problems.add(node.file(), node.line(),
                   fmt::format("window '{}' overlaps itself on {} (it begins in line {}); let each hour stand in one "
                               "table of it",
                               window.name, kDays[span.from / kDaySeconds], window.line));
    window.spans.push_back(span);
  }
}

std::optional<std::size_t> index_of(std::string_view name, const PolicyFile& policy) {
  const auto found = std::ranges::find(policy.windows, name, &WindowDraft::name);
  if (found == policy.windows.end()) return std::nullopt;
  return static_cast<std::size_t>(found - policy.windows.begin());
}

std::string unknown_window(std::string_view name, const PolicyFile& policy) {
  std::vector<std::string_view> known;
  for (const auto& each : policy.windows) known.push_back(each.name);
  return fmt::format("unknown window '{}'{}", name, suggestion(name, known));
}

}  // namespace

void read_window(const Node& node, PolicyFile& out, Problems& problems) {
  const auto hours = read_hours(node, LayerKind::City, problems);
  if (!hours) return;
  auto window = std::ranges::find(out.windows, hours->name, &WindowDraft::name);
  if (window == out.windows.end()) window = out.windows.insert(window, WindowDraft{hours->name, node.line(), {}});
  window->loosenable |= hours->loosenable;
  add_spans(hours->spans, node, *window, problems);
}

void read_window(const Node& node, const PolicyFile& policy, SupplementDraft& out, Problems& problems) {
  const auto hours = read_hours(node, LayerKind::Department, problems);
  if (!hours) return;
  const auto index = index_of(hours->name, policy);
  if (!index)
    return problems.add(node.file(), node.line(),
                        "a department gives hours to a window of the city's: " + unknown_window(hours->name, policy));
  WindowDraft& window = out.windows.try_emplace(*index, WindowDraft{hours->name, node.line(), {}}).first->second;
  add_spans(hours->spans, node, window, problems);
}

std::vector<std::uint16_t> find_windows(TableReader& table, const std::vector<Word>& words, const PolicyFile& policy) {
  std::vector<std::uint16_t> out;
  for (const auto& word : words) {
    if (const auto index = index_of(word.text, policy))
      out.push_back(static_cast<std::uint16_t>(*index));
    else
      table.problem(word.line, unknown_window(word.text, policy));
  }
  return out;
}

std::vector<WeekSpan> spans_of(const std::vector<std::uint16_t>& windows, const PolicyFile& file,
                               const SupplementDraft* supplement) {
  std::vector<WeekSpan> out;
  for (const auto index : windows) {
    const WindowDraft* window = &file.windows[index];
    if (supplement)
      if (const auto own = supplement->windows.find(index); own != supplement->windows.end()) window = &own->second;
    out.insert(out.end(), window->spans.begin(), window->spans.end());
  }
  return normalised(std::move(out));
}

}  // namespace citygate::policy
