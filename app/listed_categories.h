// listed_categories.h - which categories have entries at all, as far as files tell: a rule for one that has none does nothing.
//
// Known from the image in force in the state directory, and from lists.starter; both are only looked at.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/document.h"
#include "categories/taxonomy.h"
#include "policy/rulebook.h"

namespace citygate::app {

// By own name. Nothing where there are no lists to look at: then every rule would be at fault.
[[nodiscard]] std::optional<std::set<std::string>> listed_categories(const Config& config,
                                                                     const categories::Taxonomy& taxonomy);

// The rules that name a category without entries, with their lines.
[[nodiscard]] std::vector<Problem> rules_without_entries(const Config& config, const categories::Taxonomy& taxonomy,
                                                         const policy::Rulebook& rules);

}  // namespace citygate::app
