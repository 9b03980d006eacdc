#include "meter/visits.h"

#include <algorithm>
#include <utility>

namespace citygate::meter {
namespace {

std::int64_t to_ms(WallTime time) {
  return std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
}
WallTime from_ms(std::int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

VisitTimeline::Rules plain(const VisitRules& rules) {
  return {.pause = rules.pause.count(), .tail = rules.tail.count()};
}

}  // namespace

Visits::Visits(VisitRules rules, const Zone& zone) : rules_(rules), local_(zone) {}

std::int64_t Visits::start_of(std::int32_t day) const { return to_ms(local_.zone().start_of(day)); }

void Visits::mark(VisitKey key, VisitTimeline& timeline) {
  if (!std::exchange(timeline.listed_changed, true)) changed_.push_back(key);
  if (!timeline.empty() && !timeline.tail_charged() && !std::exchange(timeline.listed_open, true)) open_.push_back(key);
}

void Visits::charge(VisitKey key, const VisitSegment& segment, std::int64_t sign, Charges& out) {
  for (std::int64_t from = segment.from; from < segment.until;) {
    const std::int32_t day = local_.at(from_ms(from)).day;
    if (day != day_ || from < day_from_ || from >= day_until_) {
      day_ = day;
      day_from_ = start_of(day);
      day_until_ = start_of(day + 1);
    }
    const std::int64_t until = day_until_ > from ? std::min(segment.until, day_until_) : segment.until;
    out.push_back({.key = key,
                   .department = segment.department,
                   .category = segment.category,
                   .method = segment.method,
                   .day = day,
                   .amount = std::chrono::milliseconds(sign * (until - from))});
    from = until;
  }
}

void Visits::add(const AttendedAction& action, Charges& out) {
  const VisitKey key{.person = action.person, .quota = action.quota};
  VisitTimeline& timeline = timelines_[key];
  if (action.document != 0) {
    const bool polled = timeline.polled(action.document, action.from);
    mark(key, timeline);
    if (polled) return;
  }
  const std::int64_t from = to_ms(action.from);
  const VisitAction held{.from = from,
                         .until = std::max(from, to_ms(action.until)),
                         .department = action.department,
                         .category = action.category,
                         .method = action.method};
  if (!timeline.add(held, plain(rules_), before_, after_)) return;
  for (const VisitSegment& segment : before_) charge(key, segment, -1, out);
  for (const VisitSegment& segment : after_) charge(key, segment, 1, out);
  mark(key, timeline);
}

void Visits::settle(WallTime now, Charges& out) {
  std::erase_if(open_, [&](VisitKey key) {
    VisitTimeline& timeline = timelines_[key];
    if (!timeline.tail_charged()) {
      if (to_ms(now) < timeline.reach() + rules_.tail.count()) return false;
      charge(key, timeline.charge_tail(plain(rules_)), 1, out);
      mark(key, timeline);
    }
    timeline.listed_open = false;
    return true;
  });
}

std::vector<VisitKey> Visits::take_changed() {
  for (const VisitKey key : changed_) timelines_[key].listed_changed = false;
  return std::exchange(changed_, {});
}

Visits::Running Visits::running(VisitKey key, std::int32_t day, std::chrono::milliseconds charged) const {
  const auto found = timelines_.find(key);
  if (found == timelines_.end() || found->second.empty()) return {};
  const VisitTimeline& timeline = found->second;
  const std::int64_t reach = timeline.reach(), over = reach + rules_.tail.count();
  const std::int64_t begins = start_of(day), ends = start_of(day + 1);
  if (reach >= ends || std::max(over, reach + 1) <= begins) return {};
  std::int64_t attended = charged.count();
  if (timeline.tail_charged()) attended -= std::max<std::int64_t>(0, std::min(over, ends) - std::max(reach, begins));
  // The tail's part before midnight belongs to the other day.
  if (reach < begins) attended -= begins - reach;
  return {
      .any = true, .attended_until_last_action = std::chrono::milliseconds(attended), .last_action = from_ms(reach)};
}

std::optional<WallTime> Visits::last_action(VisitKey key) const {
  const auto found = timelines_.find(key);
  if (found == timelines_.end() || found->second.empty()) return std::nullopt;
  return from_ms(found->second.reach());
}

std::vector<VisitKey> Visits::crossing(std::int32_t day) const {
  const std::int64_t begins = start_of(day);
  std::vector<VisitKey> out;
  for (const auto& [key, timeline] : timelines_)
    if (!timeline.empty() && timeline.reach() < begins && timeline.reach() + rules_.tail.count() > begins)
      out.push_back(key);
  return out;
}

void Visits::set_zone(const Zone& zone) {
  if (zone.name() == local_.zone().name()) return;
  for (auto& [key, timeline] : timelines_) {
    timeline.close_account(plain(rules_));
    mark(key, timeline);
  }
  local_ = LocalClock(zone);
  day_from_ = day_until_ = 0;
}

std::string Visits::save(VisitKey key) const {
  std::string out;
  if (const auto found = timelines_.find(key); found != timelines_.end()) found->second.save(out);
  return out;
}

Result<void> Visits::restore(VisitKey key, std::string_view saved) {
  VisitTimeline timeline;
  if (!timeline.restore(saved))
    return fail(Error::Kind::Malformed, "the saved visits of person " + std::to_string(key.person.value) + ", quota " +
                                            std::to_string(key.quota.value) + " are damaged");
  VisitTimeline& held = timelines_[key] = std::move(timeline);
  if (!held.empty() && !held.tail_charged()) {
    held.listed_open = true;
    open_.push_back(key);
  }
  return {};
}

}  // namespace citygate::meter
