#include "proxy/identity/authenticator.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstring>

#include "base/result.h"
#include "proxy/identity/password_hash.h"

namespace citygate::proxy {
namespace {

constexpr std::size_t kRemembered = 100'000;

// A hash of the usual cost that no password matches.
std::string make_decoy_hash() {
  std::array<char, 32> password{};
  CG_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(password.data()), static_cast<int>(password.size())) == 1);
  auto hash = hash_password({password.data(), password.size()});
  CG_CHECK(hash.has_value());
  return *std::move(hash);
}

}  // namespace

std::optional<Credentials> parse_basic(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  if (authorization.size() < kScheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i)
    if ((authorization[i] | 0x20) != (kScheme[i] | 0x20)) return std::nullopt;
  std::string_view encoded = authorization.substr(kScheme.size());
  while (encoded.starts_with(' ')) encoded.remove_prefix(1);
  if (encoded.empty() || encoded.size() % 4 != 0 || encoded.size() > 1024) return std::nullopt;
  std::string decoded(encoded.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                      reinterpret_cast<const unsigned char*>(encoded.data()), static_cast<int>(encoded.size()));
  if (length < 0) return std::nullopt;
  decoded.resize(static_cast<std::size_t>(length) - (encoded.ends_with("==") ? 2 : encoded.ends_with('=') ? 1 : 0));
  const auto colon = decoded.find(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  return Credentials{decoded.substr(0, colon), decoded.substr(colon + 1)};
}

std::size_t Authenticator::KeyHash::operator()(const Key& key) const noexcept {
  std::size_t out;  // the key is a keyed hash already: any eight bytes of it will do
  std::memcpy(&out, key.data(), sizeof out);
  return out;
}

Authenticator::Authenticator(std::chrono::milliseconds cache_for)
    : cache_for_(cache_for), decoy_hash_(make_decoy_hash()) {
  CG_CHECK(RAND_bytes(secret_.data(), static_cast<int>(secret_.size())) == 1);
  thread_ = std::thread([this] { run(); });
}

Authenticator::~Authenticator() {
  std::deque<Job> left;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    left.swap(queue_);
  }
  wake_.notify_all();
  thread_.join();
  for (Job& job : left) job.answer(false);
}

Authenticator::Key Authenticator::key_of(const Credentials& credentials, std::string_view password_hash) const {
  std::string text;
  text.reserve(credentials.user.size() + credentials.password.size() + password_hash.size() + 2);
  text.append(credentials.user).push_back('\0');
  text.append(password_hash).push_back('\0');
  text.append(credentials.password);
  Key out{};
  unsigned length = 0;
  CG_CHECK(HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
                reinterpret_cast<const unsigned char*>(text.data()), text.size(), out.data(), &length) != nullptr);
  OPENSSL_cleanse(text.data(), text.size());
  return out;
}

bool Authenticator::cached(const Credentials& credentials, std::string_view password_hash) const {
  if (password_hash.empty()) return false;
  const Key key = key_of(credentials, password_hash);
  std::lock_guard lock(mutex_);
  auto it = verified_.find(key);
  return it != verified_.end() && it->second > std::chrono::steady_clock::now();
}

bool Authenticator::verify(Credentials credentials, std::string password_hash, Answer answer) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_ || queue_.size() >= kQueue) return false;
    queue_.push_back({std::move(credentials), std::move(password_hash), std::move(answer)});
  }
  wake_.notify_one();
  return true;
}

void Authenticator::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    Job job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    // The same pair may have been verified while this one waited: a browser opens six connections at once.
    bool right = cached(job.credentials, job.hash);
    if (!right) {
      const std::string& hash = job.hash.empty() ? decoy_hash_ : job.hash;
      right = argon2id_verify(hash.c_str(), job.credentials.password.data(), job.credentials.password.size()) ==
                  ARGON2_OK &&
              !job.hash.empty();
    }
    const Key key = right ? key_of(job.credentials, job.hash) : Key{};
    OPENSSL_cleanse(job.credentials.password.data(), job.credentials.password.size());
    lock.lock();
    if (right) {
      const MonoTime now = std::chrono::steady_clock::now();
      if (verified_.size() >= kRemembered)
        std::erase_if(verified_, [now](const auto& entry) { return entry.second <= now; });
      if (verified_.size() < kRemembered) verified_[key] = now + cache_for_.load();
    }
    lock.unlock();
    job.answer(right);
    lock.lock();
  }
}

}  // namespace citygate::proxy
