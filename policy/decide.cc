#include "policy/decide.h"

#include <algorithm>

#include "policy/compiled.h"

namespace citygate::policy {
namespace {

bool in_any(std::span<const Cidr> ranges, const IpAddress& address) noexcept {
  return std::ranges::any_of(ranges, [&](const Cidr& range) { return range.contains(address); });
}

// One decision in the making. Each step returns true when it has spoken the last word.
class Decision {
 public:
  Decision(const Facts& facts, const Rulebook::Impl& rules, const GrantBook& grants) noexcept
      : facts_(facts), rules_(rules), layer_(rules.layer(facts.subject.department)), grants_(grants) {
    verdict_.stage = facts.stage;
  }

  Verdict run() noexcept {
    // The order of architecture section 5; step 6 (permits and approvals) has no facts yet.
    if (access()) return verdict_;
    if (destination() || contradiction()) {
      // Refused all the same; but what a grant covers leaves no trace outside the sealed stream, however it ends.
      const Verdict refused = verdict_;
      sealed_grant();
      verdict_.category = refused.category;
      verdict_.rule = refused.rule;
      verdict_.good_until = refused.good_until;
      return verdict_;
    }
    sealed_grant();
    if (prohibited() || circumvention() || blocked() || held() || closed() || warning()) return verdict_;
    allowed();
    return verdict_;
  }

 private:
  bool refuse(Reason reason) noexcept {
    verdict_.ruling = Ruling::Refuse;
    verdict_.reason = reason;
    return true;
  }

  void allow(Reason reason) noexcept {
    verdict_.ruling = Ruling::Allow;
    verdict_.reason = reason;
  }

  const CompiledRule& rule_of(CategoryId category) const noexcept {
    return rules_.compiled[layer_.rule_of[category.value]];
  }

  // Names the category of `set` whose rule stands first in the file.
  void name_first_of(const CategorySet& set) noexcept {
    std::uint32_t best = UINT32_MAX;
    set.for_each([&](CategoryId category) {
      const CompiledRule& rule = rule_of(category);
      if (rule.order >= best) return;
      best = rule.order;
      verdict_.category = category;
      verdict_.rule = rule.id;
    });
  }

  // 1. Orders before anything else: who is barred is not asked to acknowledge.
  bool access() noexcept {
    if (!facts_.subject.person) {
      verdict_.ruling = Ruling::Authenticate;
      verdict_.reason = Reason::UnknownPerson;
      return true;
    }
    const Standing* standing = facts_.standing;
    if (!standing) return false;
    if (standing->ended_at(facts_.now)) {
      verdict_.grant = standing->ended_by;
      return refuse(Reason::Revoked);
    }
    if (standing->barred_at(facts_.now)) {
      verdict_.grant = standing->order;
      verdict_.opens_at = standing->barred_until;
      return refuse(standing->barred);
    }
    verdict_.good_until = std::min(verdict_.good_until, standing->ends);
    if (standing->barred != Reason::Work && facts_.now < standing->barred_from)
      verdict_.good_until = std::min(verdict_.good_until, standing->barred_from);
    return false;
  }

  bool reachable(const IpAddress& address) const noexcept {
    return address.is_public() || facts_.listed_host || in_any(rules_.destinations.private_ranges, address);
  }

  // 2. Literal addresses are known from the request on, resolved ones later; whatever is known is asked.
  bool destination() noexcept {
    if (!facts_.target) return internal_error();
    const Target& target = *facts_.target;
    if (facts_.own_address) return refuse(Reason::OwnAddress);  // a loop, whatever names it
    if (target.address && !reachable(*target.address)) return refuse(Reason::UnsafeDestination);
    for (const auto& address : facts_.addresses)
      if (!reachable(address)) return refuse(Reason::UnsafeDestination);
    const auto& ports = target.scheme == Scheme::Tunnel ? rules_.destinations.connect_ports : rules_.destinations.ports;
    if (!ports.test(target.port)) return refuse(Reason::ForbiddenPort);
    if (const auto threats = facts_.categories & rules_.threats; !threats.empty()) {
      name_first_of(threats);
      return refuse(Reason::Malware);
    }
    return false;
  }

  // Categories that the policy was not compiled with, or a stage there is none of: not to be decided by guessing.
  bool contradiction() noexcept {
    if (facts_.stage <= Stage::Tick && (facts_.categories & rules_.known) == facts_.categories) return false;
    return internal_error();
  }

