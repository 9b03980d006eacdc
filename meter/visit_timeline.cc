#include "meter/visit_timeline.h"

#include <algorithm>

#include "meter/varint.h"

namespace citygate::meter {
namespace {

constexpr std::uint64_t kVersion = 1;

// An action continues a visit up to `pause` after it; a tail longer than that is bridged as well.
std::int64_t join(const VisitTimeline::Rules& rules) { return std::max(rules.pause, rules.tail); }

VisitSegment segment_of(const VisitAction& action, std::int64_t until) {
  return {.from = action.from,
          .until = std::max(action.from, until),
          .department = action.department,
          .category = action.category,
          .method = action.method};
}

}  // namespace

void VisitTimeline::segments(std::size_t first, const Rules& rules, std::vector<VisitSegment>& out) const {
  std::int64_t reach = earlier_reach_;
  for (std::size_t i = 0; i < first; ++i) reach = std::max(reach, actions_[i].until);
  for (std::size_t i = first; i < actions_.size(); ++i) {
    reach = std::max(reach, actions_[i].until);
    std::int64_t until = 0;
    if (i + 1 == actions_.size())
      until = reach + (tail_charged_ ? rules.tail : 0);
    else if (const auto next = actions_[i + 1].from; next <= reach + join(rules))
      until = next;
    else
      until = reach + rules.tail;
    out.push_back(segment_of(actions_[i], until));
  }
}

bool VisitTimeline::add(VisitAction action, const Rules& rules, std::vector<VisitSegment>& before,
                        std::vector<VisitSegment>& after) {
  before.clear();
  after.clear();
  if (closed_ && action.from < actions_.front().from) {
    if (action.until < actions_.front().from) return false;
    action.from = actions_.front().from;
  }
  if (actions_.empty()) {
    actions_.push_back(action);
    reach_ = action.until;
    after.push_back(segment_of(action, action.until));
    return true;
  }
  if (action >= actions_.back()) {
    // The usual case: nothing but the end of the last segment changes.
    VisitAction& last = actions_.back();
    before.push_back(segment_of(last, reach_ + (tail_charged_ ? rules.tail : 0)));
    const bool same_visit = action.from <= reach_ + join(rules);
    after.push_back(segment_of(last, same_visit ? action.from : reach_ + rules.tail));
    reach_ = std::max(reach_, action.until);
    after.push_back(segment_of(action, reach_));
    actions_.push_back(action);
    tail_charged_ = false;
  } else {
    const auto place = std::ranges::upper_bound(actions_, action);
    // What comes before the neighbour in front stays as it is.
    const auto index = static_cast<std::size_t>(place - actions_.begin());
    const std::size_t first = index == 0 ? 0 : index - 1;
    segments(first, rules, before);
    actions_.insert(place, action);
    if (action.until > reach_) {
      reach_ = action.until;
      tail_charged_ = false;
    }
    segments(first, rules, after);
  }
  forget_old();
  return true;
}

void VisitTimeline::forget_old() {
  const std::int64_t horizon = actions_.back().from - kLookBack;
  std::size_t drop = 0;
  // One action at or before the horizon stays: the segment that reaches over it is its own.
  while (drop + 1 < actions_.size() && (actions_[drop + 1].from <= horizon || actions_.size() - drop > kActions))
    ++drop;
  if (drop == 0) return;
  for (std::size_t i = 0; i < drop; ++i) earlier_reach_ = std::max(earlier_reach_, actions_[i].until);
  actions_.erase(actions_.begin(), actions_.begin() + static_cast<std::ptrdiff_t>(drop));
  closed_ = true;
}

VisitSegment VisitTimeline::charge_tail(const Rules& rules) {
  tail_charged_ = true;
  VisitSegment tail = segment_of(actions_.back(), 0);
  tail.from = reach_;
  tail.until = reach_ + rules.tail;
  return tail;
}

bool VisitTimeline::polled(std::uint64_t document, WallTime at) {
  auto found = std::ranges::find(documents_, document, &Document::hash);
  if (found == documents_.end()) {
    if (documents_.size() == kDocuments) documents_.erase(documents_.begin());
    documents_.push_back({.hash = document, .rhythm = {}});
  } else {
    std::rotate(found, found + 1, documents_.end());
  }
  return documents_.back().rhythm.next(at);
}

void VisitTimeline::close_account(const Rules& rules) {
  if (actions_.empty()) return;
  VisitAction last = actions_.back();
  last.until = reach_;
  last.from = reach_ + (tail_charged_ ? rules.tail : 0);
  actions_.assign(1, last);
  earlier_reach_ = reach_;
  closed_ = true;
}

void VisitTimeline::save(std::string& out) const {
  append_varint(out, kVersion);
  append_varint(out, (closed_ ? 1u : 0u) | (tail_charged_ ? 2u : 0u) | (earlier_reach_ != INT64_MIN ? 4u : 0u));
  if (earlier_reach_ != INT64_MIN) append_signed(out, earlier_reach_);
  append_varint(out, actions_.size());
  std::int64_t previous = 0;
  for (const VisitAction& action : actions_) {
    append_signed(out, action.from - previous);
    append_signed(out, action.until - action.from);
    append_varint(out, action.department.value);
    append_varint(out, action.category.value);
    append_varint(out, static_cast<std::uint64_t>(action.method));
    previous = action.from;
  }
  append_varint(out, documents_.size());
  for (const Document& document : documents_) {
    append_varint(out, document.hash);
    append_signed(out, document.rhythm.last.time_since_epoch().count());
    append_signed(out, document.rhythm.interval.count());
    append_varint(out, document.rhythm.equal);
  }
}

bool VisitTimeline::restore(std::string_view saved) {
  VarintReader in(saved);
  if (in.number() != kVersion) return false;
  const auto flags = in.number();
  VisitTimeline fresh;
  fresh.closed_ = (flags & 1) != 0;
  fresh.tail_charged_ = (flags & 2) != 0;
  if ((flags & 4) != 0) fresh.earlier_reach_ = in.signed_number();
  fresh.reach_ = fresh.earlier_reach_;
  std::int64_t previous = 0;
  for (auto left = in.number(); left != 0 && in.ok(); --left) {
    VisitAction action;
    // Damaged bytes can hold any number; the sums must not run over.
    if (__builtin_add_overflow(previous, in.signed_number(), &action.from) ||
        __builtin_add_overflow(action.from, in.signed_number(), &action.until))
      return false;
    action.department = {in.small<std::uint32_t>()};
    action.category = {in.small<std::uint16_t>()};
    action.method = static_cast<Attention>(in.small<std::uint8_t>());
    previous = action.from;
    fresh.reach_ = std::max(fresh.reach_, action.until);
    fresh.actions_.push_back(action);
  }
  for (auto left = in.number(); left != 0 && in.ok(); --left) {
    Document document;
    document.hash = in.number();
    document.rhythm.last = WallTime(std::chrono::microseconds(in.signed_number()));
    document.rhythm.interval = std::chrono::microseconds(in.signed_number());
    document.rhythm.equal = in.small<std::uint32_t>();
    document.rhythm.any = true;
    fresh.documents_.push_back(document);
  }
  if (!in.ok() || !in.done() || (fresh.closed_ && fresh.actions_.empty())) return false;
  *this = std::move(fresh);
  return true;
}

}  // namespace citygate::meter
