#include "categories/protected_names.h"

#include <algorithm>
#include <iterator>

#include "categories/digest.h"

namespace citygate::categories {
namespace {

std::string_view parent_of(std::string_view host) {
  const auto dot = host.find('.');
  return dot == std::string_view::npos ? std::string_view() : host.substr(dot + 1);
}

bool is_label(std::string_view host) { return host.find_first_of(".:") == std::string_view::npos; }

bool below(std::string_view host, std::string_view above) {
  return host.size() > above.size() && host.ends_with(above) && host[host.size() - above.size() - 1] == '.';
}

}  // namespace

ProtectedNames::ProtectedNames(std::vector<std::string> hosts, const Taxonomy& taxonomy)
    : taxonomy_(taxonomy), hosts_(std::move(hosts)) {
  std::ranges::sort(hosts_);
  hosts_.erase(std::ranges::unique(hosts_).begin(), hosts_.end());
  if (hosts_.empty()) return;
  Digest digest;
  for (const auto& host : hosts_) {
    digest.add_field(host);
    names_.insert(host);
    for (std::string_view above = parent_of(host); !above.empty(); above = parent_of(above)) above_.emplace(above);
  }
  digest_ = digest.finish_hex().substr(0, 16);
}

bool ProtectedNames::closes(std::string_view category) const {
  if (category != last_category_) {
    last_category_ = category;
    const Category* about = taxonomy_.find(category);
    last_closes_ = about && (about->group == Group::Prohibited || about->group == Group::Threat ||
                             about->group == Group::Circumvention);
  }
  return last_closes_;
}

ProtectedNames::Touch ProtectedNames::touch(const Item& item, std::string_view category) const {
  if (names_.empty() || item.exception || !item.phrase.empty() || !closes(category)) return Touch::Not;
  if (!item.expression.empty()) return Touch::NeedsExceptions;
  for (std::string_view host = item.host; !host.empty(); host = parent_of(host))
    if (names_.contains(host)) return Touch::SetAside;
  // A path of a name is meant on all hosts below it as well.
  return item.scope != Scope::Exact && above_.contains(item.host) ? Touch::NeedsExceptions : Touch::Not;
}

std::vector<std::string_view> ProtectedNames::exceptions_for(const Item& item) const {
  std::vector<std::string_view> out;
  for (const auto& host : hosts_)
    if (item.expression.empty() ? below(host, item.host) : !is_label(host)) out.push_back(host);
  return out;
}

std::vector<std::string> ProtectedNames::labels() const {
  std::vector<std::string> out;
  std::ranges::copy_if(hosts_, std::back_inserter(out), is_label);
  return out;
}

}  // namespace citygate::categories
