#include "proxy/identity/session_table.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace citygate::proxy {
namespace {

bool same_cookie(const CookieHash& a, const CookieHash& b) { return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace

CookieHash hash_cookie(std::string_view cookie) {
  CookieHash out{};
  SHA256(reinterpret_cast<const unsigned char*>(cookie.data()), cookie.size(), out.data());
  return out;
}

std::optional<SessionTable::Session> SessionTable::find(const IpAddress& address, WallTime now) const {
  if (size() == 0) return std::nullopt;
  const Shard& shard = shard_of(address);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(address);
  if (found == shard.entries.end() || found->second.session.until <= now) return std::nullopt;
  return found->second.session;
}

std::optional<SessionTable::Session> SessionTable::find(const IpAddress& address, const CookieHash& cookie,
                                                        WallTime now) const {
  const Shard& shard = shard_of(address);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(address);
  if (found == shard.entries.end() || found->second.session.until <= now) return std::nullopt;
  if (!same_cookie(found->second.cookie, cookie)) return std::nullopt;
  return found->second.session;
}

SessionTable::Opened SessionTable::open(const IpAddress& address, const Session& session, const CookieHash& cookie) {
  std::vector<IpAddress> ended;
  Opened out;
  {
    const std::lock_guard opening(opening_);
    const unsigned others = count_and_trim(session.person, address, ended);
    if (size() >= kSessions) drop_ended(session.since);
    out = put(address, session, cookie);
    out.others = others;
  }
  if (out.replaced) ended.push_back(address);
  tell(ended);
  return out;
}

SessionTable::Opened SessionTable::put(const IpAddress& address, const Session& session, const CookieHash& cookie) {
  Opened out;
  Shard& shard = shard_of(address);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(address);
  if (found == shard.entries.end()) {
    if (size() >= kSessions) return out;
    shard.entries.emplace(address, Entry{session, cookie});
    size_.fetch_add(1, std::memory_order_relaxed);
  } else {
    const Session& before = found->second.session;
    if (before.person != session.person && before.until > session.since) {
      out.replaced = before.person;
      replaced_.fetch_add(1, std::memory_order_relaxed);
    }
    found->second = Entry{session, cookie};
  }
  opened_.fetch_add(1, std::memory_order_relaxed);
  out.done = true;
  return out;
}

unsigned SessionTable::count_and_trim(PersonId person, const IpAddress& but, std::vector<IpAddress>& ended) {
  for (;;) {
    unsigned count = 0;
    std::optional<IpAddress> oldest;
    WallTime oldest_since = WallTime::max();
    for (const Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      for (const auto& [address, entry] : shard.entries) {
        if (entry.session.person != person || address == but) continue;
        ++count;
        if (entry.session.since >= oldest_since) continue;
        oldest_since = entry.session.since;
        oldest = address;
      }
    }
    if (count < kPerPerson || !oldest) return count;
    if (remove(*oldest, nullptr)) ended.push_back(*oldest);
  }
}

bool SessionTable::remove(const IpAddress& address, const CookieHash* cookie) {
  Shard& shard = shard_of(address);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.entries.find(address);
  if (found == shard.entries.end() || (cookie && !same_cookie(found->second.cookie, *cookie))) return false;
  shard.entries.erase(found);
  size_.fetch_sub(1, std::memory_order_relaxed);
  ended_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

bool SessionTable::close(const IpAddress& address, const CookieHash& cookie) {
  if (!remove(address, &cookie)) return false;
  tell({&address, 1});
  return true;
}

void SessionTable::end_at(std::span<const IpAddress> addresses) {
  std::vector<IpAddress> ended;
  for (const auto& address : addresses)
    if (remove(address, nullptr)) ended.push_back(address);
  tell(ended);
}

std::vector<IpAddress> SessionTable::drop(const std::function<bool(const Session&)>& gone) {
  std::vector<IpAddress> dropped;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    std::erase_if(shard.entries, [&](const auto& one) {
      if (!gone(one.second.session)) return false;
      dropped.push_back(one.first);
      return true;
    });
  }
  size_.fetch_sub(dropped.size(), std::memory_order_relaxed);
  ended_.fetch_add(dropped.size(), std::memory_order_relaxed);
  return dropped;
}

std::size_t SessionTable::keep_only(const std::function<bool(const Session&)>& stays) {
  if (size() == 0) return 0;
  const auto dropped = drop([&](const Session& session) { return !stays(session); });
  tell(dropped);
  return dropped.size();
}

// What ran by one of these ended with it, by the clock.
void SessionTable::drop_ended(WallTime now) {
  drop([now](const Session& session) { return session.until <= now; });
}

SessionTable::Counts SessionTable::counts() const {
  return {.opened = opened_.load(std::memory_order_relaxed),
          .replaced = replaced_.load(std::memory_order_relaxed),
          .ended = ended_.load(std::memory_order_relaxed)};
}

}  // namespace citygate::proxy
