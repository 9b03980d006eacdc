#include "proxy/identity/authenticator.h"

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/result.h"
#include "base/thread_name.h"
#include "proxy/identity/password_hash.h"

namespace citygate::proxy {
namespace {

constexpr std::size_t kRemembered = 100'000, kRejected = 4'096;
constexpr std::chrono::seconds kRejectedFor{60};

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

Authenticator::Authenticator(std::chrono::milliseconds cache_for, Now now, unsigned threads)
    : now_(std::move(now)), cache_for_(cache_for), decoy_hash_(make_decoy_hash()) {
  CG_CHECK(RAND_bytes(secret_.data(), static_cast<int>(secret_.size())) == 1);
  if (threads == 0) threads = std::clamp(std::thread::hardware_concurrency() / 2, 1U, 4U);
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
}

Authenticator::~Authenticator() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
  while (auto job = queue_.pop()) answer(*job, Found::NotTried);
}

void Authenticator::answer(Job& job, Found found) {
  OPENSSL_cleanse(job.credentials.password.data(), job.credentials.password.size());
  for (auto& each : job.answers) each(found);
}

void Authenticator::set_rule(FailureTable::Rule rule) {
  std::lock_guard lock(mutex_);
  guard_.set_rule(rule);
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

bool Authenticator::was_wrong(const Key& key) const {
  const auto it = rejected_.find(key);
  return it != rejected_.end() && it->second > now_();
}

Authenticator::Found Authenticator::known(const Key& key, const std::string& user, const SignInSource& from) {
  const MonoTime now = now_();
  const auto it = verified_.find(key);
  if (it == verified_.end() || it->second <= now) return was_wrong(key) ? Found::Wrong : Found::NotTried;
  // Else the cache would answer guesses at the passwords of those who are signed in, as fast as they come.
  if (!guard_.trusts(from, user)) {
    if (guard_.wait(from, user, now).count() > 0) return Found::NotTried;
    guard_.right(from, user);
  }
  it->second = now + cache_for_.load();
  return Found::Right;
}

Authenticator::Found Authenticator::recall(const Credentials& credentials, std::string_view password_hash,
                                           const SignInSource& from) {
  const Key key = key_of(credentials, password_hash);
  std::lock_guard lock(mutex_);
  if (guard_.under_way(from, credentials.user) && !guard_.trusts(from, credentials.user))
    return was_wrong(key) ? Found::Wrong : Found::NotTried;
  return known(key, credentials.user, from);
}

Authenticator::Asked Authenticator::verify(Credentials credentials, std::string password_hash, const SignInSource& from,
                                           Answer answer) {
  const MonoTime now = now_();
  const Key key = key_of(credentials, password_hash);
  std::optional<Job> dropped;
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return {Queued::Full};
    if (const auto wait = guard_.wait(from, credentials.user, now); wait.count() > 0) return {Queued::Wait, wait};
    const std::uint64_t source = guard_.source_of(from);
    Job* same = queue_.find(source, [&](const Job& job) {
      return job.key == key && job.from.address == from.address && job.answers.size() < kAnswers;
    });
    if (same) {
      same->answers.push_back(std::move(answer));
      return {Queued::Yes};
    }
    const Standing standing = guard_.doubtful(from, now) ? Standing::Doubtful : Standing::Good;
    guard_.begin(from, credentials.user);
    Job job{std::move(credentials), std::move(password_hash), from, key, {}};
    job.answers.push_back(std::move(answer));
    dropped = queue_.push(source, standing, std::move(job));
    if (dropped) guard_.end(dropped->from, dropped->credentials.user);
  }
  wake_.notify_one();
  if (dropped) Authenticator::answer(*dropped, Found::NotTried);
  return {Queued::Yes};
}

void Authenticator::remember(const Job& job, const Key& key, Found found) {
  const MonoTime now = now_();
  const auto add = [&](auto& remembered, std::size_t most, std::chrono::milliseconds time) {
    if (remembered.size() >= most) std::erase_if(remembered, [now](const auto& entry) { return entry.second <= now; });
    if (remembered.size() < most) remembered[key] = now + time;
  };
  if (found == Found::Right) {
    guard_.right(job.from, job.credentials.user);
    add(verified_, kRemembered, cache_for_.load());
  } else {
    guard_.wrong(job.from, job.credentials.user, now);
    add(rejected_, kRejected, kRejectedFor);
  }
}

bool Authenticator::ready(std::uint64_t source, const Job& job) const {
  return std::ranges::none_of(running_, [&](const Job* running) {
    return running->credentials.user == job.credentials.user ||
           (!job.from.shared && guard_.source_of(running->from) == source);
  });
}

Authenticator::Found Authenticator::look_at(const Job& job, std::unique_lock<std::mutex>& lock) {
  // Of many that waited together, one before may have been the one too many.
  if (guard_.wait(job.from, job.credentials.user, now_()).count() > 0) return Found::NotTried;
  // The same pair may have been tried while this one waited: a browser opens six connections at once.
  const Found before = known(job.key, job.credentials.user, job.from);
  if (before != Found::NotTried) return before;
  lock.unlock();
  const std::string& hash = job.hash.empty() ? decoy_hash_ : job.hash;
  const std::string& password = job.credentials.password;
  const bool right = argon2id_verify(hash.c_str(), password.data(), password.size()) == ARGON2_OK && !job.hash.empty();
  lock.lock();
  const Found found = right ? Found::Right : Found::Wrong;
  remember(job, job.key, found);
  return found;
}

void Authenticator::run() {
  name_this_thread("passwords");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    auto job = queue_.pop([this](std::uint64_t source, const Job& each) { return ready(source, each); });
    if (!job) {
      wake_.wait(lock);
      continue;
    }
    running_.push_back(&*job);
    const Found found = look_at(*job, lock);
    std::erase(running_, &*job);
    guard_.end(job->from, job->credentials.user);
    // What had to wait for this one may go now, and this thread takes but one of them.
    if (queue_.size() > 0) wake_.notify_all();
    lock.unlock();
    answer(*job, found);
    lock.lock();
  }
}

}  // namespace citygate::proxy
