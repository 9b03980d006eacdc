#include "policy/grants/grant_book.h"

#include <algorithm>

namespace citygate::policy {

GrantBook::GrantBook(std::vector<Grant> grants) : grants_(std::move(grants)) {
  std::uint32_t people = 0;
  for (auto& grant : grants_) {
    std::ranges::sort(grant.subjects);
    const auto repeated = std::ranges::unique(grant.subjects);
    grant.subjects.erase(repeated.begin(), repeated.end());
    if (grant.sealed()) sealed_categories_ |= grant.categories;
    if (!grant.subjects.empty()) people = std::max(people, grant.subjects.back().value + 1);
  }
  first_.assign(people + 1, 0);
  for (const auto& grant : grants_)
    for (const auto person : grant.subjects) ++first_[person.value + 1];
  for (std::uint32_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  refs_.resize(first_.back());
  std::vector<std::uint32_t> next = first_;
  for (const auto& grant : grants_)
    for (const auto person : grant.subjects) refs_[next[person.value]++] = &grant;
  for (std::uint32_t i = 0; i < grants_.size(); ++i) by_id_.push_back(i);
  std::ranges::sort(by_id_, {}, [this](std::uint32_t i) { return grants_[i].id; });
}

std::span<const Grant* const> GrantBook::of(PersonId person) const noexcept {
  if (!person || std::size_t{person.value} + 1 >= first_.size()) return {};
  const std::uint32_t begin = first_[person.value], end = first_[person.value + 1];
  return {refs_.data() + begin, end - begin};
}

const Grant* GrantBook::by_id(GrantId id) const noexcept {
  const auto found = std::ranges::lower_bound(by_id_, id, {}, [this](std::uint32_t i) { return grants_[i].id; });
  return found != by_id_.end() && grants_[*found].id == id ? &grants_[*found] : nullptr;
}

}  // namespace citygate::policy
