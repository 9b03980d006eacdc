#include "proxy/tls/ticket_keys.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>

namespace citygate::proxy {

namespace {

std::optional<TicketKey> random_key() {
  TicketKey key;
  if (RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) != 1 ||
      RAND_priv_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) != 1 ||
      RAND_priv_bytes(key.mac.data(), static_cast<int>(key.mac.size())) != 1)
    return std::nullopt;
  return key;
}

}  // namespace

TicketKey::~TicketKey() {
  OPENSSL_cleanse(cipher.data(), cipher.size());
  OPENSSL_cleanse(mac.data(), mac.size());
}

void TicketKeys::turn_over(MonoTime now) {
  if (current_ && now - made_ < turn_) return;
  // A key that nobody used for so long seals nothing that is still good.
  before_ = current_ && now - made_ < 2 * turn_ ? current_ : std::nullopt;
  current_ = random_key();
  made_ = now;
}

std::optional<TicketKey> TicketKeys::to_seal(MonoTime now) {
  const std::lock_guard lock(mutex_);
  turn_over(now);
  return current_;
}

std::optional<TicketKeys::Opening> TicketKeys::to_open(std::span<const unsigned char, 16> name, MonoTime now) {
  const std::lock_guard lock(mutex_);
  turn_over(now);
  if (current_ && std::ranges::equal(current_->name, name)) return Opening{*current_, false};
  if (before_ && std::ranges::equal(before_->name, name)) return Opening{*before_, true};
  return std::nullopt;
}

}  // namespace citygate::proxy
