#include "proxy/identity/session_table.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace citygate::proxy {

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
  if (CRYPTO_memcmp(found->second.cookie.data(), cookie.data(), cookie.size()) != 0) return std::nullopt;
  return found->second.session;
}

SessionTable::Opened SessionTable::open(const IpAddress& address, const Session& session, const CookieHash& cookie) {
  const std::lock_guard opening(opening_);
  Opened out;
  out.others = count_and_trim(session.person, address);
  if (size() >= kSessions) drop_ended(session.since);
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

unsigned SessionTable::count_and_trim(PersonId person, const IpAddress& but) {
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
    close(*oldest);
  }
}

bool SessionTable::close(const IpAddress& address) {
  Shard& shard = shard_of(address);
  const std::lock_guard lock(shard.mutex);
  if (shard.entries.erase(address) == 0) return false;
  size_.fetch_sub(1, std::memory_order_relaxed);
  ended_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

std::size_t SessionTable::drop(const std::function<bool(const Session&)>& gone) {
  std::size_t dropped = 0;
  for (Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    dropped += std::erase_if(shard.entries, [&](const auto& one) { return gone(one.second.session); });
  }
  size_.fetch_sub(dropped, std::memory_order_relaxed);
  ended_.fetch_add(dropped, std::memory_order_relaxed);
  return dropped;
}

std::size_t SessionTable::keep_only(const std::function<bool(PersonId)>& stays) {
  if (size() == 0) return 0;
  return drop([&](const Session& session) { return !stays(session.person); });
}

void SessionTable::drop_ended(WallTime now) {
  drop([now](const Session& session) { return session.until <= now; });
}

SessionTable::Counts SessionTable::counts() const {
  return {.opened = opened_.load(std::memory_order_relaxed),
          .replaced = replaced_.load(std::memory_order_relaxed),
          .ended = ended_.load(std::memory_order_relaxed)};
}

}  // namespace citygate::proxy
