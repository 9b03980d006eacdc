#include "proxy/identity/sign_in_guard.h"

#include <algorithm>

namespace citygate::proxy {

std::uint64_t SignInGuard::pair_of(const SignInSource& from, std::string_view name) const {
  return hash_(hash_(from.address, from.ipv6_prefix), hash_(name));
}

std::chrono::nanoseconds SignInGuard::wait(const SignInSource& from, std::string_view name, MonoTime now) const {
  if (rule_.free == 0) return {};
  std::chrono::nanoseconds out{0};
  if (!from.shared) out = addresses_.wait(hash_(from.address, from.ipv6_prefix), rule_, now);
  if (!trusts(from, name))
    out = std::max(out, names_.wait(hash_(name), {rule_.free * kNameFactor, rule_.longest}, now));
  return out;
}

bool SignInGuard::trusts(const SignInSource& from, std::string_view name) const {
  const std::uint64_t pair = pair_of(from, name);
  return trusted_[pair % kTrusted] == pair;
}

bool SignInGuard::doubtful(const SignInSource& from, MonoTime now) const {
  return addresses_.failures(hash_(from.address, from.ipv6_prefix), now) > 0;
}

void SignInGuard::wrong(const SignInSource& from, std::string_view name, MonoTime now) {
  addresses_.failed(hash_(from.address, from.ipv6_prefix), now);
  names_.failed(hash_(name), now);
}

void SignInGuard::right(const SignInSource& from, std::string_view name) {
  const std::uint64_t pair = pair_of(from, name);
  trusted_[pair % kTrusted] = pair;
  // Failures stay: a guesser with a name of his own must not clear his slate with it.
}

}  // namespace citygate::proxy
