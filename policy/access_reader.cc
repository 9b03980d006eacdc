#include <fmt/format.h>

#include "policy/readers.h"

namespace citygate::policy {
namespace {

std::vector<Cidr> read_networks(TableReader& table, std::string_view key) {
  std::vector<Cidr> out;
  for (const auto& word : table.words(key, Need::Required)) {
    if (const auto range = Cidr::parse(word.text))
      out.push_back(*range);
    else
      table.problem(word.line, fmt::format("'{}' is neither an address nor a range like 10.0.0.0/8", word.text));
  }
  return out;
}

}  // namespace

std::optional<RecordAccess> read_record_access(const Node* node, Problems& problems) {
  static constexpr std::string_view kWho[] = {"grant", "designated", "line"};
  if (!node) return std::nullopt;
  TableReader table(*node, "[records]", problems);
  RecordAccess out;
  const std::string who = table.choice("persons", kWho);
  out.persons = who == "line"         ? RecordAccess::Who::Line
                : who == "designated" ? RecordAccess::Who::Designated
                                      : RecordAccess::Who::Grant;
  const bool designates = out.persons == RecordAccess::Who::Designated;
  const auto roles = table.words("designated", designates ? Need::Required : Need::Optional);
  out.clause = table.text("clause");
  table.finish();
  if (!table.has("persons"))
    table.problem(node->line(),
                  "[records] has no 'persons': who may see what a named person did is \"line\", "
                  "\"designated\" or \"grant\"");
  if (!designates && !roles.empty())
    table.problem(table.line_of("designated"),
                  fmt::format("'designated' goes with persons = \"designated\", not \"{}\"", who));
  for (const auto& role : roles) {
    if (!is_name(role.text))
      table.problem(role.line, fmt::format("'{}' is no role: lower-case letters, digits, '-', '_' and '.', as in "
                                           "\"city-manager\"",
                                           role.text));
    out.designated.push_back(role.text);
  }
  return out;
}

std::optional<DevicesDraft> read_personal_devices(const Node* node, LayerKind kind, const PolicyFile& policy,
                                                  Problems& problems) {
  static constexpr std::string_view kActions[] = {"block", "allow"};
  if (!node) return std::nullopt;
  const bool city = kind == LayerKind::City;
  const std::string where = city ? "[personal_devices]" : "[department.personal_devices]";
  TableReader table(*node, where, problems);
  DevicesDraft out;
  out.line = node->line();
  out.devices.allowed = table.choice("action", kActions) == "allow";
  const auto windows = table.words("windows");
  if (city) out.devices.city_networks = read_networks(table, "city_networks");
  out.devices.clause = table.text("clause");
  table.finish();
  if (!table.has("action"))
    table.problem(node->line(), fmt::format("{} has no 'action': \"allow\" or \"block\"", where));
  if (!out.devices.allowed && table.has("windows"))
    table.problem(table.line_of("windows"),
                  "'windows' says when personal devices may be used and goes with action = \"allow\", not \"block\"");
  out.devices.windows = find_windows(table, windows, policy);
  out.spans = spans_of(out.devices.windows, policy, nullptr);
  return out;
}

std::optional<Excessive> read_excessive(const Node* node, std::string where, Problems& problems) {
  constexpr std::int64_t kMost = 24 * 60;
  if (!node) return std::nullopt;
  TableReader table(*node, where, problems);
  Excessive out;
  out.per_day = std::chrono::minutes(table.whole("minutes_per_day", 1, kMost).value_or(0));
  out.clause = table.text("clause");
  table.finish();
  if (!table.has("minutes_per_day")) table.problem(node->line(), fmt::format("{} has no 'minutes_per_day'", where));
  return out;
}

}  // namespace citygate::policy
