#include "meter/usage_board.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace citygate::meter {
namespace {

constexpr unsigned kTimeBits = 27;  // 37 hours in milliseconds: more than the longest local day
constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << kTimeBits) - 1;
constexpr std::int64_t kTimeBias = std::int64_t{1} << 25;
constexpr std::uint64_t kDayMask = (std::uint64_t{1} << 10) - 1;
// Differences of times mod 2^27 beyond this are clocks that went back a little, not long pauses.
constexpr std::uint64_t kBackwards = kTimeMask - 10 * 3'600'000;

constexpr unsigned kByteBits = 48;
constexpr std::uint64_t kByteMask = (std::uint64_t{1} << kByteBits) - 1;

std::uint64_t milliseconds_of(WallTime time) {
  return static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count());
}

std::uint64_t pack_time(std::int32_t day, std::int64_t attended_ms, WallTime last_action) {
  const auto biased = std::clamp<std::int64_t>(attended_ms + kTimeBias, 0, static_cast<std::int64_t>(kTimeMask));
  return (static_cast<std::uint64_t>(day) & kDayMask) << (2 * kTimeBits) |
         static_cast<std::uint64_t>(biased) << kTimeBits | (milliseconds_of(last_action) & kTimeMask);
}

std::uint64_t byte_day(std::int32_t day) { return static_cast<std::uint16_t>(day); }

// Days are compared around the circle of their tag: half of it lies ahead.
bool later(std::uint64_t a, std::uint64_t b, std::uint64_t mask) { return a != b && ((a - b) & mask) <= mask / 2; }

constexpr std::uint64_t kNoTime = 0;  // never published: the bias keeps every real word above
constexpr std::uint64_t kNoBytes = 0;

}  // namespace

PersonMeter::Slot* PersonMeter::find(QuotaId quota) const noexcept {
  for (BoardMemory::Chunk* chunk = &first_; chunk != nullptr; chunk = memory_.next(*chunk))
    for (Slot& slot : chunk->slots) {
      const auto held = slot.quota.load(std::memory_order_acquire);
      if (held == quota.value) return &slot;
      if (held == 0) return nullptr;  // slots fill from the front
    }
  return nullptr;
}

PersonMeter::Slot& PersonMeter::find_or_add(QuotaId quota) noexcept {
  for (BoardMemory::Chunk* chunk = &first_;; chunk = &memory_.next_or_add(*chunk))
    for (Slot& slot : chunk->slots) {
      std::uint32_t held = slot.quota.load(std::memory_order_acquire);
      if (held == 0 && slot.quota.compare_exchange_strong(held, quota.value, std::memory_order_acq_rel)) return slot;
      if (held == quota.value) return slot;
    }
}

Usage PersonMeter::used(QuotaId quota, std::int32_t day, WallTime now) const noexcept {
  Usage out;
  if (!quota) return out;
  const Slot* slot = find(quota);
  if (slot == nullptr) return out;
  const std::uint64_t time = slot->time.load(std::memory_order_acquire);
  if (time != kNoTime && time >> (2 * kTimeBits) == (static_cast<std::uint64_t>(day) & kDayMask)) {
    const std::uint64_t since = (milliseconds_of(now) - time) & kTimeMask;
    const auto attended = static_cast<std::int64_t>(time >> kTimeBits & kTimeMask) - kTimeBias;
    const auto running = since > kBackwards ? 0 : std::min(static_cast<std::int64_t>(since), rules_.tail.count());
    out.attended = std::chrono::milliseconds(std::max<std::int64_t>(attended + running, 0));
  }
  const std::uint64_t bytes = slot->bytes.load(std::memory_order_acquire);
  if (bytes >> kByteBits == byte_day(day)) out.streaming_bytes = bytes & kByteMask;
  return out;
}

std::uint64_t PersonMeter::lease(QuotaId quota, std::int32_t day, std::uint64_t limit, std::uint64_t want) noexcept {
  if (!quota) return want;
  Slot& slot = find_or_add(quota);
  std::uint64_t word = slot.bytes.load(std::memory_order_acquire);
  for (;;) {
    std::uint64_t tag = byte_day(day);
    std::uint64_t used = 0;
    // After midnight one worker may be ahead of another by a moment: the day that runs is the later one.
    if (const auto held = word >> kByteBits; word != kNoBytes && (held == tag || later(held, tag, 0xffff))) {
      tag = held;
      used = word & kByteMask;
    }
    std::uint64_t grant = want;
    if (limit != 0) grant = std::min(want, limit > used ? limit - used : 0);
    if (grant == 0) return 0;
    const std::uint64_t next = tag << kByteBits | std::min(kByteMask, used + std::min(grant, kByteMask));
    if (slot.bytes.compare_exchange_weak(word, next, std::memory_order_acq_rel)) return grant;
  }
}

