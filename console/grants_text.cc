#include "console/grants_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace citygate::console {
namespace {

using policy::GrantCase;
using policy::GrantKind;
using policy::GrantPhase;
using Json = nlohmann::ordered_json;

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }
std::string list(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

bool open(const GrantCase::Step& step) { return step.approved_by.empty(); }

std::string open_steps(const GrantCase& grant) {
  std::string out;
  for (const auto& step : grant.steps) {
    if (!open(step)) continue;
    if (!out.empty()) out += grant.ordered ? ", then " : " and ";
    out += fmt::format("{} ({})", step.role, fmt::join(step.approvers, " or "));
  }
  return out;
}

std::string at_host(const GrantCase& grant) {
  return grant.grant.host.empty() ? std::string() : " at " + grant.grant.host;
}

void add_step(const GrantCase::Step& step, const Zone& zone, std::vector<std::string>& lines) {
  lines.push_back(open(step) ? fmt::format("  {}: open; {}", step.role, fmt::join(step.approvers, " or "))
                             : fmt::format("  {}: agreed to by {} on {}", step.role, step.approved_by,
                                           zone.format(step.approved_at)));
}

void add_act(const Act& act, const Zone& zone, std::vector<std::string>& lines) {
  const auto step = act.field("step");
  lines.push_back(fmt::format("  act {}, {}: {}{} by {} ({}){}", act.number, zone.format(act.time), to_string(act.kind),
                              step.empty() ? "" : fmt::format(" as {}", step), act.author, act.via,
                              act.reason.empty() ? "" : ": " + act.reason));
}

Json time_json(WallTime time) {
  if (time == WallTime{} || time == WallTime::max()) return nullptr;
  return format_utc(time);
}

Json steps_json(const std::vector<GrantCase::Step>& steps) {
  Json out = Json::array();
  for (const auto& step : steps)
    out.push_back({{"role", step.role},
                   {"approvers", step.approvers},
                   {"approved_by", open(step) ? Json() : Json(step.approved_by)},
                   {"approved_at", open(step) ? Json() : time_json(step.approved_at)}});
  return out;
}

Json act_json(const Act& act) {
  return {{"number", act.number}, {"time", format_utc(act.time)}, {"kind", to_string(act.kind)}, {"by", act.author},
          {"via", act.via},       {"reason", act.reason},         {"step", act.field("step")}};
}

}  // namespace

std::string grant_object(const GrantCase& grant, Showing showing) {
  const std::string who = list(grant.subjects), what = list(grant.categories);
  if (grant.grant.sealed() && showing == Showing::Sealed)
    return fmt::format("sealed: case {} of {}", grant.grant.case_number, grant.department);
  switch (grant.grant.kind) {
    case GrantKind::LawEnforcement:
      return fmt::format("opens {} to {}, sealed, for case {} of {}", what, who, grant.grant.case_number,
                         grant.department);
    case GrantKind::Exemption: return fmt::format("opens {}{} to {}", what, at_host(grant), who);
    case GrantKind::Streaming: return fmt::format("lets {} stream{} ({})", who, at_host(grant), what);
    case GrantKind::BusinessUse: return fmt::format("{}{} is work of {}", what, at_host(grant), who);
    case GrantKind::Download: return fmt::format("lets {} have {} (SHA-256 {})", who, grant.url, grant.sha256);
    case GrantKind::Guest:
      return fmt::format("an account '{}'{} for a guest of {}", who,
                         grant.full_name.empty() ? "" : fmt::format(" ({})", grant.full_name), grant.sponsor);
    case GrantKind::Device: return fmt::format("a device of {}'s own: {}", who, grant.device);
    case GrantKind::RecordAccess: return fmt::format("lets {} read what {} did", who, grant.about);
  }
  return {};
}

std::string grant_standing(const GrantCase& grant, Showing showing, const Zone& zone, WallTime now) {
  const bool sealed = grant.grant.sealed() && showing == Showing::Sealed;
  const std::string from = zone.format(grant.grant.start), until = zone.format(grant.grant.end);
  const auto ended = [&](std::string_view how) {
    if (sealed) return fmt::format("{} on {}", how, zone.format(grant.ended_at));
    return fmt::format("{} by {} on {}: {}", how, grant.ended_by, zone.format(grant.ended_at), grant.ended_why);
  };
  switch (policy::phase_of(grant, now)) {
    case GrantPhase::Waiting:
      return fmt::format("waiting for {}; until {}", sealed ? "those who have to agree" : open_steps(grant), until);
    case GrantPhase::Unanswered: return fmt::format("nobody had decided when its term was over, on {}", until);
    case GrantPhase::Coming: return fmt::format("agreed to; from {} until {}", from, until);
    case GrantPhase::InForce: return fmt::format("in force until {}", until);
    case GrantPhase::Lapsed: return fmt::format("lapsed on {}", until);
    case GrantPhase::Refused: return ended("refused");
    case GrantPhase::Withdrawn: return ended("withdrawn");
  }
  return {};
}

