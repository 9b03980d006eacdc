// authenticator.h - verifies names and passwords off the workers: argon2id takes tens of milliseconds by design.
//
//   worker ─ verify(credentials) ─▶ queue ─▶ one thread: argon2id ─▶ worker.loop.post(answer)
//
// A verified pair is remembered under a keyed hash for `credential_cache`, so that a browser's many connections cost
// one verification; the password itself is kept nowhere. A changed password hash misses the cache. Owner     app; one
// for all workers. Thread: cached() and verify() from any worker. Bounds    the queue holds kQueue requests; beyond it
// verify() says no and the client is told to come back (503).
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

#include "base/clock.h"

namespace citygate::proxy {

struct Credentials {
  std::string user, password;
};
// "Basic dXNlcjpwYXNz" (RFC 7617). Nothing if it is not that.
[[nodiscard]] std::optional<Credentials> parse_basic(std::string_view authorization);

class Authenticator {
 public:
  static constexpr std::size_t kQueue = 512;
  using Answer = std::move_only_function<void(bool right)>;

  explicit Authenticator(std::chrono::milliseconds cache_for);
  void set_cache_for(std::chrono::milliseconds cache_for) {
    cache_for_ = cache_for;
  }                  // any thread; of passwords to come
  ~Authenticator();  // answers what is queued with `false`
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  // True: verified lately against this very hash.
  [[nodiscard]] bool cached(const Credentials& credentials, std::string_view password_hash) const;
  // `answer` runs on the authenticator's thread: post to the loop from there. An empty hash (nobody of that name) costs
  // as much time as a wrong password, so that names cannot be probed. False: the queue is full, `answer` is not called.
  [[nodiscard]] bool verify(Credentials credentials, std::string password_hash, Answer answer);

 private:
  using Key = std::array<unsigned char, 32>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Job {
    Credentials credentials;
    std::string hash;
    Answer answer;
  };
  [[nodiscard]] Key key_of(const Credentials& credentials, std::string_view password_hash) const;
  void run();

  std::atomic<std::chrono::milliseconds> cache_for_;
  Key secret_{};
  std::string decoy_hash_;  // what unknown names are verified against

  mutable std::mutex mutex_;
  std::condition_variable wake_;                         // with mutex_
  bool stopping_ = false;                                // guarded by mutex_
  std::deque<Job> queue_;                                // guarded by mutex_
  std::unordered_map<Key, MonoTime, KeyHash> verified_;  // until when; guarded by mutex_
  std::thread thread_;
};

}  // namespace citygate::proxy
