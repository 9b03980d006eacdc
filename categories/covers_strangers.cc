#include "categories/covers_strangers.h"

#include "base/registrable_domain.h"

namespace citygate::categories {
namespace {

constexpr std::string_view kRegistryReason =
    "a public suffix like co.uk: below it are the sites of everybody, so name them; to close it for all that, use an "
    "override";
constexpr std::string_view kOperatorReason =
    "a name below which anybody has sites (a public suffix like github.io), in a list of what is bad: name those";
constexpr std::string_view kDynamicNames = "dynamic-dns";  // the category whose entries are such names

}  // namespace

std::string_view covers_strangers(const Entry& entry, const Category& category) {
  const std::string_view host = entry.host;
  if (host.empty() || entry.kind != Entry::Kind::Block || entry.scope == Scope::Exact) return {};
  // Most are of these, and of no suffix that names are sold under; and a name does not end in a digit.
  const bool bad = entry.path.empty() && (category.group == Group::Prohibited || category.group == Group::Threat) &&
                   category.name != kDynamicNames;
  if (host.starts_with("www.") || (host.back() >= '0' && host.back() <= '9')) return {};
  if (!bad && (host.ends_with(".com") || host.ends_with(".net") || host.ends_with(".org"))) return {};
  switch (public_suffix(host)) {
    case PublicSuffix::No: return {};
    case PublicSuffix::Registry: return kRegistryReason;
    case PublicSuffix::Operator: return bad ? kOperatorReason : std::string_view();
  }
  return {};
}

}  // namespace citygate::categories
