// visit_timeline.h - one person's attended actions under one quota, as far back as they may still be corrected.
//
// The charged segments are a function of the actions held and of `tail_charged` alone, so a change is charged as the
// difference of two such lists.
// Owner     Visits. Times are milliseconds since 1970. Cost: adding the newest action is O(1).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/vocabulary.h"
#include "meter/regularity.h"

namespace citygate::meter {

struct VisitKey {
  PersonId person;
  QuotaId quota;
  friend constexpr auto operator<=>(const VisitKey&, const VisitKey&) = default;
};
struct VisitKeyHash {
  std::size_t operator()(const VisitKey& key) const noexcept {
    return std::hash<std::uint64_t>{}((std::uint64_t{key.person.value} << 32 | key.quota.value) * 0x9e3779b97f4a7c15u);
  }
};

struct VisitAction {
  std::int64_t from = 0, until = 0;
  DepartmentId department;
  CategoryId category;
  Attention method = Attention::None;
  friend constexpr auto operator<=>(const VisitAction&, const VisitAction&) = default;
};

struct VisitSegment {
  std::int64_t from = 0, until = 0;
  DepartmentId department;
  CategoryId category;
  Attention method = Attention::None;
};

class VisitTimeline {
 public:
  static constexpr std::int64_t kLookBack = 15 * 60'000;
  static constexpr std::size_t kActions = 256;
  struct Rules {
    std::int64_t pause, tail;
  };

  // Puts the action where it belongs. `before` and `after` get the segments that differ. False: it lies wholly before
  // the look-back, and nothing changed.
  bool add(VisitAction action, const Rules& rules, std::vector<VisitSegment>& before, std::vector<VisitSegment>& after);
  // Charges the tail; the segment it adds.
  [[nodiscard]] VisitSegment charge_tail(const Rules& rules);

  [[nodiscard]] bool empty() const { return actions_.empty(); }
  [[nodiscard]] bool tail_charged() const { return tail_charged_; }
  // The end of the newest visit's last action. Not when empty().
  [[nodiscard]] std::int64_t reach() const { return reach_; }

  // True when the document comes like clockwork, and its action does not count.
  [[nodiscard]] bool polled(std::uint64_t document, WallTime at);

  // Nothing held so far can be corrected any more.
  void close_account(const Rules& rules);

  void save(std::string& out) const;
  [[nodiscard]] bool restore(std::string_view saved);

  bool listed_changed = false, listed_open = false;  // bookkeeping of Visits

 private:
  // Segments from action `first` on.
  void segments(std::size_t first, const Rules& rules, std::vector<VisitSegment>& out) const;
  void forget_old();

  struct Document {
    std::uint64_t hash = 0;
    Regularity rhythm;
  };

  std::vector<VisitAction> actions_;  // sorted
  // The latest end of actions already forgotten, and whether there are any: then nothing is put before actions_[0].
  std::int64_t earlier_reach_ = INT64_MIN;
  bool closed_ = false;
  std::int64_t reach_ = INT64_MIN;  // latest end of all
  bool tail_charged_ = false;
  std::vector<Document> documents_;  // at most kDocuments, the latest seen last
  static constexpr std::size_t kDocuments = 8;
};

}  // namespace citygate::meter
