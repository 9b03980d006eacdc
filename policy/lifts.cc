#include "policy/lifts.h"

#include <algorithm>

namespace citygate::policy {
namespace {

bool is_or_below(std::string_view host, std::string_view name) noexcept {
  if (!host.ends_with(name)) return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

bool covers_host(const Grant& grant, const Facts& facts) noexcept {
  if (grant.host.empty()) return true;
  return facts.target && is_or_below(facts.target->host, grant.host) &&
         (facts.hello_host.empty() || is_or_below(facts.hello_host, grant.host));
}

bool holds(const Grant& grant, const Facts& facts) noexcept {
  return grant.live(facts.now) && covers_host(grant, facts);
}

}  // namespace

SealedLifts sealed_lifts(const Facts& facts, const Layer& layer, const GrantBook& grants) noexcept {
  SealedLifts out;
  const CategorySet closed = facts.categories & layer.prohibited;
  if (closed.empty()) return out;
  for (const Grant* grant : grants.of(facts.subject.person)) {
    if (!grant->sealed() || !holds(*grant, facts)) continue;
    const CategorySet lifted = grant->categories & closed;
    if (lifted.empty()) continue;
    if (!out.grant) out.grant = grant->id;
    out.categories |= lifted;
    out.until = std::min(out.until, grant->end);
  }
  return out;
}

Lifts lifts(const Facts& facts, const Rulebook::Impl& rules, const Layer& layer, const GrantBook& grants) noexcept {
  Lifts out;
  const auto held = grants.of(facts.subject.person);
  if (held.empty()) return out;
  const CategorySet exemptible = (facts.categories & (layer.blocked | layer.held)) - rules.circumvention;
  for (const Grant* grant : held) {
    CategorySet lifted;
    switch (grant->kind) {
      case GrantKind::Exemption: lifted = grant->categories & exemptible; break;
      case GrantKind::Streaming: lifted = grant->categories & facts.categories & layer.streams; break;
      case GrantKind::BusinessUse: lifted = grant->categories & facts.categories & layer.personal; break;
      case GrantKind::LawEnforcement:
      case GrantKind::Download:  // the store of downloads knows the file
      case GrantKind::Guest:
      case GrantKind::Device:
      case GrantKind::RecordAccess: break;
    }
    if (lifted.empty() || !holds(*grant, facts)) continue;
    (grant->kind == GrantKind::Exemption   ? out.exempt
     : grant->kind == GrantKind::Streaming ? out.streams
                                           : out.business) |= lifted;
    if (!out.grant) out.grant = grant->id;
    out.until = std::min(out.until, grant->end);
  }
  return out;
}

const Grant* device_grant(const Facts& facts, const GrantBook& grants) noexcept {
  for (const Grant* grant : grants.of(facts.subject.person))
    if (grant->kind == GrantKind::Device && holds(*grant, facts) && (!grant->device || *grant->device == facts.client))
      return grant;
  return nullptr;
}

}  // namespace citygate::policy
