#include "proxy/identity/whereabouts.h"

#include <algorithm>

namespace citygate::proxy {
namespace {

// A clock that was set back leaves times of the future behind: they say nothing about now.
bool lately(WallTime last, WallTime now, std::chrono::milliseconds window) {
  const auto past = now - last;
  return past < window && past > -window;
}

}  // namespace

Whereabouts::Places* Whereabouts::places_of(Shard& shard, PersonId person, WallTime now,
                                            std::chrono::milliseconds window) {
  const auto found = shard.people.find(person.value);
  if (found != shard.people.end()) return &found->second;
  if (shard.people.size() >= kPeople / kShards) {
    std::erase_if(shard.people, [&](const auto& one) {
      return std::ranges::none_of(one.second, [&](const Seen& seen) { return lately(seen.last, now, window); });
    });
    if (shard.people.size() >= kPeople / kShards) return nullptr;
  }
  return &shard.people[person.value];
}

bool Whereabouts::arrives(PersonId person, const IpAddress& address, unsigned ipv6_prefix, WallTime now,
                          std::chrono::milliseconds window) {
  const std::uint64_t where = hash_(address, ipv6_prefix) | 1;
  Shard& shard = shards_[person.value % kShards];
  const std::lock_guard lock(shard.mutex);
  Places* places = places_of(shard, person, now, window);
  if (!places) return false;
  Seen* here = std::ranges::find(*places, where, &Seen::where);
  const bool stays = here != places->end() && lately(here->last, now, window);
  const bool elsewhere = std::ranges::any_of(*places, [&](const Seen& seen) {
    return seen.where != 0 && seen.where != where && lately(seen.last, now, window);
  });
  if (here == places->end()) here = std::ranges::min_element(*places, {}, &Seen::last);
  *here = {where, now};
  return elsewhere && !stays;
}

std::size_t Whereabouts::people() const {
  std::size_t out = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    out += shard.people.size();
  }
  return out;
}

}  // namespace citygate::proxy
