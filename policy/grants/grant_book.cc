#include "policy/grants/grant_book.h"

#include <algorithm>

namespace citygate::policy {

GrantBook::GrantBook(std::vector<Grant> grants) : grants_(std::move(grants)) {
  for (auto& grant : grants_) {
    std::ranges::sort(grant.officers);
    const auto repeated = std::ranges::unique(grant.officers);
    grant.officers.erase(repeated.begin(), repeated.end());
  }
}

const Grant* GrantBook::find(PersonId person, const CategorySet& any_of, WallTime now) const noexcept {
  const auto found =
      std::ranges::find_if(grants_, [&](const Grant& grant) { return grant.lifts(person, any_of, now); });
  return found != grants_.end() ? &*found : nullptr;
}

const Grant* GrantBook::by_id(GrantId id) const noexcept {
  const auto found = std::ranges::find(grants_, id, &Grant::id);
  return found != grants_.end() ? &*found : nullptr;
}

}  // namespace citygate::policy
