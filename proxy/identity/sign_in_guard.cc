#include "proxy/identity/sign_in_guard.h"

#include <algorithm>

#include "base/result.h"

namespace citygate::proxy {

std::uint64_t SignInGuard::source_of(const SignInSource& from) const { return hash_(from.address, from.ipv6_prefix); }

std::uint64_t SignInGuard::pair_of(const SignInSource& from, std::string_view name) const {
  return hash_(source_of(from), hash_(name));
}

std::chrono::nanoseconds SignInGuard::wait(const SignInSource& from, std::string_view name, MonoTime now) const {
  if (rule_.free == 0) return {};
  std::chrono::nanoseconds out{0};
  if (!from.shared) out = addresses_.wait(source_of(from), rule_, now);
  if (!trusts(from, name))
    out = std::max(out, names_.wait(hash_(name), {rule_.free * kNameFactor, rule_.longest}, now));
  return out;
}

bool SignInGuard::trusts(const SignInSource& from, std::string_view name) const {
  const std::uint64_t pair = pair_of(from, name);
  return trusted_[pair % kTrusted] == pair;
}

bool SignInGuard::doubtful(const SignInSource& from, MonoTime now) const {
  return !from.shared && addresses_.failures(source_of(from), now) > 0;
}

void SignInGuard::begin(const SignInSource& from, std::string_view name) {
  ++under_way_[source_of(from)];
  ++under_way_[hash_(name)];
}

void SignInGuard::end(const SignInSource& from, std::string_view name) {
  for (const std::uint64_t key : {source_of(from), hash_(name)}) {
    const auto at = under_way_.find(key);
    CG_ASSERT(at != under_way_.end());
    if (at != under_way_.end() && --at->second == 0) under_way_.erase(at);
  }
}

bool SignInGuard::under_way(const SignInSource& from, std::string_view name) const {
  return under_way_.contains(hash_(name)) || (!from.shared && under_way_.contains(source_of(from)));
}

void SignInGuard::wrong(const SignInSource& from, std::string_view name, MonoTime now) {
  addresses_.failed(source_of(from), now);
  names_.failed(hash_(name), now);
}

void SignInGuard::right(const SignInSource& from, std::string_view name) {
  const std::uint64_t pair = pair_of(from, name);
  trusted_[pair % kTrusted] = pair;
  // Failures stay: a guesser with a name of his own must not clear his slate with it.
}

}  // namespace citygate::proxy
