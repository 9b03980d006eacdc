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
//   [[department.approval]]                # adds steps and shortens terms; never takes a step away
//
// A kind without an [[approval]] table cannot be granted. A step without anybody to take it is an error when a grant is
// asked for, and the error names the role. Nobody approves the own request, nor a grant for himself.
// Errors    of the file: unknown roles are known only when somebody asks, since people come and go; a circle in `instead`
//           is an error of the file, one among supervisors of the people.
// Immutable once read. Thread: any.
#pragma once

#include <chrono>
#include <string>
#include <vector>

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
};

}  // namespace citygate::policy
