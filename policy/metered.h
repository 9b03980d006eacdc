// metered.h - what windows and quotas say of the personal and streaming categories found (step 7 of a decision).
//
// Each rule that the categories fall under must be open. The refusal that is told is the personal one before the
// streaming one, then the one that stands first in the file.
// Thread    any. Cost: O(categories), no allocation.
#pragma once

#include "policy/compiled.h"
#include "policy/verdict.h"

namespace citygate::policy {

// One category's rule at this moment, for this person.
struct Metered {
  const CompiledRule* rule = nullptr;
  const Quota* quota = nullptr;
  CategoryId category;
  std::uint32_t order = UINT32_MAX;
  Usage used;
  bool minutes_gone = false, bytes_gone = false;
  bool outside = false;  // of its windows; with a soft edge that is no refusal

  [[nodiscard]] bool closed() const noexcept { return outside && !rule->soft_edge; }
  [[nodiscard]] bool refused() const noexcept { return minutes_gone || bytes_gone || closed(); }
  [[nodiscard]] bool limits_minutes() const noexcept { return quota && quota->minutes_per_day.count() > 0; }
  [[nodiscard]] bool limits_bytes() const noexcept { return quota && quota->bytes_per_day > 0; }
};

class MeteredRules {
 public:
  MeteredRules(const Facts& facts, const Rulebook::Impl& rules, const Layer& layer) noexcept
      : facts_(facts), rules_(rules), layer_(layer) {}

  // `found`: the categories whose rules count. `permitted`: streaming that a permit frees from hours and quota.
  void look(const CategorySet& found, const CategorySet& permitted) noexcept;

  // The first of each kind in the file; of `refused`, the one to tell. Without a rule: none.
  Metered personal, streaming, limited_streaming, refused;
  CategorySet soft;  // outside of windows whose edge is soft
  bool any_quota = false;

  // What an exchange is charged to: one quota. That is the first streaming rule whose quota limits bytes, because bytes
  // can be counted by the exchange that carries them and by nothing else; without one the first personal rule; else the
  // first streaming rule.
  [[nodiscard]] const Metered& charged() const noexcept {
    return limited_streaming.rule ? limited_streaming : personal.rule ? personal : streaming;
  }
  // The first moment at which windows and refilled quotas of all of `found` are open together, and `devices` too where
  // it is not null; max(): never.
  [[nodiscard]] WallTime opens_at(const DeviceTerms* devices) const noexcept;
  // When a window closes, or opens that only warns now, or local midnight comes.
  [[nodiscard]] WallTime good_until() const noexcept;

 private:
  [[nodiscard]] const CompiledRule& rule_of(CategoryId category) const noexcept {
    return rules_.compiled[layer_.rule_of[category.value]];
  }
  [[nodiscard]] Metered look_at(CategoryId category) const noexcept;

  const Facts& facts_;
  const Rulebook::Impl& rules_;
  const Layer& layer_;
  CategorySet found_;
  bool used_up_ = false;
};

}  // namespace citygate::policy