std::vector<std::string> grant_story(const GrantCase& grant, const std::vector<Act>& acts, Showing showing,
                                     const Zone& zone, WallTime now) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{}: {}", grant.grant.name, grant_object(grant, showing)));
  lines.push_back(fmt::format("state: {}", grant_standing(grant, showing, zone, now)));
  if (grant.grant.sealed() && showing == Showing::Sealed) {
    lines.emplace_back("the rest is told to whom it concerns: name yourself with --by");
    return lines;
  }
  lines.push_back(fmt::format("purpose: {}", grant.purpose));
  lines.push_back(fmt::format("asked for by {} on {}, from {} until {}", grant.requester, zone.format(grant.asked_at),
                              zone.format(grant.grant.start), zone.format(grant.grant.end)));
  if (!grant.clause.empty() || !grant.title.empty())
    lines.push_back(fmt::format("by the policy: {}{}", grant.title,
                                grant.clause.empty() ? "" : fmt::format(" [{}]", grant.clause)));
  lines.push_back(grant.steps.size() == 1 ? "has to agree:"
                  : grant.ordered         ? "have to agree, in this order:"
                                          : "have to agree, in any order:");
  for (const auto& step : grant.steps) add_step(step, zone, lines);
  lines.emplace_back("acts:");
  for (const auto& act : acts) add_act(act, zone, lines);
  return lines;
}

std::string grant_json(const GrantCase& grant, const std::vector<Act>* acts, Showing showing, WallTime now) {
  Json out{{"name", grant.grant.name},
           {"kind", to_string(grant.grant.kind)},
           {"state", to_string(policy::phase_of(grant, now))},
           {"department", grant.department},
           {"start", format_utc(grant.grant.start)},
           {"end", format_utc(grant.grant.end)}};
  if (grant.grant.sealed()) out["case"] = grant.grant.case_number;
  if (grant.grant.sealed() && showing == Showing::Sealed) return dump(out);
  out["requester"] = grant.requester;
  out["purpose"] = grant.purpose;
  out["title"] = grant.title;
  out["clause"] = grant.clause;
  out["for"] = grant.subjects;
  const auto add = [&out](std::string_view name, const std::string& value) {
    if (!value.empty()) out[std::string(name)] = value;
  };
  if (!grant.categories.empty()) out["categories"] = grant.categories;
  add("host", grant.grant.host);
  add("about", grant.about);
  add("url", grant.url);
  add("sha256", grant.sha256);
  add("sponsor", grant.sponsor);
  add("full_name", grant.full_name);
  add("device", grant.device);
  out["ordered"] = grant.ordered;
  out["steps"] = steps_json(grant.steps);
  out["asked_at"] = format_utc(grant.asked_at);
  out["ended_at"] = time_json(grant.ended_at);
  add("ended_by", grant.ended_by);
  add("ended_why", grant.ended_why);
  if (acts) {
    out["acts"] = Json::array();
    for (const auto& act : *acts) out["acts"].push_back(act_json(act));
  }
  return dump(out);
}

std::vector<std::string> chain_lines(const policy::ApprovalChain& chain) {
  std::vector<std::string> lines;
  lines.push_back(fmt::format("{}{}{}", to_string(chain.kind), chain.title.empty() ? "" : ": " + chain.title,
                              chain.clause.empty() ? "" : fmt::format(" [{}]", chain.clause)));
  lines.push_back(fmt::format("has to agree: {}", fmt::join(chain.steps, chain.ordered ? ", then " : " and ")));
  for (const auto& [role, other] : chain.instead)
    lines.push_back(
        fmt::format("  {} decides where it would be for {} to decide about the own request or about "
                    "themselves, or to sign twice",
                    other, role));
  lines.push_back(
      chain.longest.count() == 0
          ? std::string("for as long as the request says; it always has an end")
          : fmt::format("for at most {} days at a time; a longer time is a new request", chain.longest.count()));
  return lines;
}

std::string chain_json(const policy::ApprovalChain& chain, const std::vector<GrantCase::Step>* steps) {
  Json out{{"kind", to_string(chain.kind)}, {"title", chain.title},     {"clause", chain.clause},
           {"steps", chain.steps},          {"ordered", chain.ordered}, {"longest_days", chain.longest.count()},
           {"instead", Json::object()}};
  for (const auto& [role, other] : chain.instead) out["instead"][role] = other;
  if (steps) {
    out["approvers"] = Json::array();
    for (const auto& step : *steps) out["approvers"].push_back({{"role", step.role}, {"approvers", step.approvers}});
  }
  return dump(out);
}

const GrantCase::Step* turn_of(const GrantCase& grant, std::string_view person, WallTime now) {
  if (policy::phase_of(grant, now) != GrantPhase::Waiting || policy::is_concerned(grant, person)) return nullptr;
  if (std::ranges::find(grant.steps, person, &GrantCase::Step::approved_by) != grant.steps.end()) return nullptr;
  for (const auto& step : grant.steps) {
    if (!open(step)) continue;
    if (std::ranges::find(step.approvers, person) != step.approvers.end()) return &step;
    if (grant.ordered) return nullptr;
  }
  return nullptr;
}

}  // namespace citygate::console