  bool internal_error() noexcept {
    const CategorySet closed = layer_.prohibited | rules_.threats | rules_.circumvention;
    const bool known = (facts_.categories & rules_.known) == facts_.categories;
    if (!rules_.allow_on_error || !known || !(facts_.categories & closed).empty()) return refuse(Reason::PolicyError);
    allow(Reason::PolicyError);
    return true;
  }

  // 3. Every grant in force for this person counts; the record is sealed from here on, whatever the later steps say.
  void sealed_grant() noexcept {
    const CategorySet closed = facts_.categories & layer_.prohibited;
    if (closed.empty()) return;
    for (const Grant* each : grants_.of(facts_.subject.person)) {
      const Grant& grant = *each;
      if (!grant.sealed() || !grant.live(facts_.now)) continue;
      const CategorySet lifted = grant.categories & closed;
      if (lifted.empty()) continue;
      if (!verdict_.sealed) {
        verdict_.sealed = true;
        verdict_.grant = grant.id;
        name_first_of(lifted);
      }
      lifted_ |= lifted;
      verdict_.good_until = std::min(verdict_.good_until, grant.end);
    }
  }

  // 4.
  bool prohibited() noexcept {
    CategorySet closed = facts_.categories & layer_.prohibited;
    lifted_.for_each([&](CategoryId category) { closed.erase(category); });
    if (closed.empty()) return false;
    name_first_of(closed);
    return refuse(Reason::Prohibited);
  }

  // Until when the city answers for what is there; min(): it does not.
  WallTime sanctioned_until(const Target& target) const noexcept {
    WallTime until = WallTime::min();
    if (target.address)
      for (const auto& [range, end] : rules_.sanctioned_ranges)
        if (range.contains(*target.address)) until = std::max(until, end);
    return std::max(until, sanctioned_until(std::string_view(target.host)));
  }

  // The host and each name above it.
  WallTime sanctioned_until(std::string_view name) const noexcept {
    using Entry = std::pair<std::string, WallTime>;
    WallTime until = WallTime::min();
    while (!name.empty()) {
      const auto entry = std::ranges::lower_bound(rules_.sanctioned_names, name, std::less<std::string_view>(),
                                                  [](const Entry& each) -> std::string_view { return each.first; });
      if (entry != rules_.sanctioned_names.end() && entry->first == name) until = std::max(until, entry->second);
      const auto dot = name.find('.');
      name.remove_prefix(dot == name.npos ? name.size() : dot + 1);
    }
    return until;
  }

  // The [hosts] table or `private` names it: whom it is for is no secret.
  bool citys_own(const Target& target) const noexcept {
    const auto is_private = [this](const IpAddress& address) {
      return in_any(rules_.destinations.private_ranges, address);
    };
    if (facts_.listed_host) return true;
    if (target.address) return is_private(*target.address);
    return !facts_.addresses.empty() && std::ranges::all_of(facts_.addresses, is_private);
  }

  // A tunnel to a bare address hides whom it is for: no list can speak about it, no certificate names it. So does one
  // whose first bytes name nobody: what is in it cannot be told from a tunnel within. True: it is to be refused for
  // that; `closed` then holds the categories that say so, and else none of them.
  bool hides(const Target& target, CategorySet& closed) noexcept {
    const auto without = [&closed](const CategorySet& set) {
      set.for_each([&closed](CategoryId category) { closed.erase(category); });
    };
    const bool own = citys_own(target);
    const bool bare = !own && target.scheme == Scheme::Tunnel && target.address;
    const bool not_tls = !own && rules_.tunnels.refuse_not_tls && facts_.sign == TunnelSign::NotTls;
    const bool nameless = !own && rules_.tunnels.refuse_no_server_name && facts_.sign == TunnelSign::NoServerName;
    if (own) opened_ |= rules_.bare_ip | rules_.not_tls | rules_.no_server_name;
    if (bare) closed |= rules_.bare_ip;
    // A plain request by number shows all that it is for: whether that may be is a rule's to say. So it is with a sign
    // that [tunnels] allows: nothing is refused for it as circumvention, and a rule may still close it.
    if (own || target.scheme != Scheme::Tunnel) without(rules_.bare_ip);
    if (not_tls)
      closed |= rules_.not_tls;
    else
      without(rules_.not_tls);
    if (nameless)
      closed |= rules_.no_server_name;
    else
      without(rules_.no_server_name);
    return bare || not_tls || nameless;
  }

