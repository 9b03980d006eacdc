#include "policy/decide.h"

#include <algorithm>

#include "policy/lifts.h"
#include "policy/metered.h"
#include "policy/way.h"

namespace citygate::policy {
namespace {

// One decision in the making. Each step returns true when it has spoken the last word.
class Decision {
 public:
  Decision(const Facts& facts, const Rulebook::Impl& rules, const GrantBook& grants) noexcept
      : facts_(facts), rules_(rules), layer_(rules.layer(facts.subject.department)), grants_(grants) {
    verdict_.stage = facts.stage;
  }

  // The order of architecture section 5.
  Verdict run() noexcept {
    if (unknown()) return verdict_;
    if (access() || destination() || contradiction()) return leave_no_trace();
    seal();
    if (prohibited() || circumvention()) return verdict_;
    permit();
    if (blocked() || closed() || too_much_sent() || held() || warning()) return verdict_;
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

  void until(WallTime end) noexcept { verdict_.good_until = std::min(verdict_.good_until, end); }

  // Refused all the same; but what a sealed grant covers leaves no trace outside the sealed stream, however it ends.
  Verdict leave_no_trace() noexcept {
    const Verdict refused = verdict_;
    seal();
    verdict_.category = refused.category;
    verdict_.rule = refused.rule;
    verdict_.good_until = refused.good_until;
    return verdict_;
  }

  bool unknown() noexcept {
    if (facts_.subject.person) return false;
    verdict_.ruling = Ruling::Authenticate;
    verdict_.reason = Reason::UnknownPerson;
    return true;
  }

  // 1. Orders before anything else: who is barred is not asked to acknowledge.
  bool access() noexcept { return barred() || personal_device() || not_acknowledged(); }

  bool barred() noexcept {
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
    until(standing->ends);
    if (standing->barred != Reason::Work && facts_.now < standing->barred_from) until(standing->barred_from);
    return false;
  }

  bool personal_device() noexcept {
    const DeviceTerms& terms = layer_.personal_devices;
    if (!facts_.subject.personal_device || terms.kind == DeviceTerms::Kind::Alike) return false;
    if (terms.kind == DeviceTerms::Kind::Allowed) {
      if (terms.spans == 0) return false;
      const Moment now = Moment::at(facts_.now, facts_.local);
      Moment edge = now;
      if (state_at(rules_.spans_of(terms), Calendar::second_of_week(now)).inside) {
        device_hours_ = &terms;
        if (rules_.calendar.find(rules_.spans_of(terms), Calendar::State::Outside, edge)) device_until_ = edge.time();
        return false;
      }
    }
    if (const Grant* grant = device_grant(facts_, grants_)) {
      until(grant->end);
      return false;
    }
    Moment opening = Moment::at(facts_.now, facts_.local);
    if (rules_.calendar.find(rules_.spans_of(terms), Calendar::State::Inside, opening))
      verdict_.opens_at = opening.time();
    return refuse(Reason::PersonalDevice);
  }

  // What runs already goes on: nobody can be asked in mid-stream, and the next request will be.
  bool asks_people() const noexcept { return facts_.stage <= Stage::Response; }

  bool not_acknowledged() noexcept {
    if (facts_.subject.kind == Subject::Kind::Device || !asks_people()) return false;
    const AskedText& asked =
        facts_.subject.kind == Subject::Kind::Guest ? layer_.asked_of_guest : layer_.asked_of_person;
    if (!asked.version) return false;
    if (const Standing* standing = facts_.standing; standing && standing->acknowledged == asked.version) {
      const WallTime lapses = standing->acknowledged_at + asked.renew;
      if (facts_.now < lapses) {
        until(lapses);
        return false;
      }
    }
    verdict_.ruling = Ruling::Portal;
    verdict_.reason = Reason::NotAcknowledged;
    return true;
  }

  bool reachable(const IpAddress& address) const noexcept {
    return address.is_public() || facts_.listed_host || rules_.is_private(address);
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
  void seal() noexcept {
    const SealedLifts sealed = sealed_lifts(facts_, layer_, grants_);
    if (!sealed.grant) return;
    verdict_.sealed = true;
    verdict_.grant = sealed.grant;
    name_first_of(sealed.categories);
    lifted_ = sealed.categories;
    until(sealed.until);
  }

  // 4.
  bool prohibited() noexcept {
    const CategorySet closed = (facts_.categories & layer_.prohibited) - lifted_;
    if (closed.empty()) return false;
    name_first_of(closed);
    return refuse(Reason::Prohibited);
  }

  // 5.
  bool circumvention() noexcept {
    const Way way = way_of(facts_, rules_);
    opened_ = way.opened;
    until(way.until);
    if (!way.refused()) return false;
    verdict_.category = {};
    verdict_.rule = {};
    name_first_of(way.closed);
    return refuse(Reason::Circumvention);
  }

  // 6.
  void permit() noexcept {
    permits_ = lifts(facts_, rules_, layer_, grants_);
    if (!permits_.grant) return;
    if (!verdict_.sealed) verdict_.grant = permits_.grant;
    until(permits_.until);
  }

  // 7. Refusals first, of which the strictest action first: so no category more, at no stage, loosens a verdict.
  bool blocked() noexcept {
    const CategorySet closed = (facts_.categories & layer_.blocked) - opened_ - permits_.exempt - permits_.streams;
    if (closed.empty()) return false;
    name_first_of(closed);
    return refuse(Reason::Blocked);
  }

  void rely_on(const Metered& metered) noexcept {
    verdict_.category = metered.category;
    verdict_.rule = metered.rule->id;
    verdict_.used = metered.used;
    if (!metered.quota) return;
    verdict_.minutes_limit = metered.quota->minutes_per_day;
    verdict_.bytes_limit = metered.quota->bytes_per_day;
  }

  // Windows and quotas.
  bool closed() noexcept {
    const CategorySet found = (facts_.categories & layer_.metered) - permits_.business;
    if (found.empty() && permits_.streams.empty()) {
      until(device_until_);
      return false;
    }
    metered_.look(found, permits_.streams - permits_.business);
    if (!metered_.refused.rule) {
      until(device_until_);
      until(metered_.good_until());
      return false;
    }
    const Metered& refused = metered_.refused;
    rely_on(refused);
    // What it relied on may have ended by then.
    const WallTime opens = metered_.opens_at(device_hours_);
    if (opens < verdict_.good_until) verdict_.opens_at = opens;
    return refuse(refused.minutes_gone ? Reason::MinutesUsedUp
                  : refused.bytes_gone ? Reason::BytesUsedUp
                                       : Reason::OutsideWindow);
  }

  bool too_much_sent() noexcept {
    const CategorySet found = facts_.categories & layer_.uploads;
    if (found.empty()) return false;
    CategorySet exceeded;
    found.for_each([&](CategoryId category) {
      const std::uint64_t limit = rule_of(category).upload_limit;
      verdict_.upload_limit = std::min(verdict_.upload_limit, limit);
      if (facts_.upload_bytes > limit) exceeded.insert(category);
    });
    if (exceeded.empty()) return false;
    name_first_of(exceeded);
    return refuse(Reason::UploadTooLarge);
  }

  bool held() noexcept {
    const CategorySet found = (facts_.categories & layer_.held) - permits_.exempt;
    if (found.empty()) return false;
    name_first_of(found);
    verdict_.ruling = Ruling::Hold;
    verdict_.reason = Reason::HeldForApproval;
    return true;
  }

  bool warning() noexcept {
    warned_ = facts_.categories & layer_.warned;
    if (asks_people()) warned_ |= metered_.soft;
    if (warned_.empty()) return false;
    if (!verdict_.sealed) name_first_of(warned_);
    if (facts_.warned) return false;
    verdict_.ruling = Ruling::Warn;
    verdict_.reason = Reason::WarningShown;
    return true;
  }

  // 8. Nothing above had anything against it.
  void allowed() noexcept {
    if (verdict_.sealed) return allow(Reason::SealedGrant);  // charges nothing
    if (metered_.personal.rule || metered_.streaming.rule) return charge();
    if (!warned_.empty()) return allow(Reason::Warned);
    if (permits_.grant) {
      name_first_of(permits_.all());
      return allow(granted());
    }
    // Of the way, not of the site: nobody has categorised it by that.
    const CategorySet of_site = facts_.categories - rules_.of_way;
    if (!of_site.empty()) {
      name_first_of(of_site);
      return allow(Reason::Work);
    }
    if (rules_.refuse_uncategorised)
      refuse(Reason::UncategorisedRefused);
    else
      allow(Reason::Uncategorised);
  }

  Reason granted() const noexcept { return permits_.business.empty() ? Reason::Granted : Reason::BusinessUse; }

  // One quota (MeteredRules::charged), with all that any of the rules counts: minutes for personal classes or where the
  // quota limits minutes, bytes for streaming classes or where it limits bytes.
  void charge() noexcept {
    const Metered& charged = metered_.charged();
    rely_on(charged);
    verdict_.charge.quota = charged.quota ? charged.quota->id : QuotaId{};
    verdict_.charge.category = charged.category;
    verdict_.charge.minutes = metered_.personal.rule || charged.limits_minutes();
    verdict_.charge.bytes = metered_.streaming.rule || charged.limits_bytes();
    const bool soft = !(warned_ & metered_.soft).empty();
    allow(soft                 ? Reason::Warned
          : metered_.any_quota ? Reason::WithinQuota
          : permits_.grant     ? granted()
                               : Reason::NoQuota);
  }

  const Facts& facts_;
  const Rulebook::Impl& rules_;
  const Layer& layer_;
  const GrantBook& grants_;
  CategorySet lifted_;
  CategorySet opened_;  // Way::opened
  CategorySet warned_;
  Lifts permits_;
  MeteredRules metered_{facts_, rules_, layer_};
  const DeviceTerms* device_hours_ = nullptr;  // those that let this personal device in
  WallTime device_until_ = WallTime::max();    // and their end
  Verdict verdict_;
};

}  // namespace

Verdict decide(const Facts& facts, const Rulebook& rules, const GrantBook& grants) noexcept {
  return Decision(facts, rules.impl(), grants).run();
}

}  // namespace citygate::policy
