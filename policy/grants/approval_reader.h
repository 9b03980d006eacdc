// approval_reader.h - reads the [[approval]] and [[department.approval]] tables of a policy file (form: approval.h).
//
// The city's are read first; a department's are laid over them, and each way in which one would be looser than the
// city's is a problem of its own.
#pragma once

#include <vector>

#include "base/document.h"
#include "policy/grants/approval.h"
#include "policy/people/directory.h"

namespace citygate::policy {

inline constexpr std::size_t kMostSteps = 8;         // of a chain
inline constexpr std::int64_t kMostDays = 10 * 366;  // of `longest_days`

// Everything wrong is reported; the chains that were well stand in `out`.
void read_approvals(const std::vector<const Node*>& tables, ApprovalTable& out, Problems& problems);

// `department` is null where its table names none that is known: the tables are then read for their mistakes alone.
void read_approvals(const std::vector<const Node*>& tables, const Department* department, ApprovalTable& out,
                    Problems& problems);

}  // namespace citygate::policy
