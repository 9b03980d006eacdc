// visits.h - the fold of attended actions into attended time, per person and quota.
//
//   actions    A        B    C                      D
//   time     ──┼────────┼────┼─────┐         ┌──────┼─────┐
//              └── gaps filled ──┘tail        (further apart than `pause`: a new visit)
//   charged    [A......)[B..)[C....)                [D....)
//
// Each stretch of time is charged once, to category, department and method of the action that it follows. The action
// may last (`until` > `from`: media, tunnels); the tail counts after its end. A visit that passes local midnight is
// charged to both days. Times are cut to milliseconds, so sums of any order are equal.
//
// The tail  is charged when settle() is given a time at or beyond its end, or when a later action of another visit
// comes,
//           whichever is first; a later action of the same visit charges the gap up to itself instead. Until then
//           `running()` tells what the board must count on, and board and ledger agree to the millisecond.
// Late      actions may come in any order within the look-back (15 minutes behind the newest action of that person and
//           quota, and at most 256 actions): what was charged is corrected, also downwards in one category for another,
//           so that the result is that of the right order. Before the look-back the account is closed: an action's part
//           that lies there is not charged, in the person's favour; nothing is ever counted twice.
// Polling   the same document asked for at three equal intervals in a row stops counting from then on (regularity.h),
//           until its rhythm breaks. The last 8 documents are remembered per person and quota.
// Owner     the recorder. Thread: its own. State is saved and restored whole per person and quota; never dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "base/local_time.h"
#include "base/result.h"
#include "base/vocabulary.h"
#include "meter/usage_board.h"
#include "meter/visit_timeline.h"

namespace citygate::meter {

struct AttendedAction {
  PersonId person;
  QuotaId quota;  // may be none: time for reports alone
  DepartmentId department;
  CategoryId category;
  Attention method = Attention::None;
  WallTime from{}, until{};
  std::uint64_t document = 0;  // hash of host and path; 0: no document, or one slice of something that lasts
};

// To be added to the ledger; negative where a late action takes time over from another.
struct AttendedCharge {
  VisitKey key;
  DepartmentId department;
  CategoryId category;
  Attention method = Attention::None;
  std::int32_t day = 0;
  std::chrono::milliseconds amount{0};
};

class Visits {
 public:
  using Charges = std::vector<AttendedCharge>;

  Visits(VisitRules rules, const Zone& zone);

  // Both append to `out` what the ledger must add. settle() charges every tail that is over at `now`.
  void add(const AttendedAction& action, Charges& out);
  void settle(WallTime now, Charges& out);

  // Timelines that add(), settle() or set_zone() changed since the last call: to be saved, and published.
  [[nodiscard]] std::vector<VisitKey> take_changed();

  // What of a timeline's charges belongs to the board: see PersonMeter::publish(). `charged` is what the ledger holds
  // for `day`. Nothing where the newest visit has no part in that day.
  struct Running {
    bool any = false;
    std::chrono::milliseconds attended_until_last_action{0};
    WallTime last_action{};
  };
  [[nodiscard]] Running running(VisitKey key, std::int32_t day, std::chrono::milliseconds charged) const;

  // Whether settle() will have something to charge when its time comes.
  [[nodiscard]] bool tails_run() const { return !open_.empty(); }

  [[nodiscard]] std::optional<WallTime> last_action(VisitKey key) const;

  // Timelines whose tail reaches over the midnight at which `day` begins: they have to be published for it then.
  [[nodiscard]] std::vector<VisitKey> crossing(std::int32_t day) const;

  // From now on days are counted in `zone`; what is charged stays on the days it is on.
  void set_zone(const Zone& zone);

  [[nodiscard]] std::string save(VisitKey key) const;
  [[nodiscard]] Result<void> restore(VisitKey key, std::string_view saved);
  [[nodiscard]] std::size_t size() const { return timelines_.size(); }

 private:
  void charge(VisitKey key, const VisitSegment& segment, std::int64_t sign, Charges& out);
  void mark(VisitKey key, VisitTimeline& timeline);
  [[nodiscard]] std::int64_t start_of(std::int32_t day) const;  // in milliseconds

  VisitRules rules_;
  LocalClock local_;
  std::int32_t day_ = 0;  // the local day last charged, and its bounds in milliseconds
  std::int64_t day_from_ = 0, day_until_ = 0;
  std::unordered_map<VisitKey, VisitTimeline, VisitKeyHash> timelines_;
  std::vector<VisitKey> changed_;
  std::vector<VisitKey> open_;  // whose tail is not charged yet
  std::vector<VisitSegment> before_, after_;
};

}  // namespace citygate::meter
