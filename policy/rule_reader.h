// rule_reader.h - reads the [[rule]] or [[department.rule]] tables of one layer (form: rulebook.h).
#pragma once

#include <vector>

#include "policy/policy_file.h"

namespace citygate::policy {

// `department` is null for the city's layer. Windows and quotas of `policy` must have been read.
void read_rules(const std::vector<const Node*>& tables, const Department* department,
                const categories::Taxonomy& taxonomy, const PolicyFile& policy, LayerDraft& out, Problems& problems);

}  // namespace citygate::policy
