#include "proxy/limits/client_table.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>

#include "base/result.h"

namespace citygate::proxy {
ClientTable::ClientTable(std::size_t wanted) : mask_(std::bit_ceil(std::max(wanted, kGroup)) - 1) {
  // Mapped rather than allocated: pages that no client has needed yet cost nothing, and zero is a free slot.
  void* memory = ::mmap(nullptr, slots() * sizeof(Slot), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CG_CHECK(memory != MAP_FAILED);
  slots_ = static_cast<Slot*>(memory);
}

ClientTable::~ClientTable() { ::munmap(slots_, slots() * sizeof(Slot)); }

ClientTable::Ref ClientTable::acquire(const IpAddress& address, unsigned ipv6_prefix, MonoTime now) {
  return acquire(hash_(address, ipv6_prefix), now);
}

ClientTable::Ref ClientTable::acquire(PersonId person, MonoTime now) { return acquire(hash_(0, person.value), now); }

ClientTable::Ref ClientTable::acquire(std::uint64_t hash, MonoTime now) {
  Slot* const group = &slots_[hash & mask_ & ~(kGroup - 1)];
  const std::uint64_t tag = std::max(hash & ~kReferences, kReferences + 1);  // a tag of nothing means a free slot
  const std::int64_t time = now.time_since_epoch().count();
  const auto is_ours = [tag](std::uint64_t state) { return (state & ~kReferences) == tag; };
  const auto is_free = [time](const Slot& slot, std::uint64_t state) {
    return state == 0 || ((state & kReferences) == 0 && slot.full_at.load(std::memory_order_relaxed) <= time);
  };
  constexpr int kTries = 4;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    Slot* free_slot = nullptr;
    std::uint64_t free_state = 0;
    for (Slot* slot = group; slot != group + kGroup; ++slot) {
      std::uint64_t state = slot->state.load();
      while (is_ours(state))
        if (slot->state.compare_exchange_weak(state, state + 1)) return Ref(*slot);
      if (!free_slot && is_free(*slot, state)) {
        free_slot = slot;
        free_state = state;
      }
    }
    if (!free_slot) return {};
    if (!free_slot->state.compare_exchange_strong(free_state, tag | 1)) continue;
    // Another worker may have taken a slot for the same client meanwhile: then this one is given up, and that one
    // found. Both may do so at once, hence not for ever.
    const bool twice = std::any_of(group, group + kGroup,
                                   [&](const Slot& slot) { return &slot != free_slot && is_ours(slot.state.load()); });
    std::uint64_t mine = tag | 1;
    if (!twice || attempt + 1 == kTries || !free_slot->state.compare_exchange_strong(mine, 0)) return Ref(*free_slot);
  }
  return {};
}

void ClientTable::Ref::reset() {
  // Release: what this holder has taken back is seen by who takes the slot for another.
  if (slot_) slot_->state.fetch_sub(1, std::memory_order_release);
  slot_ = nullptr;
}

bool ClientTable::Ref::add(std::atomic<std::uint32_t>& count, std::size_t most) {
  if (count.fetch_add(1, std::memory_order_relaxed) < most || most == 0) return true;
  count.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

std::chrono::nanoseconds ClientTable::Ref::take_token(const BucketRate& rate, MonoTime now) {
  const std::int64_t interval = rate.interval.count();
  if (interval == 0) return {};
  const std::int64_t time = now.time_since_epoch().count();
  const std::int64_t room = interval * static_cast<std::int64_t>(rate.burst);
  std::int64_t full_at = slot_->full_at.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t next = std::max(full_at, time) + interval;
    if (next - time > room) return std::chrono::nanoseconds(next - time - room);
    if (slot_->full_at.compare_exchange_weak(full_at, next, std::memory_order_relaxed)) return {};
  }
}

std::size_t ClientTable::in_use() const {
  return static_cast<std::size_t>(std::count_if(slots_, slots_ + slots(), [](const Slot& slot) {
    return (slot.state.load(std::memory_order_relaxed) & kReferences) != 0;
  }));
}

}  // namespace citygate::proxy