void PersonMeter::give_back(QuotaId quota, std::int32_t day, std::uint64_t bytes) noexcept {
  Slot* slot = quota ? find(quota) : nullptr;
  if (slot == nullptr) return;
  std::uint64_t word = slot->bytes.load(std::memory_order_acquire);
  for (;;) {
    if (word >> kByteBits != byte_day(day)) return;
    const std::uint64_t used = word & kByteMask;
    const std::uint64_t next = (word & ~kByteMask) | (used - std::min(used, bytes));
    if (slot->bytes.compare_exchange_weak(word, next, std::memory_order_acq_rel)) return;
  }
}

void PersonMeter::publish(QuotaId quota, std::int32_t day, std::chrono::milliseconds attended_until_last_action,
                          WallTime last_action) noexcept {
  if (!quota) return;
  Slot& slot = find_or_add(quota);
  const std::uint64_t held = slot.time.load(std::memory_order_relaxed);
  const std::uint64_t tag = static_cast<std::uint64_t>(day) & kDayMask;
  if (held != kNoTime && later(held >> (2 * kTimeBits), tag, kDayMask)) return;
  slot.time.store(pack_time(day, attended_until_last_action.count(), last_action), std::memory_order_release);
}

void PersonMeter::seed_bytes(QuotaId quota, std::int32_t day, std::uint64_t bytes) noexcept {
  if (!quota) return;
  Slot& slot = find_or_add(quota);
  const std::uint64_t seed = byte_day(day) << kByteBits | std::min(bytes, kByteMask);
  std::uint64_t word = slot.bytes.load(std::memory_order_acquire);
  while (word >> kByteBits != byte_day(day) || word < seed)
    if (slot.bytes.compare_exchange_weak(word, seed, std::memory_order_acq_rel)) return;
}

// A fixed table of chains that only grow at their heads: looking up takes no lock, adding takes one.
struct UsageBoard::Impl {
  struct Node {
    PersonMeter meter;
    Node* next;
  };
  static constexpr std::size_t kBuckets = 1 << 14;

  Impl(VisitRules visit_rules, BoardMemory board_memory)
      : rules(visit_rules), memory(std::move(board_memory)), buckets(kBuckets) {}
  ~Impl() {
    for (auto& bucket : buckets)
      for (Node* node = bucket.load(std::memory_order_relaxed); node != nullptr;)
        delete std::exchange(node, node->next);
  }
  static PersonMeter* find(Node* node, PersonId id) {
    for (; node != nullptr; node = node->next)
      if (node->meter.person() == id) return &node->meter;
    return nullptr;
  }

  const VisitRules rules;
  BoardMemory memory;
  std::mutex adding;
  std::vector<std::atomic<Node*>> buckets;
};

namespace {
BoardMemory own_memory() {
  auto memory = BoardMemory::create();
  CG_CHECK(memory.has_value());
  return *std::move(memory);
}
}  // namespace

UsageBoard::UsageBoard(VisitRules rules) : UsageBoard(rules, own_memory()) {}
UsageBoard::UsageBoard(VisitRules rules, BoardMemory memory)
    : impl_(std::make_unique<Impl>(rules, std::move(memory))) {}
UsageBoard::~UsageBoard() = default;

PersonMeter& UsageBoard::person(PersonId id) {
  auto& bucket = impl_->buckets[id.value % Impl::kBuckets];
  if (PersonMeter* found = Impl::find(bucket.load(std::memory_order_acquire), id)) return *found;
  std::lock_guard lock(impl_->adding);
  Impl::Node* head = bucket.load(std::memory_order_relaxed);
  if (PersonMeter* found = Impl::find(head, id)) return *found;
  auto* node = new Impl::Node{.meter = PersonMeter(id, impl_->rules, impl_->memory), .next = head};
  bucket.store(node, std::memory_order_release);
  return node->meter;
}

const VisitRules& UsageBoard::rules() const noexcept { return impl_->rules; }
const UniqueFd& UsageBoard::memory() const noexcept { return impl_->memory.descriptor(); }

}  // namespace citygate::meter