  // 5.
  bool circumvention() noexcept {
    const Target& target = *facts_.target;
    circumvention_ = facts_.categories & rules_.circumvention;
    if (circumvention_.empty() && !target.address && facts_.sign == TunnelSign::None) return false;
    CategorySet closed = circumvention_;
    const bool hidden = hides(target, closed);
    if (const WallTime until = sanctioned_until(target); facts_.now < until) {
      verdict_.good_until = std::min(verdict_.good_until, until);
      opened_ |= circumvention_;
      return false;
    }
    if (closed.empty() && !hidden) return false;
    verdict_.category = {};
    verdict_.rule = {};
    name_first_of(closed);
    return refuse(Reason::Circumvention);
  }

  // 7. The strictest action first.
  bool blocked() noexcept {
    CategorySet closed = facts_.categories & layer_.blocked;
    opened_.for_each([&](CategoryId category) { closed.erase(category); });
    if (closed.empty()) return false;
    name_first_of(closed);
    return refuse(Reason::Blocked);
  }

  bool held() noexcept {
    const CategorySet found = facts_.categories & layer_.held;
    if (found.empty()) return false;
    name_first_of(found);
    verdict_.ruling = Ruling::Hold;
    verdict_.reason = Reason::HeldForApproval;
    return true;
  }

  struct Metered {
    const CompiledRule* rule = nullptr;
    const Quota* quota = nullptr;
    CategoryId category;
    std::uint32_t order = UINT32_MAX;
    Usage used;
    bool minutes_gone = false, bytes_gone = false, closed = false;

    [[nodiscard]] bool refused() const noexcept { return minutes_gone || bytes_gone || closed; }
    [[nodiscard]] bool limits_minutes() const noexcept { return quota && quota->minutes_per_day.count() > 0; }
    [[nodiscard]] bool limits_bytes() const noexcept { return quota && quota->bytes_per_day > 0; }
  };

  Metered look_at(CategoryId category) const noexcept {
    Metered out;
    out.category = category;
    out.rule = &rule_of(category);
    out.order = out.rule->order;
    if (out.rule->has_quota) {
      out.quota = &(*layer_.quotas)[out.rule->quota];
      if (facts_.usage) out.used = facts_.usage->used(out.quota->id, facts_.local.day, facts_.now);
      // What is used to the last byte is used up.
      out.minutes_gone = out.limits_minutes() && out.used.attended >= out.quota->minutes_per_day;
      out.bytes_gone = out.limits_bytes() && out.used.streaming_bytes >= out.quota->bytes_per_day;
    }
    if (out.rule->spans > 0) {
      const Moment now = Moment::at(facts_.now, facts_.local);
      out.closed = !state_at(rules_.spans_of(*out.rule), Calendar::second_of_week(now)).inside;
    }
    return out;
  }

  void rely_on(const Metered& metered) noexcept {
    verdict_.category = metered.category;
    verdict_.rule = metered.rule->id;
    verdict_.used = metered.used;
    if (!metered.quota) return;
    verdict_.minutes_limit = metered.quota->minutes_per_day;
    verdict_.bytes_limit = metered.quota->bytes_per_day;
  }

  // Windows and quotas of all personal and streaming rules that the categories fall under: each of them must be open.
  // The refusal that is told is the personal one before the streaming one, then the one that stands first in the file.
  // It comes before a warning, which nobody needs to read about what is closed anyway; so a category more never loosens
  // a verdict.
  bool closed() noexcept {
    const CategorySet found = facts_.categories & layer_.metered;
    if (found.empty()) return false;
    Metered refused;
    found.for_each([&](CategoryId category) {
      const Metered each = look_at(category);
      const bool is_personal = each.rule->action == Action::Personal;
      any_quota_ |= each.quota != nullptr;
      Metered& first = is_personal ? personal_ : streaming_;
      if (each.order < first.order) first = each;
      if (!is_personal && each.limits_bytes() && each.order < limited_streaming_.order) limited_streaming_ = each;
      if (!each.refused()) return;
      const bool refused_is_personal = refused.rule && refused.rule->action == Action::Personal;
      if (is_personal == refused_is_personal ? each.order < refused.order : is_personal) refused = each;
    });
    if (!refused.rule) {
      limit_good_until(found);
      return false;
    }
    rely_on(refused);
    verdict_.opens_at = opens_at(found);
    return refuse(refused.minutes_gone ? Reason::MinutesUsedUp
                  : refused.bytes_gone ? Reason::BytesUsedUp
                                       : Reason::OutsideWindow);
  }

