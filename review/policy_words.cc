#include "review/policy_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "policy/compiled.h"
#include "review/text_page.h"

namespace citygate::review {
namespace {

using policy::GrantKind;

std::string plain_action(Action action) {
  switch (action) {
    case Action::Prohibit: return "prohibited";
    case Action::Block: return "blocked";
    case Action::Hold: return "held until approved";
    case Action::Warn: return "open after a warning";
    case Action::Personal: return "personal";
    case Action::Streaming: return "streaming";
    case Action::Work: return "open for work";
  }
  return "?";
}

std::string windows_words(const policy::Rulebook& rules, const std::vector<std::uint16_t>& windows,
                          DepartmentId department) {
  std::vector<std::string> out;
  for (const auto index : windows) {
    const auto& window = rules.window(index, department);
    out.push_back(fmt::format("{} ({})", window.name, window.text));
  }
  return joined(out, "or");
}

std::string port_words(const policy::PortSet& ports) {
  std::vector<std::string> out;
  for (std::size_t port = 1; port < ports.size(); ++port) {
    if (!ports.test(port)) continue;
    std::size_t last = port;
    while (last + 1 < ports.size() && ports.test(last + 1)) ++last;
    out.push_back(last == port ? std::to_string(port) : fmt::format("{} to {}", port, last));
    port = last;
  }
  return out.empty() ? "none" : joined(out);
}

}  // namespace

std::string joined(const std::vector<std::string>& words, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? fmt::format(" {} ", last) : ", ";
    out += words[i];
  }
  return out;
}

std::string clause_words(std::string_view clause) {
  return clause.empty() ? std::string() : fmt::format(" ({})", clause);
}

std::string role_words(std::string_view role) {
  static constexpr std::string_view kInitials[] = {"it", "cao", "mis", "hr", "cio", "ciso"};
  std::string out = "the";
  for (std::size_t begin = 0; begin <= role.size();) {
    const std::size_t end = std::min(role.find('-', begin), role.size());
    std::string word(role.substr(begin, end - begin));
    if (std::ranges::find(kInitials, word) != std::end(kInitials))
      for (char& c : word) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    out += ' ' + word;
    begin = end + 1;
  }
  return out;
}

std::string grant_kind_words(GrantKind kind) {
  switch (kind) {
    case GrantKind::LawEnforcement: return "Prohibited sites for a case of law enforcement";
    case GrantKind::Exemption: return "Sites that are blocked or held";
    case GrantKind::Streaming: return "Streaming";
    case GrantKind::BusinessUse: return "Personal sites as a person's work";
    case GrantKind::Download: return "A program that is held";
    case GrantKind::Guest: return "An account for a guest";
    case GrantKind::Device: return "A device that is not the city's";
    case GrantKind::RecordAccess: return "Seeing what a person did";
  }
  return "?";
}

std::string quota_words(const policy::Quota& quota) {
  std::vector<std::string> out;
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(quota.minutes_per_day).count();
  if (minutes > 0) out.push_back(fmt::format("{} minute{}", minutes, minutes == 1 ? "" : "s"));
  if (quota.bytes_per_day > 0) out.push_back(megabytes_text(quota.bytes_per_day) + " megabytes");
  return joined(out) + " a day";
}

std::string rule_words(const policy::Rulebook& rules, const policy::Rulebook::Effective& effective,
                       DepartmentId department) {
  std::string out = plain_action(effective.action);
  const bool metered = effective.action == Action::Personal || effective.action == Action::Streaming;
  const policy::Rule* rule = effective.rule;
  const policy::Quota* quota = rule ? rules.quota(rule->quota, department) : nullptr;
  if (quota) out += ", " + quota_words(*quota);
  if (metered && !quota) out += ", counted and not limited";
  if (!rule) return out;
  if (!rule->windows.empty()) {
    out += ", in " + windows_words(rules, rule->windows, department);
    if (rule->soft_edge) out += ", after a warning at other hours";
  }
  if (rule->upload_limit == 0)
    out += ", nothing is sent there";
  else if (rule->upload_limit != UINT64_MAX)
    out += fmt::format(", at most {} megabytes sent at a time", megabytes_text(rule->upload_limit));
  return out;
}

