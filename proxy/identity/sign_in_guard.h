// sign_in_guard.h - how fast wrong passwords may follow each other: by address, and by name over all addresses.
//
// By address a guesser is stopped; by name, one that has many addresses. So that nobody can lock a person out by
// guessing at the name, an address from which the name has signed in rightly is not held up by what others guess.
// A try counts from the moment it begins: until it is decided, nobody but whom it trusts is told anything at once.
// Owner     Authenticator. Thread: one at a time (under the authenticator's lock). Memory: under 1 MB, and the tries
// under way.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/clock.h"
#include "base/keyed_hash.h"
#include "proxy/identity/failure_table.h"

namespace citygate::proxy {

// Where a password comes from.
struct SignInSource {
  IpAddress address;
  unsigned ipv6_prefix = 128;
  bool shared = false;  // many people are behind it (limits.exempt): it is not slowed itself
};

class SignInGuard {
 public:
  // Wrong passwords of one address before it has to wait; 0: nobody ever waits. A name has kNameFactor times as many.
  static constexpr std::uint32_t kNameFactor = 4;
  SignInGuard() = default;

  void set_rule(FailureTable::Rule rule) { rule_ = rule; }

  // How long until this name may be tried from there; 0: now.
  [[nodiscard]] std::chrono::nanoseconds wait(const SignInSource& from, std::string_view name, MonoTime now) const;
  // The name has signed in rightly from there.
  [[nodiscard]] bool trusts(const SignInSource& from, std::string_view name) const;
  // Has failed lately: served after those who have not. Never of a shared address, where others would wait with him.
  [[nodiscard]] bool doubtful(const SignInSource& from, MonoTime now) const;
  // Whoever has this in common is one source.
  [[nodiscard]] std::uint64_t source_of(const SignInSource& from) const;

  // A password is about to be looked at, and has been (or never will be): each begin() has its end().
  void begin(const SignInSource& from, std::string_view name);
  void end(const SignInSource& from, std::string_view name);
  // Another try from there, or at this name, is not decided yet.
  [[nodiscard]] bool under_way(const SignInSource& from, std::string_view name) const;
  void wrong(const SignInSource& from, std::string_view name, MonoTime now);
  void right(const SignInSource& from, std::string_view name);

 private:
  static constexpr std::size_t kEntries = 8'192, kTrusted = 16'384;
  [[nodiscard]] std::uint64_t pair_of(const SignInSource& from, std::string_view name) const;

  KeyedHash hash_;
  FailureTable::Rule rule_;
  FailureTable addresses_{kEntries}, names_{kEntries};
  std::unordered_map<std::uint64_t, std::uint32_t> under_way_;                 // how many, by source and by name
  std::vector<std::uint64_t> trusted_ = std::vector<std::uint64_t>(kTrusted);  // name at address, each in its one place
};

}  // namespace citygate::proxy
