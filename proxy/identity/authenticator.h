// authenticator.h - verifies names and passwords off the workers: argon2id takes tens of milliseconds by design.
//
//   worker ─ verify(credentials) ─▶ queue ─▶ a few threads: argon2id ─▶ worker.loop.post(answer)
//
// A verified pair is remembered under a keyed hash until nobody has used it for `credential_cache`, so that a browser's
// many connections, and a day's work, cost one verification; the password itself is kept nowhere. A changed password
// hash misses the cache. The same pair from the same address waits in one place, however often it comes. A wrong pair is
// remembered for a minute: a program with an old password costs nothing, and is not taken for one that guesses.
// Owner     app; one for all workers. Thread: all but the constructor and destructor from any.
// Turns     of one source (unless many people share it), and of one name, one password is looked at at a time: what is
//           found of it counts before the next one is, whatever the number of threads.
// Bounds    kQueue passwords wait, in a line for each address (of IPv6: each limits.ipv6_prefix) (fair_queue.h): who
//           floods it waits behind himself, and his last ones are answered NotTried when others come. Wrong ones slow
//           their address and their name (sign_in_guard.h).
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "proxy/identity/fair_queue.h"
#include "proxy/identity/sign_in_guard.h"

namespace citygate::proxy {

struct Credentials {
  std::string user, password;
};
// "Basic dXNlcjpwYXNz" (RFC 7617). Nothing if it is not that.
[[nodiscard]] std::optional<Credentials> parse_basic(std::string_view authorization);

class Authenticator {
 public:
  static constexpr std::size_t kQueue = 512, kAnswers = 64;  // to how many one verification answers
  enum class Found : std::uint8_t {
    Right,
    Wrong,
    NotTried,  // there was no time for it
  };
  using Answer = std::move_only_function<void(Found)>;

  using Now = std::function<MonoTime()>;  // called from any thread

  // Each thread takes a core, and 64 MiB, while it verifies; 0: one for two cores of this machine, at most four.
  explicit Authenticator(std::chrono::milliseconds cache_for, Now now = std::chrono::steady_clock::now,
                         unsigned threads = 1);
  // Of passwords to come.
  void set_cache_for(std::chrono::milliseconds cache_for) { cache_for_ = cache_for; }
  void set_rule(FailureTable::Rule rule);
  ~Authenticator();  // answers what is queued with NotTried
  Authenticator(const Authenticator&) = delete;
  Authenticator& operator=(const Authenticator&) = delete;

  // Right, Wrong: so it was lately, against this very hash. NotTried: not known, or not to be told there: who has to
  // wait for the next try learns nothing from the cache either, nor who has another one under way, unless the name has
  // signed in rightly from there. Else the cache would answer many guesses at once before the first is found wrong.
  [[nodiscard]] Found recall(const Credentials& credentials, std::string_view password_hash, const SignInSource& from);
  enum class Queued : std::uint8_t {
    Yes,   // `answer` will run
    Full,  // too much waits already; `answer` is not called, as below
    Wait,  // too many wrong ones lately: not before `retry_after`
  };
  struct Asked {
    Queued queued = Queued::Yes;
    std::chrono::nanoseconds retry_after{0};
  };
  // `answer` runs on a thread of the authenticator's: post to the loop from there. An empty hash (nobody of that name) costs
  // as much time as a wrong password, so that names cannot be probed.
  [[nodiscard]] Asked verify(Credentials credentials, std::string password_hash, const SignInSource& from,
                             Answer answer);

 private:
  using Key = std::array<unsigned char, 32>;
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Job {
    Credentials credentials;
    std::string hash;
    SignInSource from;
    Key key{};
    std::vector<Answer> answers;
  };
  static void answer(Job& job, Found found);
  // With mutex_: may be looked at beside those that are.
  [[nodiscard]] bool ready(std::uint64_t source, const Job& job) const;
  [[nodiscard]] Found look_at(const Job& job, std::unique_lock<std::mutex>& lock);
  // With mutex_. What is remembered, to be told there once this try's turn has come.
  [[nodiscard]] Found known(const Key& key, const std::string& user, const SignInSource& from);
  [[nodiscard]] bool was_wrong(const Key& key) const;
  [[nodiscard]] Key key_of(const Credentials& credentials, std::string_view password_hash) const;
  void remember(const Job& job, const Key& key, Found found);  // with mutex_
  void run();

  const Now now_;
  std::atomic<std::chrono::milliseconds> cache_for_;
  Key secret_{};
  std::string decoy_hash_;  // what unknown names are verified against

  mutable std::mutex mutex_;
  std::condition_variable wake_;                         // with mutex_
  bool stopping_ = false;                                // guarded by mutex_
  FairQueue<std::uint64_t, Job> queue_{kQueue};          // by source; guarded by mutex_
  std::vector<const Job*> running_;                      // being looked at; guarded by mutex_
  SignInGuard guard_;                                    // guarded by mutex_
  std::unordered_map<Key, MonoTime, KeyHash> verified_;  // until when; guarded by mutex_
  std::unordered_map<Key, MonoTime, KeyHash> rejected_;  // the same of wrong pairs
  std::vector<std::thread> threads_;
};

}  // namespace citygate::proxy
