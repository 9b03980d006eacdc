// approval.h - who has to agree to what, as data: the [[approval]] tables of a policy file.
//
//   [[approval]]
//   kind = "record-access"                 # a kind of grant (grant.h)
//   title = "Reading what a person did"
//   clause = "S4(3.2)"
//   steps = ["supervisor", "it-director"]  # roles of the directory; "supervisor" and "department-head" are found from
//                                          # the person whom the grant is for ("record-access": whose records they are)
//   order = "any"                          # or "given": a step counts only when all before it have been taken
//   longest_days = 7                       # 0, or missing: no longest term
//   [approval.instead]                     # who decides where the step would fall to the very person
//   city-manager = "mayor"                 # it is for, is about, or who asks
//
//   [[department.approval]]                # the same kind of table, for subjects of the department: `steps` is the whole
//   steps = ["supervisor", "it-director",  # chain, which holds every step of the city's; missing: the city's
//            "chief"]
//
// A kind without an [[approval]] table cannot be granted. A step without anybody to take it is an error when a grant is
// asked for, and the error names the role. Nobody approves the own request, nor a grant for himself.
// A department tightens only: it adds steps, wants them in order, shortens the term, and says who decides in place of the
// steps that it added itself.
// Errors    of the file: unknown roles are known only when somebody asks, since people come and go; a circle in `instead`
//           is an error of the file, one among supervisors of the people.
// Immutable once read. Thread: any.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "policy/grants/grant.h"

namespace citygate::policy {

inline constexpr std::string_view kSupervisor = "supervisor", kDepartmentHead = "department-head";

struct ApprovalChain {
  GrantKind kind = GrantKind::Exemption;
  std::string title, clause;
  std::vector<std::string> steps;
  bool ordered = false;
  std::chrono::days longest{0};                              // 0: not limited
  std::vector<std::pair<std::string, std::string>> instead;  // role, whose holders decide in its place
  int line = 0;

  // The role whose holders decide in place of those of `role`; "": none.
  [[nodiscard]] std::string_view in_place_of(std::string_view role) const noexcept;
};

// The chains of a policy file: the city's, and for some departments stricter ones.
class ApprovalTable {
 public:
  // Null: a grant of this kind cannot be given at all. A department of 0, or one without a chain of its own, has the
  // city's. Cost: O(log n).
  [[nodiscard]] const ApprovalChain* of(GrantKind kind, DepartmentId department) const noexcept;
  void set(GrantKind kind, DepartmentId department, ApprovalChain chain);

 private:
  std::map<std::pair<GrantKind, DepartmentId>, ApprovalChain> chains_;
};

}  // namespace citygate::policy
