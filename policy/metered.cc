#include "policy/metered.h"

#include <algorithm>

namespace citygate::policy {

Metered MeteredRules::look_at(CategoryId category) const noexcept {
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
    out.outside = !state_at(rules_.spans_of(*out.rule), Calendar::second_of_week(now)).inside;
  }
  return out;
}

void MeteredRules::look(const CategorySet& found, const CategorySet& permitted) noexcept {
  found_ = found - permitted;
  found_.for_each([this](CategoryId category) {
    const Metered each = look_at(category);
    const bool is_personal = each.rule->action == Action::Personal;
    any_quota |= each.quota != nullptr;
    used_up_ |= each.minutes_gone || each.bytes_gone;
    if (each.outside && each.rule->soft_edge) soft.insert(category);
    Metered& first = is_personal ? personal : streaming;
    if (each.order < first.order) first = each;
    if (!is_personal && each.limits_bytes() && each.order < limited_streaming.order) limited_streaming = each;
    if (!each.refused()) return;
    const bool refused_is_personal = refused.rule && refused.rule->action == Action::Personal;
    if (is_personal == refused_is_personal ? each.order < refused.order : is_personal) refused = each;
  });
  permitted.for_each([this](CategoryId category) {
    Metered free;
    free.category = category;
    free.rule = &rule_of(category);
    free.order = free.rule->order;
    if (free.order < streaming.order) streaming = free;
  });
}

WallTime MeteredRules::opens_at(const DeviceTerms* devices) const noexcept {
  Moment moment = Moment::at(facts_.now, facts_.local);
  if (used_up_) moment = rules_.calendar.next_midnight(moment);
  // Each round ends at a window's opening; disjoint windows never meet, so the rounds are bounded.
  for (int round = 0; round < 64; ++round) {
    const std::int64_t before = moment.utc;
    bool never = false;
    const auto wait_for = [&](std::span<const WeekSpan> spans) {
      if (!spans.empty()) never |= !rules_.calendar.find(spans, Calendar::State::Inside, moment);
    };
    found_.for_each([&](CategoryId category) {
      const CompiledRule& rule = rule_of(category);
      if (!rule.soft_edge) wait_for(rules_.spans_of(rule));
    });
    if (devices) wait_for(rules_.spans_of(*devices));
    if (never) return WallTime::max();
    if (moment.utc == before) return moment.time();
  }
  return WallTime::max();
}

WallTime MeteredRules::good_until() const noexcept {
  WallTime out = WallTime::max();
  const Moment now = Moment::at(facts_.now, facts_.local);
  found_.for_each([&](CategoryId category) {
    const CompiledRule& rule = rule_of(category);
    if (rule.spans == 0) return;
    const auto next = soft.contains(category) ? Calendar::State::Inside : Calendar::State::Outside;
    Moment edge = now;
    if (rules_.calendar.find(rules_.spans_of(rule), next, edge)) out = std::min(out, edge.time());
  });
  if (any_quota) out = std::min(out, rules_.calendar.next_midnight(now).time());
  return out;
}

}  // namespace citygate::policy