std::string approval_words(const policy::ApprovalChain* chain) {
  if (!chain) return "nobody";
  std::vector<std::string> steps;
  for (const auto& step : chain->steps) steps.push_back(role_words(step));
  std::string out = chain->ordered ? fmt::format("{}", fmt::join(steps, ", then ")) : joined(steps);
  if (!chain->ordered && steps.size() > 1) out += ", in any order";
  const auto days = chain->longest.count();
  if (days > 0) out += fmt::format("; for {} day{} at most", days, days == 1 ? "" : "s");
  for (const auto& [role, other] : chain->instead)
    out += fmt::format("; where that would be {} in the own matter, {}", role_words(role), role_words(other));
  return out;
}

std::string record_access_words(const policy::Rulebook& rules) {
  using Who = policy::RecordAccess::Who;
  const auto* access = rules.record_access();
  if (!access) return "the policy does not say";
  if (access->persons == Who::Grant) return "who has a grant for it, and nobody else";
  std::vector<std::string> who;
  if (access->persons == Who::Line) who.emplace_back("those above the person (at any time)");
  for (const auto& role : access->designated) who.push_back(role_words(role));
  if (rules.approval(policy::GrantKind::RecordAccess, {})) who.emplace_back("who has a grant for it");
  return joined(who, "or");
}

std::string device_words(const policy::Rulebook& rules, DepartmentId department) {
  const auto* devices = rules.personal_devices(department);
  if (!devices) return "treated as the city's own";
  if (!devices->allowed) return "open only with a grant";
  if (devices->windows.empty()) return "open at any hour";
  return fmt::format("open in {}, else with a grant", windows_words(rules, devices->windows, department));
}

std::string excessive_words(const policy::Excessive* excessive) {
  if (!excessive) return "no measure";
  return fmt::format("more than {} minutes of personal use a day", excessive->per_day.count());
}

std::string acknowledgement_words(const policy::Acknowledgement* text) {
  if (!text) return "nothing";
  return fmt::format("{}, text {}, again every {} days and when it changes",
                     text->title.empty() ? "the policy's text" : fmt::format("\"{}\"", text->title),
                     text->sha256.substr(0, 16), text->renew.count());
}

std::string sanctioned_words(const policy::SanctionedService& service, const Zone& zone) {
  std::vector<std::string> hosts = service.names;
  for (const auto& range : service.ranges) hosts.push_back(range.to_string());
  return fmt::format("{}: {}; answered for by {}, until {}{}", service.title, joined(hosts), service.owner,
                     service.until == WallTime::max() ? "?" : format_day(zone.at(service.until).day),
                     clause_words(service.clause));
}

std::string safe_search_words(policy::SafeSearch engines) {
  std::vector<std::string> out;
  for (const auto word : policy::engine_words())
    if (engines.has(*policy::parse_engine(word))) out.emplace_back(word);
  return out.empty() ? "none" : joined(out);
}

std::vector<std::string> way_words(const policy::Rulebook& rules) {
  const auto& impl = rules.impl();
  std::vector<std::string> out;
  out.push_back(fmt::format("Plain requests go to port {}; tunnels to port {}.", port_words(impl.destinations.ports),
                            port_words(impl.destinations.connect_ports)));
  std::vector<std::string> ranges;
  for (const auto& range : impl.destinations.private_ranges) ranges.push_back(range.to_string());
  if (!ranges.empty())
    out.push_back(
        fmt::format("Of the city's own network, {} {} reached.", joined(ranges), ranges.size() == 1 ? "is" : "are"));
  if (!impl.tunnels.refuse_not_tls) out.push_back("A tunnel may carry other protocols than TLS.");
  if (!impl.tunnels.refuse_no_server_name) out.push_back("A tunnel may carry TLS that names nobody.");
  out.push_back(impl.refuse_uncategorised ? "Sites that no list names are closed."
                                          : "Sites that no list names are open.");
  if (impl.allow_on_error) out.push_back("After an error of the gateway, what is not known to be closed is open.");
  return out;
}

std::string department_words(const policy::Directory& people, DepartmentId department) {
  const auto* known = people.department(department);
  if (!known) return "?";
  return known->title.empty() ? known->name : known->title;
}

}  // namespace citygate::review