  bool warning() noexcept {
    const CategorySet warned = facts_.categories & layer_.warned;
    if (warned.empty()) return false;
    if (!verdict_.sealed) name_first_of(warned);
    if (facts_.warned) return false;
    verdict_.ruling = Ruling::Warn;
    verdict_.reason = Reason::WarningShown;
    return true;
  }

  // The first moment at which windows and refilled quotas of all these categories are open together.
  WallTime opens_at(const CategorySet& found) const noexcept {
    Moment moment = Moment::at(facts_.now, facts_.local);
    bool used_up = false;
    found.for_each([&](CategoryId category) {
      const Metered each = look_at(category);
      used_up |= each.minutes_gone || each.bytes_gone;
    });
    if (used_up) moment = rules_.calendar.next_midnight(moment);
    // Each round ends at a window's opening; disjoint windows never meet, so the rounds are bounded.
    for (int round = 0; round < 64; ++round) {
      const std::int64_t before = moment.utc;
      bool never = false;
      found.for_each([&](CategoryId category) {
        const CompiledRule& rule = rule_of(category);
        if (rule.spans > 0) never |= !rules_.calendar.find(rules_.spans_of(rule), Calendar::State::Inside, moment);
      });
      if (never) return WallTime::max();
      if (moment.utc == before) return moment.time();
    }
    return WallTime::max();
  }

  void limit_good_until(const CategorySet& found) noexcept {
    const Moment now = Moment::at(facts_.now, facts_.local);
    bool any_quota = false;
    found.for_each([&](CategoryId category) {
      const CompiledRule& rule = rule_of(category);
      any_quota |= rule.has_quota;
      Moment edge = now;
      if (rule.spans > 0 && rules_.calendar.find(rules_.spans_of(rule), Calendar::State::Outside, edge))
        verdict_.good_until = std::min(verdict_.good_until, edge.time());
    });
    if (any_quota) verdict_.good_until = std::min(verdict_.good_until, rules_.calendar.next_midnight(now).time());
  }

  // 8. Nothing above had anything against it.
  void allowed() noexcept {
    if (verdict_.sealed) return allow(Reason::SealedGrant);  // charges nothing
    if (personal_.rule || streaming_.rule) return charge();
    if (!(facts_.categories & layer_.warned).empty()) return allow(Reason::Warned);
    // Of the way, not of the site: nobody has categorised it by that.
    CategorySet of_site = facts_.categories;
    rules_.of_way.for_each([&of_site](CategoryId category) { of_site.erase(category); });
    if (!of_site.empty()) {
      name_first_of(of_site);
      return allow(Reason::Work);
    }
    if (rules_.refuse_uncategorised)
      refuse(Reason::UncategorisedRefused);
    else
      allow(Reason::Uncategorised);
  }

  // An exchange is charged to one quota. That is the first streaming rule whose quota limits bytes, because bytes can
  // be counted by the exchange that carries them and by nothing else; without one the first personal rule; else the
  // first streaming rule. It is charged with all that any of the rules counts: minutes for personal classes or where
  // the quota limits minutes, bytes for streaming classes or where it limits bytes.
  void charge() noexcept {
    const Metered& charged = limited_streaming_.rule ? limited_streaming_ : personal_.rule ? personal_ : streaming_;
    rely_on(charged);
    verdict_.charge.quota = charged.quota ? charged.quota->id : QuotaId{};
    verdict_.charge.category = charged.category;
    verdict_.charge.minutes = personal_.rule || charged.limits_minutes();
    verdict_.charge.bytes = streaming_.rule || charged.limits_bytes();
    allow(any_quota_ ? Reason::WithinQuota : Reason::NoQuota);
  }

  const Facts& facts_;
  const Rulebook::Impl& rules_;
  const Layer& layer_;
  const GrantBook& grants_;
  CategorySet lifted_, circumvention_;
  CategorySet opened_;  // of circumvention_, what the city opened by naming the destination: no rule closes that again
  Metered personal_, streaming_, limited_streaming_;  // the first rule of each kind, once closed() was asked
  bool any_quota_ = false;
  Verdict verdict_;
};

}  // namespace

Verdict decide(const Facts& facts, const Rulebook& rules, const GrantBook& grants) noexcept {
  return Decision(facts, rules.impl(), grants).run();
}

}  // namespace citygate::policy
