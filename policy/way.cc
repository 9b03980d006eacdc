#include "policy/way.h"

#include <algorithm>

namespace citygate::policy {
namespace {

// Of the host and each name above it.
WallTime sanctioned_until(std::string_view name, const Rulebook::Impl& rules) noexcept {
  using Entry = std::pair<std::string, WallTime>;
  WallTime until = WallTime::min();
  while (!name.empty()) {
    const auto entry = std::ranges::lower_bound(rules.sanctioned_names, name, std::less<std::string_view>(),
                                                [](const Entry& each) -> std::string_view { return each.first; });
    if (entry != rules.sanctioned_names.end() && entry->first == name) until = std::max(until, entry->second);
    const auto dot = name.find('.');
    name.remove_prefix(dot == name.npos ? name.size() : dot + 1);
  }
  return until;
}

// Until when the city answers for what is there; min(): it does not. A name in the tunnel's first bytes is the city's too,
// or it does not.
WallTime sanctioned_until(const Facts& facts, const Rulebook::Impl& rules) noexcept {
  const Target& target = *facts.target;
  WallTime until = WallTime::min();
  if (target.address)
    for (const auto& [range, end] : rules.sanctioned_ranges)
      if (range.contains(*target.address)) until = std::max(until, end);
  until = std::max(until, sanctioned_until(target.host, rules));
  return facts.hello_host.empty() ? until : std::min(until, sanctioned_until(facts.hello_host, rules));
}

// The [hosts] table or `private` names it: whom it is for is no secret.
bool citys_own(const Facts& facts, const Rulebook::Impl& rules) noexcept {
  if (facts.listed_host) return true;
  if (facts.target->address) return rules.is_private(*facts.target->address);
  return !facts.addresses.empty() &&
         std::ranges::all_of(facts.addresses, [&](const IpAddress& each) { return rules.is_private(each); });
}

// A sign is refused as such, with its category where the taxonomy has one; one that is allowed (or is no sign here) is left
// to the rules.
void judge(bool hides, const CategorySet& category, Way& out) noexcept {
  out.hidden |= hides;
  if (hides)
    out.closed |= category;
  else
    out.closed -= category;
}

}  // namespace

Way way_of(const Facts& facts, const Rulebook::Impl& rules) noexcept {
  Way out;
  const Target& target = *facts.target;
  const CategorySet found = facts.categories & rules.circumvention;
  if (found.empty() && !target.address && facts.sign == TunnelSign::None) return out;
  out.closed = found;
  const bool own = citys_own(facts, rules);
  if (own) out.opened = rules.bare_ip | rules.not_tls | rules.no_server_name;
  const bool tunnel = target.scheme == Scheme::Tunnel;
  if (own || !tunnel || target.address) judge(!own && tunnel, rules.bare_ip, out);
  judge(!own && rules.tunnels.refuse_not_tls && facts.sign == TunnelSign::NotTls, rules.not_tls, out);
  judge(!own && rules.tunnels.refuse_no_server_name && facts.sign == TunnelSign::NoServerName, rules.no_server_name,
        out);
  if (const WallTime end = sanctioned_until(facts, rules); facts.now < end) {
    out.opened |= found;
    out.until = end;
    out.closed = {};
    out.hidden = false;
  }
  return out;
}

}  // namespace citygate::policy
