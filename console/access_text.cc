#include "console/access_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "policy/people/standing_fold.h"

namespace citygate::console {
namespace {

// The same in JSON: a moment, or null where there is none.
nlohmann::ordered_json moment(WallTime time) {
  if (time == WallTime::max() || time == WallTime{}) return nullptr;
  return format_utc(time);
}

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

std::string term_line(const review::AccessOrder& order, const Zone& zone) {
  switch (order.act.kind) {
    case ActKind::Suspend:
      return fmt::format("from {} {}", zone.format(order.from), policy::until_words(order.until, zone));
    case ActKind::Separate: return fmt::format("access ends at {}", zone.format(order.from));
    default: return "access as before";
  }
}

void add_order(const review::AccessOrder& order, const Zone& zone, bool evidence, std::vector<std::string>& lines) {
  const Act& act = order.act;
  lines.push_back(fmt::format("  act {}, {}: {} by '{}' ({})", act.number, zone.format(act.time), to_string(act.kind),
                              act.author, act.via));
  lines.push_back("    because: " + act.reason);
  lines.push_back("    " + term_line(order, zone));
  if (act.kind == ActKind::Reinstate || !evidence) return;
  if (order.cut > 0)
    lines.push_back(fmt::format("    ended by it: {}, the last byte at {}", counted(order.cut, "exchange", "exchanges"),
                                zone.format(order.last_byte)));
  else
    lines.push_back("    ended by it: nothing, no exchange ran");
  if (order.refused > 0)
    lines.push_back(fmt::format("    tried after it: {}, {} by a person; the first at {}, the last at {}",
                                counted(order.refused, "request", "requests"),
                                counted(order.attempts, "attempt", "attempts"), zone.format(order.first_refused),
                                zone.format(order.last_refused)));
  else
    lines.push_back("    tried after it: nothing");
}

std::string receipt_words(TextVersion version, WallTime at, const Zone& zone) {
  if (!version) return "never";
  return fmt::format("text {:016x} at {}", version.value, zone.format(at));
}

nlohmann::ordered_json order_json(const review::AccessOrder& order, bool evidence) {
  const Act& act = order.act;
  nlohmann::ordered_json out{
      {"act", act.number}, {"kind", to_string(act.kind)}, {"ordered", format_utc(act.time)}, {"by", act.author},
      {"via", act.via},    {"reason", act.reason},        {"from", moment(order.from)}};
  if (act.kind == ActKind::Reinstate) return out;
  if (act.kind == ActKind::Suspend) out["until"] = moment(order.until);
  if (!evidence) return out;
  out["exchanges_ended"] = order.cut;
  out["last_byte"] = moment(order.last_byte);
  out["refused_after"] = order.refused;
  out["attempts_after"] = order.attempts;
  out["first_refused"] = moment(order.first_refused);
  out["last_refused"] = moment(order.last_refused);
  return out;
}

}  // namespace

std::string access_words(const policy::Standing& standing, const NameSource& names, const Zone& zone, WallTime now) {
  const auto order = [&names](GrantId id) { return names.name(NameKind::Grant, id.value); };
  if (standing.ended_at(now))
    return fmt::format("ended since {}, {}", zone.format(standing.ends),
                       standing.ended_by ? "by " + order(standing.ended_by) : "with the guest's term");
  std::string out = "open";
  if (standing.barred_at(now))
    out = fmt::format("suspended since {} {}, by {}", zone.format(standing.barred_from),
                      policy::until_words(standing.barred_until, zone), order(standing.order));
  else if (standing.barred != Reason::Work && now < standing.barred_from)
    out += fmt::format("; suspended from {} {}, by {}", zone.format(standing.barred_from),
                       policy::until_words(standing.barred_until, zone), order(standing.order));
  if (standing.ends != WallTime::max())
    out += fmt::format("; ends at {}, {}", zone.format(standing.ends),
                       standing.ended_by ? "by " + order(standing.ended_by) : "with the guest's term");
  return out;
}

std::vector<std::string> access_lines(const AccessOf& about) {
  const Zone& zone = about.state.rules->zone();
  std::vector<std::string> lines;
  if (about.person) {
    const auto* department = about.state.people->department(about.person->department_at(about.now));
    lines.push_back(fmt::format("{} ({}){}", about.name, about.person->title,
                                department ? ", " + department->title : std::string()));
  } else {
    lines.push_back(fmt::format("{}: the directory knows nobody by this name any more", about.name));
  }
  lines.push_back("access: " + access_words(about.standing, about.names, zone, about.now));
  lines.push_back("policy acknowledged: " +
                  receipt_words(about.standing.acknowledged, about.standing.acknowledged_at, zone));
  if (about.standing.access_agreement)
    lines.push_back("agreement about records acknowledged: " +
                    receipt_words(about.standing.access_agreement, about.standing.access_agreed_at, zone));
  if (about.orders.empty()) lines.emplace_back("no order about this access was ever given");
  if (!about.orders.empty()) lines.emplace_back("orders:");
  for (const auto& order : about.orders) add_order(order, zone, about.evidence, lines);
  return lines;
}

std::string access_json(const AccessOf& about) {
  const policy::Standing& standing = about.standing;
  nlohmann::ordered_json out{{"name", about.name}, {"known", about.person != nullptr}};
  out["access"] = standing.ended_at(about.now) ? "ended" : standing.barred_at(about.now) ? "suspended" : "open";
  out["suspended_from"] = standing.barred == Reason::Work ? nlohmann::ordered_json() : moment(standing.barred_from);
  out["suspended_until"] = moment(standing.barred_until);
  out["ends"] = moment(standing.ends);
  out["acknowledged"] = standing.acknowledged
                            ? nlohmann::ordered_json(fmt::format("{:016x}", standing.acknowledged.value))
                            : nlohmann::ordered_json();
  out["acknowledged_at"] = moment(standing.acknowledged_at);
  out["orders"] = nlohmann::ordered_json::array();
  for (const auto& order : about.orders) out["orders"].push_back(order_json(order, about.evidence));
  return out.dump();
}

}  // namespace citygate::console
