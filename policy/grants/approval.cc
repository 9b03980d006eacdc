#include "policy/grants/approval.h"

#include <algorithm>

namespace citygate::policy {

std::string_view ApprovalChain::in_place_of(std::string_view role) const noexcept {
  const auto found = std::ranges::find(instead, role, &std::pair<std::string, std::string>::first);
  return found == instead.end() ? std::string_view() : std::string_view(found->second);
}

const ApprovalChain* ApprovalTable::of(GrantKind kind, DepartmentId department) const noexcept {
  auto found = chains_.find({kind, department});
  if (found == chains_.end()) found = chains_.find({kind, DepartmentId{}});
  return found == chains_.end() ? nullptr : &found->second;
}

void ApprovalTable::set(GrantKind kind, DepartmentId department, ApprovalChain chain) {
  chains_.insert_or_assign({kind, department}, std::move(chain));
}

}  // namespace citygate::policy
